package io.hibernateshards;

import java.util.List;
import java.util.function.Consumer;

/**
 * The lookups of {@link GlobalUnique} and {@link ShardLookup}: fills those of entities that were stored before, and mends
 * them. Safe for any number of threads, and while the application works.
 *
 * @since 0.1
 */
public interface Lookups {
    /**
     * How far a call has come.
     *
     * @param shard whose entities are being read
     * @param entities read so far, on all shards, that have a value
     * @param written rows written so far
     */
    record Progress(ShardId shard, long entities, long written) {}

    /**
     * A value that must be unique and is not.
     *
     * @param first the id of the entity that has the row, as text
     * @param firstShard where it is
     * @param second the id of another entity with the same value
     * @param secondShard where that is
     */
    record Duplicate(String first, ShardId firstShard, String second, ShardId secondShard) {}

    /**
     * What a check has found, and mended.
     *
     * @param entities that have a value
     * @param missing rows that were not there, and are now
     * @param dangling rows whose entity is gone, and which are, too
     * @param undecided rows whose entity is not to be seen while others are at work; the next check will tell
     * @param duplicates values that must be unique and are not, as SQL can have made them; what asks for such a value finds
     *     the first only, until they are changed and checked again
     */
    record Report(long entities, long missing, long dangling, long undecided, List<Duplicate> duplicates) {}

    /**
     * Whether the lookup has the rows of all entities, so that it is read.
     *
     * @param entityClass an entity that has the attribute
     * @param attribute its name
     * @return as far as this JVM knows
     * @throws IllegalArgumentException if the attribute has no lookup
     */
    boolean isReady(Class<?> entityClass, String attribute);

    /**
     * Makes the rows of entities that were stored before there was a lookup, a page at a time, while others write. All JVMs
     * that write the entities must know of the lookup by then. May be called again, whether it was stopped or not.
     *
     * @param entityClass an entity that has the attribute
     * @param attribute its name
     * @param progress is told after each page
     * @throws IllegalArgumentException if the attribute has no lookup
     * @throws ShardingException of the kind {@link ShardErrorCode#LOOKUP} if values that must be unique are not, with the
     *     ids and shards of the first: change those and call it again
     */
    void backfill(Class<?> entityClass, String attribute, Consumer<Progress> progress);

    /**
     * Compares all rows of a lookup with all entities, and mends what differs.
     *
     * @param entityClass an entity that has the attribute
     * @param attribute its name
     * @param progress is told after each page of entities
     * @return what was found
     * @throws IllegalArgumentException if the attribute has no lookup
     */
    Report check(Class<?> entityClass, String attribute, Consumer<Progress> progress);

    /**
     * How many rows this JVM has met whose entity was gone, and has removed or given to another.
     *
     * @return since the factory was started
     */
    long healed();
}
