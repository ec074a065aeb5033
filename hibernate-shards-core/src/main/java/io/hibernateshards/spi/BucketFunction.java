package io.hibernateshards.spi;

import io.hibernateshards.Buckets;
import io.hibernateshards.Topology;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Maps a shard key to a bucket. An implementation of the application's own is named by class under
 * {@code hibernate.shards.function.<name>}; it needs a public constructor without parameters. Must be safe for any number
 * of threads, and must answer the same for the same key for the life of the database, in every JVM.
 *
 * <p>Key values arrive as the database holds them: an enum as its mapped name or ordinal, a converted attribute as its
 * column's value.
 *
 * @since 0.1
 */
public interface BucketFunction {
    /** What a function may use. */
    interface Context {
        /**
         * The settings below {@code hibernate.shards.function.<name>.}.
         *
         * @return setting names without that prefix, and their values
         */
        Map<String, String> settings();

        /**
         * The placement in force at the time of the call.
         *
         * @return a snapshot
         */
        Topology topology();

        /**
         * The catalog schema's database, where a function may keep a table. Connections are not yet available while
         * {@link #configure} runs.
         *
         * @return a service that runs work there
         */
        Catalog catalog();
    }

    /**
     * Hands over the settings, once, before anything else.
     *
     * @param context what the function may use
     * @throws IllegalArgumentException if a setting is missing or nonsense; all problems in one message
     */
    default void configure(Context context) {}

    /**
     * Whether keys of these types can be placed. Asked once for each root entity at start.
     *
     * @param types the types of the key's values, in order
     * @return empty if so, else what is wrong and what to do
     */
    Optional<String> check(List<Class<?>> types);

    /**
     * The bucket of a key.
     *
     * @param key the key's values in order, none of them null
     * @return 0 to 8191
     * @throws IllegalArgumentException if the key has no bucket, such as a region that no list names
     */
    int bucket(Object[] key);

    /**
     * The bucket of a key that is only asked for, not stored: must not assign one.
     *
     * @param key the key's values in order, none of them null
     * @return -1 if no row with this key can exist
     */
    default int find(Object[] key) {
        return bucket(key);
    }

    /**
     * The buckets that may hold keys between two bounds, for keys of one attribute. The default cannot narrow it down.
     *
     * @param from the lower bound, inclusive, or null for none
     * @param to the upper bound, inclusive, or null for none
     * @return a superset of the buckets of all keys between
     */
    default Buckets between(@Nullable Object from, @Nullable Object to) {
        return Buckets.ALL;
    }

    /**
     * An SQL expression that PostgreSQL's built-in functions compute to the same bucket, for the guard in the database.
     *
     * @param columns quoted names of the key's columns, in order
     * @param types the types of the key's values, in order
     * @return empty if there is none
     */
    default Optional<String> sql(List<String> columns, List<Class<?>> types) {
        return Optional.empty();
    }
}
