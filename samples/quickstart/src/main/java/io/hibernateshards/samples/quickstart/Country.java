package io.hibernateshards.samples.quickstart;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** A root: its code is the shard key, and decides where its cities live. */
@Entity
public class Country {
    @Id
    @ShardKey
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
