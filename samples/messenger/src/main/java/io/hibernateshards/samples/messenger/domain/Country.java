package io.hibernateshards.samples.messenger.domain;

import io.hibernateshards.ReferenceEntity;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** A copy on every shard, so that a user and the user's country are always together. */
@Entity
@ReferenceEntity
@Cacheable
public class Country {
    @Id
    private String code;

    private String name;

    @SuppressWarnings("NullAway.Init")
    protected Country() {}

    /** A country. */
    public Country(String code, String name) {
        this.code = code;
        this.name = name;
    }

    /** ISO 3166 code. */
    public String getCode() {
        return code;
    }

    /** English name. */
    public String getName() {
        return name;
    }
}
