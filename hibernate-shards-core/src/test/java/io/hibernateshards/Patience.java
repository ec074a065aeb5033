package io.hibernateshards;

import java.util.function.Supplier;

/** With shards that come back. */
public final class Patience {
    private Patience() {}

    /**
     * A pool that could not connect tries again after a pause, of five seconds at most: longer than some tests let a caller
     * wait for a connection.
     */
    public static <T> T eventually(Supplier<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return work.get();
            } catch (ShardingException e) {
                if (e.code() != ShardErrorCode.SHARD_UNAVAILABLE || attempt == 100) {
                    throw e;
                }
            }
        }
    }
}
