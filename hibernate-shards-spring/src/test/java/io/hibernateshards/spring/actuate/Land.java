package io.hibernateshards.spring.actuate;

import io.hibernateshards.ReferenceEntity;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.jspecify.annotations.Nullable;

/** A copy on every shard. */
@Entity(name = "Land")
@ReferenceEntity
public class Land {
    @Id
    @Nullable
    String code;

    protected Land() {}

    Land(String code) {
        this.code = code;
    }
}
