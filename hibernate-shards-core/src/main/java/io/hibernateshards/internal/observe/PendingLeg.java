package io.hibernateshards.internal.observe;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver.Leg;
import io.hibernateshards.spi.ShardObserver.Observed;
import org.jspecify.annotations.Nullable;

/** The leg of an operation on one shard, which begins once its server is asked: what a cache answers has none. */
public final class PendingLeg {
    private final Observed operation;
    private final ShardId shard;
    private boolean begun;
    private @Nullable Leg leg;

    PendingLeg(Observed operation, ShardId shard) {
        this.operation = operation;
        this.shard = shard;
    }

    /** The server is about to be asked, perhaps not for the first time. */
    public void asks() {
        if (!begun) {
            begun = true;
            leg = operation.leg(shard);
        }
    }

    /** All is done, by the thread that has asked. */
    public void ended(@Nullable Throwable failure) {
        if (leg != null) {
            leg.ended(failure);
        }
    }
}
