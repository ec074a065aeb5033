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

/** Lives with its conversation, and so with the user who began that: a conversation is read from one shard. */
@Entity
@Table(name = "message", indexes = @Index(name = "message_by_conversation", columnList = "conversation_id, id"))
public class Message {
    /** The longest text. */
    public static final int MAX_LENGTH = 2000;

    @Id
    @ShardedId
    private long id;

    @ShardKey
    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private Conversation conversation;

    @Column(name = "sender_id")
    private long sender;

    @Column(length = MAX_LENGTH)
    private String text;

    private Instant sent;

    @SuppressWarnings("NullAway.Init")
    protected Message() {}

    /** A message that is not stored yet. */
    public Message(Conversation conversation, long sender, String text, Instant sent) {
        this.conversation = conversation;
        this.sender = sender;
        this.text = text;
        this.sent = sent;
    }

    /** Set when the message is stored; later messages have greater ids. */
    public long getId() {
        return id;
    }

    /** What it belongs to. */
    public Conversation getConversation() {
        return conversation;
    }

    /** Id of the user who wrote it. */
    public long getSender() {
        return sender;
    }

    /** What was written. */
    public String getText() {
        return text;
    }

    /** When it was posted. */
    public Instant getSent() {
        return sent;
    }
}
