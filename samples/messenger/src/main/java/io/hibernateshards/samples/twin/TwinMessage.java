package io.hibernateshards.samples.twin;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "message")
class TwinMessage {
    @Id
    private long id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private TwinConversation conversation;

    @Column(name = "sender_id")
    private long sender;

    private String text;
    private Instant sent;

    @SuppressWarnings("NullAway.Init")
    protected TwinMessage() {}

    TwinMessage(long id, TwinConversation conversation, long sender, String text, Instant sent) {
        this.id = id;
        this.conversation = conversation;
        this.sender = sender;
        this.text = text;
        this.sent = sent;
    }

    public long getId() {
        return id;
    }

    public TwinConversation getConversation() {
        return conversation;
    }

    public long getSender() {
        return sender;
    }

    public String getText() {
        return text;
    }

    public Instant getSent() {
        return sent;
    }
}
