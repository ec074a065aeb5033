package io.hibernateshards.samples.benchmarks;

import java.util.concurrent.atomic.AtomicLong;

/** Ids of the same form as the library's, for those who route by hand: 41 bits of time, 13 of bucket, 10 of sequence. */
final class Ids {
    private static final long EPOCH = 1704067200000L; // 2024-01-01T00:00Z
    private static final int WORKER = 31 << 5;

    private final AtomicLong sequence = new AtomicLong();

    long next(int bucket) {
        long n = sequence.getAndIncrement();
        long ms = System.currentTimeMillis() - EPOCH + (n >>> 5) % 1000;
        return ms << 23 | (long) bucket << 10 | WORKER | n & 31;
    }

    static int bucket(long id) {
        return (int) (id >>> 10) & 8191;
    }
}
