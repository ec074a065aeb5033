package io.hibernateshards;

import java.io.Serializable;
import java.util.Locale;

/**
 * The name of one shard: a PostgreSQL database or schema that holds a part of every sharded table. It doubles as
 * Hibernate's tenant identifier, so its text form is part of every second-level cache key.
 *
 * @param name letters, digits, {@code _} and {@code -}, at most 63 characters, case-sensitive
 * @since 0.1
 * @serial exclude
 */
@SuppressWarnings("InvalidBlockTag") // Javadoc wants it
public record ShardId(String name) implements Comparable<ShardId>, Serializable {
    /**
     * Checks the name.
     *
     * @param name see above
     * @throws IllegalArgumentException if the name is empty, too long or has another character
     */
    public ShardId {
        if (!name.matches("[A-Za-z0-9_-]{1,63}")) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "shard name \"%s\": use 1 to 63 letters, digits, underscores or hyphens", name));
        }
    }

    /**
     * The shard of that name.
     *
     * @param name see {@link #name()}
     * @return the id
     */
    public static ShardId of(String name) {
        return new ShardId(name);
    }

    @Override
    public int compareTo(ShardId other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
