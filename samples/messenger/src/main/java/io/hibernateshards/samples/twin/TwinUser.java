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
    long id;

    @Version
    int version;

    String name;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    TwinCountry country;

    long credits;

    @SuppressWarnings("NullAway.Init")
    TwinUser() {}

    TwinUser(long id, String name, TwinCountry country, long credits) {
        this.id = id;
        this.name = name;
        this.country = country;
        this.credits = credits;
    }
}
