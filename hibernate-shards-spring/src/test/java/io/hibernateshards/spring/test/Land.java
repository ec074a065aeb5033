package io.hibernateshards.spring.test;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** Placed by its code. */
@Entity
class Land {
    @Id
    @ShardKey
    String code;

    Land(String code) {
        this.code = code;
    }

    Land() {
        this("");
    }
}
