package io.hibernateshards.samples.benchmarks;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** The same table for plain Hibernate and for ShardingSphere, with ids from the application. */
@Entity(name = "PlainAccount")
@Table(name = "account")
public class PlainAccount {
    @Id
    private Long id;

    private String owner;
    private String note;
    private long score;
    private int category;

    @SuppressWarnings("NullAway.Init")
    protected PlainAccount() {}

    PlainAccount(Long id, String owner, String note, long score, int category) {
        this.id = id;
        this.owner = owner;
        this.note = note;
        this.score = score;
        this.category = category;
    }

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
