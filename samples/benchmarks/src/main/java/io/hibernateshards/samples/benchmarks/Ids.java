package io.hibernateshards.samples.benchmarks;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ids of the same form as the library's, for those who route by hand: 41 bits of time, 13 of bucket, 5 of worker, 5 of
 * sequence. The lowest two bits tell the shard too, so that for four shards {@code id % 4} names the same shard as the
 * bucket does: ShardingSphere's rule and this library's agree about every row, and both read the same tables.
 */
final class Ids {
    private static final long EPOCH = 1704067200000L; // 2024-01-01T00:00Z
    private static final AtomicInteger WORKERS = new AtomicInteger();

    /** From the highest down: the library leases its own from the lowest up, and the highest of all has {@link #sql}. */
    private final int worker = 30 - WORKERS.getAndIncrement() % 15;

    private final long start = now();
    private final AtomicLong sequence = new AtomicLong();

    private static long now() {
        return System.currentTimeMillis() - EPOCH;
    }

    long next(int bucket, int shard) {
        long n = sequence.getAndIncrement();
        return (start + (n >>> 3)) << 23 | (long) bucket << 10 | worker << 5 | (n & 7) << 2 | shard & 3;
    }

    static int bucket(long id) {
        return (int) (id >>> 10) & 8191;
    }

    /**
     * The same in SQL, spread over the buckets of a shard, from a number {@code n} that counts from 0.
     *
     * @param buckets an array in SQL
     */
    static String sql(String buckets, int count, int shard) {
        return "((%d + n / %d) << 23) | (%s[1 + n %% %d]::bigint << 10) | (31 << 5) | ((n / %d %% 8) << 2) | %d"
                .formatted(now() - 3_600_000, 8 * count, buckets, count, count, shard & 3);
    }
}
