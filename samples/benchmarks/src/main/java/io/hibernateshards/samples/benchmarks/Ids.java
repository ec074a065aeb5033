package io.hibernateshards.samples.benchmarks;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Ids of the same form as the library's, for those who route by hand: 41 bits of time, 13 of bucket, 10 of sequence. */
final class Ids {
    private static final long EPOCH = 1704067200000L; // 2024-01-01T00:00Z
    private static final AtomicInteger WORKERS = new AtomicInteger();

    /** From the highest down: the library leases its own from the lowest up. */
    private final int worker = 31 - WORKERS.getAndIncrement() % 16;

    private final long start = System.currentTimeMillis() - EPOCH;
    private final AtomicLong sequence = new AtomicLong();

    long next(int bucket) {
        long n = sequence.getAndIncrement();
        return (start + (n >>> 5)) << 23 | (long) bucket << 10 | worker << 5 | n & 31;
    }

    static int bucket(long id) {
        return (int) (id >>> 10) & 8191;
    }
}
