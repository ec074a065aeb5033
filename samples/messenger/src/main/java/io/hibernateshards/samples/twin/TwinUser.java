package io.hibernateshards.samples.twin;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import jakarta.persistence.Version;

@Entity
@Cacheable
@Table(name = "users")
class TwinUser {
    @Id
    private long id;

    @Version
    private int version;

    private String name;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private TwinCountry country;

    private long credits;

    @SuppressWarnings("NullAway.Init")
    protected TwinUser() {}

    TwinUser(long id, String name, TwinCountry country, long credits) {
        this.id = id;
        this.name = name;
        this.country = country;
        this.credits = credits;
    }

    public long getId() {
        return id;
    }

    public String getName() {
        return name;
    }

    public TwinCountry getCountry() {
        return country;
    }

    public long getCredits() {
        return credits;
    }

    void rename(String other) {
        name = other;
    }

    void pay(long amount) {
        credits -= amount;
    }

    void receive(long amount) {
        credits += amount;
    }
}
