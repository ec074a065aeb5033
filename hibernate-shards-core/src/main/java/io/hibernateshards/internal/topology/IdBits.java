package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.IdStyle;
import java.util.UUID;

/**
 * How the bits of generated ids are laid out. A layout is part of the stored data and never changes.
 *
 * <pre>
 * TIME_BUCKET  41 milliseconds since 2024-01-01T00:00Z | 13 bucket | 5 worker | 5 sequence
 * SEQUENCE     0 | 50 value of the shard's sequence        | 13 bucket
 * SNOWFLAKE    0 | 41 milliseconds since 2024-01-01T00:00Z | 10 worker | 12 sequence
 * UUID_V7      48 milliseconds since 1970 | 4 version | 12 counter | 2 variant | 13 bucket | 49 random
 * </pre>
 *
 * The highest of the 41 bits of a TIME_BUCKET id is the sign of the Long. It stays 0, or ids would no longer be in order
 * of time: such ids last until 2058.
 */
public final class IdBits {
    /** 2024-01-01T00:00Z in milliseconds since 1970. */
    public static final long EPOCH = 1_704_067_200_000L;

    /** The last millisecond after {@link #EPOCH} that a TIME_BUCKET id can hold, in 2058. */
    public static final long MAX_TIME_BUCKET_MILLIS = (1L << 40) - 1;

    /** The last millisecond after {@link #EPOCH} that a SNOWFLAKE id can hold, in 2093. */
    public static final long MAX_SNOWFLAKE_MILLIS = (1L << 41) - 1;

    /** The last value of a sequence that an id can hold. */
    public static final long MAX_SEQUENCE = (1L << 50) - 1;

    private static final int BUCKET_BITS = 13;
    private static final int BUCKET_MASK = Buckets.COUNT - 1;

    private IdBits() {}

    /**
     * The bucket that an id carries.
     *
     * @param id a UUID for {@link IdStyle#UUID_V7}, else a Long
     * @throws ClassCastException if the id is of another type
     * @throws IllegalArgumentException for a style that carries none
     */
    public static int bucket(IdStyle style, Object id) {
        return switch (style) {
            case TIME_BUCKET -> (int) ((Long) id >>> 10) & BUCKET_MASK;
            case SEQUENCE -> (int) (long) (Long) id & BUCKET_MASK;
            case UUID_V7 -> (int) (((UUID) id).getLeastSignificantBits() >>> 49) & BUCKET_MASK;
            case SNOWFLAKE -> throw new IllegalArgumentException(style + " ids carry no bucket");
        };
    }

    /**
     * A time-ordered id.
     *
     * @param millis since {@link #EPOCH}, 0 to {@link #MAX_TIME_BUCKET_MILLIS}
     * @param worker 0 to 31
     * @param sequence 0 to 31
     */
    public static long timeBucket(long millis, int bucket, int worker, int sequence) {
        return (millis << 23) | ((long) bucket << 10) | ((long) worker << 5) | sequence;
    }

    /**
     * An id from a shard's sequence.
     *
     * @param value 0 to {@link #MAX_SEQUENCE}
     */
    public static long sequence(long value, int bucket) {
        return (value << BUCKET_BITS) | bucket;
    }

    /**
     * An id without a bucket.
     *
     * @param millis since {@link #EPOCH}, 0 to {@link #MAX_SNOWFLAKE_MILLIS}
     * @param worker 0 to 1023
     * @param sequence 0 to 4095
     */
    public static long snowflake(long millis, int worker, int sequence) {
        return (millis << 22) | ((long) worker << 12) | sequence;
    }

    /**
     * A UUID of version 7.
     *
     * @param millis since 1970
     * @param counter 0 to 4095, orders the ids of one millisecond
     * @param random of which the lowest 49 bits are used
     */
    public static UUID uuidV7(long millis, int counter, int bucket, long random) {
        long mostSignificant = (millis << 16) | 0x7000L | counter;
        long leastSignificant = (1L << 63) | ((long) bucket << 49) | (random & ((1L << 49) - 1));
        return new UUID(mostSignificant, leastSignificant);
    }
}
