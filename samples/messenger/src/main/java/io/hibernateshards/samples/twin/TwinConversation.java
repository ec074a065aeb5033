package io.hibernateshards.samples.twin;

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

@Entity
@Table(name = "conversation")
class TwinConversation {
    @Id
    private long id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private TwinUser owner;

    private String subject;

    @ElementCollection
    @CollectionTable(name = "conversation_member", joinColumns = @JoinColumn(name = "conversation_id"))
    @Column(name = "user_id")
    private Set<Long> members = new LinkedHashSet<>();

    @SuppressWarnings("NullAway.Init")
    protected TwinConversation() {}

    TwinConversation(long id, TwinUser owner, String subject, Set<Long> others) {
        this.id = id;
        this.owner = owner;
        this.subject = subject;
        members.add(owner.getId());
        members.addAll(others);
    }

    public long getId() {
        return id;
    }

    public TwinUser getOwner() {
        return owner;
    }

    public String getSubject() {
        return subject;
    }

    public Set<Long> getMembers() {
        return members;
    }
}
