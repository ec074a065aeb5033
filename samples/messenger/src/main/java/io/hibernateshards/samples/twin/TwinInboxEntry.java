package io.hibernateshards.samples.twin;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "inbox_entry")
class TwinInboxEntry {
    private static final int PREVIEW = 80;

    @Id
    private long id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private TwinUser reader;

    @Column(name = "conversation_id")
    private long conversation;

    @Column(name = "message_id")
    private long message;

    @Column(name = "sender_id")
    private long sender;

    private String preview;
    private Instant sent;

    @SuppressWarnings("NullAway.Init")
    protected TwinInboxEntry() {}

    TwinInboxEntry(long id, TwinUser reader, TwinMessage message) {
        this.id = id;
        this.reader = reader;
        this.conversation = message.getConversation().getId();
        this.message = message.getId();
        this.sender = message.getSender();
        this.preview = message.getText()
                .substring(0, Math.min(PREVIEW, message.getText().length()));
        this.sent = message.getSent();
    }

    public long getId() {
        return id;
    }

    public TwinUser getReader() {
        return reader;
    }

    public long getConversation() {
        return conversation;
    }

    public long getMessage() {
        return message;
    }

    public long getSender() {
        return sender;
    }

    public String getPreview() {
        return preview;
    }

    public Instant getSent() {
        return sent;
    }
}
