package io.hibernateshards.internal.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import org.hibernate.bytecode.enhance.spi.LazyPropertyInitializer;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.ManagedMappingType;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.property.access.spi.Getter;
import org.jspecify.annotations.Nullable;

/**
 * An attribute in the array of values that Hibernate hands to listeners.
 *
 * @param position of the attribute that the path begins with
 * @param further into embeddables
 */
record StatePath(String name, int position, List<Getter> further) {
    /** Null if the path begins inside the id, which never changes and is not in the array. */
    static @Nullable StatePath of(EntityPersister entity, String path) {
        StringTokenizer names = new StringTokenizer(path, ".");
        AttributeMapping first = entity.findAttributeMapping(names.nextToken());
        if (first == null || first.getStateArrayPosition() < 0) {
            return null;
        }
        List<Getter> further = new ArrayList<>();
        AttributeMapping at = first;
        while (names.hasMoreTokens() && at != null && at.getMappedType() instanceof ManagedMappingType container) {
            at = container.findAttributeMapping(names.nextToken());
            if (at != null) {
                further.add(at.getPropertyAccess().getGetter());
            }
        }
        return new StatePath(path, first.getStateArrayPosition(), List.copyOf(further));
    }

    /** The value, or null if it is, or was not loaded. */
    @Nullable
    Object in(@Nullable Object[] state) {
        Object value = state[position];
        for (int i = 0; i < further.size() && value != null; i++) {
            value = further.get(i).get(value);
        }
        return value == LazyPropertyInitializer.UNFETCHED_PROPERTY ? null : value;
    }
}
