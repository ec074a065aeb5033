package io.hibernateshards.boot;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.jspecify.annotations.NullUnmarked;

/** Fine for plain Hibernate; nothing says where it would live. */
@Entity
@NullUnmarked // Hibernate fills it
class Unplaced {
    @Id
    Long id;

    Unplaced() {}

    Unplaced(Long id) {
        this.id = id;
    }
}
