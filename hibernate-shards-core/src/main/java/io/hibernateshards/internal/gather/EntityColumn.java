package io.hibernateshards.internal.gather;

import java.util.List;
import org.hibernate.persister.entity.EntityPersister;

/**
 * An entity in a row, of which the query yields the id.
 *
 * @param position in the row
 * @param fetches the associations to load with it
 */
record EntityColumn(int position, EntityPersister entity, List<Fetch> fetches) {
    /** An association, and what is fetched of the entities it leads to. */
    record Fetch(String attribute, List<Fetch> further) {}
}
