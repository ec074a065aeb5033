package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.jspecify.annotations.Nullable;

/** A root whose generated id is its key. */
@Entity
public class Account {
    @Id
    @ShardedId
    @ShardKey
    private @Nullable Long id;

    private String owner;
    private String note;
    private long score;
    private int category;

    @SuppressWarnings("NullAway.Init")
    protected Account() {}

    Account(String owner, String note, long score, int category) {
        this.owner = owner;
        this.note = note;
        this.score = score;
        this.category = category;
    }

    @Nullable
    Long getId() {
        return id;
    }

    String getOwner() {
        return owner;
    }

    String getNote() {
        return note;
    }

    long getScore() {
        return score;
    }

    void setScore(long score) {
        this.score = score;
    }

    void setNote(String note) {
        this.note = note;
    }

    int getCategory() {
        return category;
    }
}
