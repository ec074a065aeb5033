package io.hibernateshards.samples.twin;

import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Ids as the messenger makes them, so that both can read each other's rows: time, bucket, worker 31, number. */
final class TwinIds {
    private static final long EPOCH = Instant.parse("2024-01-01T00:00:00Z").toEpochMilli();
    private static final int BUCKETS = 8192;
    private static final long WORKER = 31;

    private final AtomicLong ticks = new AtomicLong();

    static int bucket(long id) {
        return (int) (id >> 10) & (BUCKETS - 1);
    }

    /** Buckets are spread in runs, in the order of the shards. */
    static int shard(long id, int shards) {
        return bucket(id) * shards / BUCKETS;
    }

    /** An id in the bucket of another. */
    long besides(long other) {
        return in(bucket(other));
    }

    /** An id in any bucket. */
    long anywhere() {
        return in(ThreadLocalRandom.current().nextInt(BUCKETS));
    }

    private long in(int bucket) {
        long tick = ticks.updateAndGet(last -> Math.max(last + 1, (System.currentTimeMillis() - EPOCH) << 5));
        return (tick >> 5) << 23 | (long) bucket << 10 | WORKER << 5 | tick & 31;
    }
}
