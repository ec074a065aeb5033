package io.hibernateshards.boot;

import io.hibernateshards.ReferenceEntity;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import org.jspecify.annotations.NullUnmarked;

/** A mapping that Hibernate itself refuses. */
@Entity
@ReferenceEntity
@NullUnmarked // Hibernate would fill it
class Unmappable {
    @Id
    Long id;

    @ManyToOne
    Thread noEntity;
}
