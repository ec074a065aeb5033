package io.hibernateshards;

/**
 * How a {@link ShardedId} is made.
 *
 * @since 0.1
 */
public enum IdStyle {
    /**
     * A {@code Long} of 41 bits of milliseconds since 2024-01-01T00:00Z, 13 bits of bucket and 10 bits of worker and
     * sequence. Ordered by time; a find by id asks one shard, also after its bucket has moved.
     */
    TIME_BUCKET,
    /** A {@code Long} from a pooled sequence of the shard: {@code sequence value << 13 | bucket}. */
    SEQUENCE,
    /** A {@code Long} of 41 bits of milliseconds, 10 bits of worker and 12 bits of sequence. Carries no bucket. */
    SNOWFLAKE,
    /** A {@code UUID} of version 7 with the bucket in 13 of its random bits. */
    UUID_V7;

    /**
     * Whether the bucket can be read from the id.
     *
     * @return false only for {@link #SNOWFLAKE}
     */
    public boolean carriesBucket() {
        return this != SNOWFLAKE;
    }
}
