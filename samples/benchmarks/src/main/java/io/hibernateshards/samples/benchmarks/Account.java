package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.Objects;
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

    @SuppressWarnings("NullAway.Init")
    protected Account() {}

    Account(String owner, String note, long score) {
        this.owner = owner;
        this.note = note;
        this.score = score;
    }

    @Nullable
    Long getId() {
        return id;
    }

    void setId(long id) {
        this.id = id;
    }

    /** The id of an account that has one. */
    long id() {
        return Objects.requireNonNull(id);
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
}
