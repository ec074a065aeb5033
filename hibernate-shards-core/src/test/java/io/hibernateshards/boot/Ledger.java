package io.hibernateshards.boot;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.jspecify.annotations.NullUnmarked;

/** Ids come from a sequence on each shard. */
@Entity
@NullUnmarked // Hibernate fills it
class Ledger {
    @Id
    @ShardedId(style = IdStyle.SEQUENCE)
    Long id;

    @ShardKey
    String owner;

    Integer amount;

    Ledger() {}

    Ledger(String owner) {
        this.owner = owner;
    }
}
