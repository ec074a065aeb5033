package io.hibernateshards;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says that a value of this attribute is unique over all shards. On a basic attribute of a sharded entity that is not its
 * key, such as an e-mail address. Each value has a row in a table of its own, on the shard that the value itself belongs
 * to, written in the transaction that stores the entity; two entities with one value end like two rows in violation of a
 * unique constraint.
 *
 * <p>The row tells where the entity is, so that what asks for a value goes to one shard instead of all; see {@link
 * ShardLookup} for values that are not unique.
 *
 * @since 0.1
 */
@Documented
@Target({ElementType.FIELD, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface GlobalUnique {}
