package io.hibernateshards;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Keeps a table that tells on which shards the entities are that have a value, on a basic attribute of a sharded entity
 * that is not its key. What asks for a value then goes to those shards instead of all. For values that few entities have,
 * such as the number of a delivery: a value that every shard has saves nothing.
 *
 * <p>The table is kept as that of {@link GlobalUnique} is, which is the one for values that are unique.
 *
 * @since 0.1
 */
@Documented
@Target({ElementType.FIELD, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface ShardLookup {}
