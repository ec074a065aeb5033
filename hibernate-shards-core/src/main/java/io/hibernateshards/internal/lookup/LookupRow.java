package io.hibernateshards.internal.lookup;

import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.topology.HashFunction;
import java.util.Comparator;

/**
 * A row of a lookup table: an entity has a value.
 *
 * @param value its {@linkplain LookupText text}
 * @param owner the text of the entity's id
 * @param place where the entity is
 */
record LookupRow(LookupAttribute attribute, String value, String owner, Place place) {
    /** In which all transactions write, so that they do not wait for each other in a circle. */
    static final Comparator<LookupRow> ORDER = Comparator.comparing(
                    (LookupRow row) -> row.attribute().name())
            .thenComparing(LookupRow::value)
            .thenComparing(LookupRow::owner);

    private static final HashFunction HASH = new HashFunction();

    /** The bucket whose shard has the row. */
    int bucket() {
        return bucketOf(value);
    }

    static int bucketOf(String value) {
        return HASH.bucket(new Object[] {value});
    }

    /** Whether both are of the same value of the same entity, wherever that may be. */
    boolean isSame(LookupRow other) {
        return attribute.name().equals(other.attribute.name())
                && value.equals(other.value)
                && owner.equals(other.owner);
    }
}
