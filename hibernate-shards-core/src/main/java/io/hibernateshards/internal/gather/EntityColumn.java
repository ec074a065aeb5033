package io.hibernateshards.internal.gather;

import java.util.List;
import org.hibernate.engine.spi.EntityKey;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * An entity in a row, of which the query yields the id.
 *
 * @param position in the row
 * @param fetches the associations to load with it
 */
record EntityColumn(int position, EntityPersister entity, List<Fetch> fetches) {
    /**
     * An association, and what is fetched of the entities it leads to; or an embeddable with such associations.
     *
     * @param subtype the entity that has the attribute, if it is none of the type that it is fetched from; else null
     */
    record Fetch(@Nullable String subtype, String attribute, List<Fetch> further) {}

    /** What is equal for ids that Hibernate holds for equal, whether their class has equals or not. */
    EntityKey key(Object id) {
        return new EntityKey(id, entity);
    }
}
