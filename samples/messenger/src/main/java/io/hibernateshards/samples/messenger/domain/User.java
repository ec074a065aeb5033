package io.hibernateshards.samples.messenger.domain;

import io.hibernateshards.HotEntity;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import jakarta.persistence.Version;

/** A root: new users spread evenly over the shards, and their ids tell where they live. */
@Entity
@Table(name = "users", indexes = @Index(name = "users_by_name", columnList = "name, id"))
@Cacheable
@HotEntity(life = 600, hotLife = 3600, maxEntries = 200_000)
public class User {
    @Id
    @ShardedId
    @ShardKey
    private long id;

    @Version
    private int version;

    private String name;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private Country country;

    private long credits;

    @SuppressWarnings("NullAway.Init")
    protected User() {}

    /** A user who is not stored yet. */
    public User(String name, Country country, long credits) {
        this.name = name;
        this.country = country;
        this.credits = credits;
    }

    /** Set when the user is stored. */
    public long getId() {
        return id;
    }

    /** First and last name. */
    public String getName() {
        return name;
    }

    /** From now on the user is called so. */
    public void rename(String other) {
        name = other;
    }

    /** Where the user is at home. */
    public Country getCountry() {
        return country;
    }

    /** What the user can spend. */
    public long getCredits() {
        return credits;
    }

    /**
     * Takes credits away.
     *
     * @throws NotEnoughCreditsException if there are fewer
     */
    public void pay(long amount) {
        if (amount > credits) {
            throw new NotEnoughCreditsException(id, credits, amount);
        }
        credits -= amount;
    }

    /** Adds credits. */
    public void receive(long amount) {
        credits += amount;
    }
}
