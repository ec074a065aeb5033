package io.hibernateshards.spring.orm;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
class Purse {
    @Id
    @ShardKey
    String owner = "";

    long credits;

    protected Purse() {}

    Purse(String owner, long credits) {
        this.owner = owner;
        this.credits = credits;
    }
}
