package io.hibernateshards;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * An entity that the second-level cache keeps the longer the more it is read.
 *
 * <p>An entry lives for {@link #life()} seconds after it was loaded or written. Each time the number of its reads doubles (the
 * second, the fourth, the eighth read and so on), its life gets longer by as much, up to {@link #hotLife()} seconds after it
 * was loaded or written; with the defaults, that takes 2048 reads. A change ends it at once, as that of any entry.
 *
 * <p>For the cache {@code caffeine-shards}, where an entity, or one of its subclasses, is cached. What {@code
 * hibernate.shards.cache.region.<region>} says of size goes before {@link #maxEntries()}, and what it says of expiry goes
 * before the rest.
 *
 * @since 0.1
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface HotEntity {
    /**
     * How long an entry lives that is hardly read.
     *
     * @return seconds, at least 1
     */
    int life() default 5 * 60;

    /**
     * How long an entry lives at most.
     *
     * @return seconds, at least those of {@link #life()}
     */
    int hotLife() default 60 * 60;

    /**
     * How many entries the region has room for.
     *
     * @return a number above 0; 0 for what {@code hibernate.shards.cache.max-entries} says
     */
    int maxEntries() default 0;
}
