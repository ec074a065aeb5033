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
    long id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    TwinConversation conversation;

    @Column(name = "sender_id")
    long sender;

    String text;
    Instant sent;

    @SuppressWarnings("NullAway.Init")
    TwinMessage() {}

    TwinMessage(long id, TwinConversation conversation, long sender, String text, Instant sent) {
        this.id = id;
        this.conversation = conversation;
        this.sender = sender;
        this.text = text;
        this.sent = sent;
    }
}
