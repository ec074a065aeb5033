package io.hibernateshards.internal.mapping;

/**
 * An attribute whose values have rows in a lookup table.
 *
 * @param entity the entity that declares or inherits it from a mapped superclass; its subclasses share the values
 * @param unique whether a value is unique over all shards
 * @param value the attribute, and how its values become those that the database holds
 * @param updatable whether Hibernate changes it once the entity is stored
 * @param checked whether an update that writes the attribute as it was read fails if another transaction has changed it
 */
public record LookupAttribute(String entity, boolean unique, KeyAttribute value, boolean updatable, boolean checked) {
    /** What rows of all shards call it. */
    public String name() {
        return entity + "#" + value.path();
    }

    /** The attribute's name in the entity. */
    public String path() {
        return value.path();
    }

    /** The annotation, for messages. */
    public String annotation() {
        return unique ? "@GlobalUnique" : "@ShardLookup";
    }

    @Override
    public String toString() {
        return entity + "." + value.path();
    }
}
