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
    long id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    TwinUser reader;

    @Column(name = "conversation_id")
    long conversation;

    @Column(name = "message_id")
    long message;

    @Column(name = "sender_id")
    long sender;

    String preview;
    Instant sent;

    @SuppressWarnings("NullAway.Init")
    TwinInboxEntry() {}

    TwinInboxEntry(long id, TwinUser reader, TwinMessage message) {
        this.id = id;
        this.reader = reader;
        this.conversation = message.conversation.id;
        this.message = message.id;
        this.sender = message.sender;
        this.preview = message.text.substring(0, Math.min(PREVIEW, message.text.length()));
        this.sent = message.sent;
    }
}
