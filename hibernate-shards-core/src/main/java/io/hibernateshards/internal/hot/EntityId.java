package io.hibernateshards.internal.hot;

import org.jspecify.annotations.Nullable;

/**
 * An entity's name and id. Its hash never changes: the id may be the application's own object, which it may change, and the
 * sketch has to find and forget the key all the same.
 */
final class EntityId {
    private final String entityName;
    private final Object id;
    private final int hash;

    EntityId(String entityName, Object id) {
        this.entityName = entityName;
        this.id = id;
        hash = 31 * entityName.hashCode() + id.hashCode();
    }

    String entityName() {
        return entityName;
    }

    Object id() {
        return id;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof EntityId key
                        && hash == key.hash
                        && entityName.equals(key.entityName)
                        && id.equals(key.id);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
