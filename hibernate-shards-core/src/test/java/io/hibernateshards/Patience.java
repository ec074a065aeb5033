package io.hibernateshards;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** With shards that come back. */
public final class Patience {
    private Patience() {}

    /** Until the shard can be reached: that may take a minute on a loaded machine, and how often it is tried tells nothing. */
    public static <T> T eventually(Supplier<T> work) {
        return eventually(ShardErrorCode.SHARD_UNAVAILABLE, work);
    }

    /** Until it does not fail with this code any more. */
    public static <T> T eventually(ShardErrorCode failure, Supplier<T> work) {
        long start = System.nanoTime();
        while (true) {
            try {
                return work.get();
            } catch (ShardingException e) {
                if (e.code() != failure || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(60)) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
    }
}
