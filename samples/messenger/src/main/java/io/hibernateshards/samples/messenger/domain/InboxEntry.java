package io.hibernateshards.samples.messenger.domain;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.time.Instant;

/**
 * A copy of a message for one of its readers, which lives with the reader: an inbox is read from one shard, wherever its
 * messages come from. The price is paid when a message is posted: one entry for each reader, on the reader's shard.
 */
@Entity
@Table(name = "inbox_entry", indexes = @Index(name = "inbox_by_reader", columnList = "reader_id, id"))
public class InboxEntry {
    private static final int PREVIEW = 80;

    @Id
    @ShardedId
    private long id;

    @ShardKey
    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private User reader;

    @Column(name = "conversation_id")
    private long conversation;

    @Column(name = "message_id")
    private long message;

    @Column(name = "sender_id")
    private long sender;

    @Column(length = PREVIEW)
    private String preview;

    private Instant sent;

    @SuppressWarnings("NullAway.Init")
    protected InboxEntry() {}

    /** An entry for a message that is stored already. */
    public InboxEntry(User reader, Message message) {
        this.reader = reader;
        this.conversation = message.getConversation().getId();
        this.message = message.getId();
        this.sender = message.getSender();
        this.preview = message.getText()
                .substring(0, Math.min(PREVIEW, message.getText().length()));
        this.sent = message.getSent();
    }

    /** Set when the entry is stored; later entries have greater ids. */
    public long getId() {
        return id;
    }

    /** Whose inbox this is in. */
    public User getReader() {
        return reader;
    }

    /** Id of the conversation, which may live on another shard. */
    public long getConversation() {
        return conversation;
    }

    /** Id of the message, which lives with the conversation. */
    public long getMessage() {
        return message;
    }

    /** Id of the user who wrote it. */
    public long getSender() {
        return sender;
    }

    /** How the message begins. */
    public String getPreview() {
        return preview;
    }

    /** When it was posted. */
    public Instant getSent() {
        return sent;
    }
}
