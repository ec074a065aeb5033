package io.hibernateshards;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * An entity all of whose rows live on one named shard.
 *
 * @since 0.1
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface SingleShard {
    /**
     * The shard's name, one of {@code hibernate.shards.shards}.
     *
     * @return a shard's name
     */
    String value();
}
