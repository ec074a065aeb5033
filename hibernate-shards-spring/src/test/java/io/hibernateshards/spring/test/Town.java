package io.hibernateshards.spring.test;

import io.hibernateshards.ShardKey;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import org.jspecify.annotations.Nullable;

/** Lives with its land. */
@Entity
class Town {
    @Id
    long id;

    @ShardKey
    @ManyToOne(fetch = FetchType.LAZY)
    @Nullable
    Land land;

    int people;

    Town(long id, @Nullable Land land, int people) {
        this.id = id;
        this.land = land;
        this.people = people;
    }

    Town() {
        this(0, null, 0);
    }
}
