package io.hibernateshards.samples.messenger.domain;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.util.LinkedHashSet;
import java.util.Set;

/** Lives with the user who began it; the others are on any shard, so it knows them by their ids. */
@Entity
@Table(name = "conversation")
public class Conversation {
    @Id
    @ShardedId
    private long id;

    @ShardKey
    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private User owner;

    private String subject;

    @ElementCollection
    @CollectionTable(name = "conversation_member", joinColumns = @JoinColumn(name = "conversation_id"))
    @Column(name = "user_id")
    private Set<Long> members = new LinkedHashSet<>();

    @SuppressWarnings("NullAway.Init")
    protected Conversation() {}

    /** A conversation that is not stored yet. */
    public Conversation(User owner, String subject, Set<Long> others) {
        this.owner = owner;
        this.subject = subject;
        members.add(owner.getId());
        members.addAll(others);
    }

    /** Set when the conversation is stored. */
    public long getId() {
        return id;
    }

    /** Who began it. */
    public User getOwner() {
        return owner;
    }

    /** What it is about. */
    public String getSubject() {
        return subject;
    }

    /** Ids of all who take part, the owner among them. */
    public Set<Long> getMembers() {
        return members;
    }
}
