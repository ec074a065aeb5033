package io.hibernateshards.internal.observe;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver.Leg;
import io.hibernateshards.spi.ShardObserver.Observed;
import org.jspecify.annotations.Nullable;

/** The leg of an operation on one shard. What a cache may answer has one only if the server is asked, or it fails. */
public final class PendingLeg {
    private final Observed operation;
    private final ShardId shard;
    private final boolean cacheable;
    private boolean begun;
    private @Nullable Leg leg;

    PendingLeg(Observed operation, ShardId shard, boolean cacheable) {
        this.operation = operation;
        this.shard = shard;
        this.cacheable = cacheable;
    }

    /** Its work begins, on this thread. */
    public void begins() {
        if (!cacheable) {
            asks();
        }
    }

    /** The server is about to be asked, perhaps not for the first time. */
    public void asks() {
        if (!begun) {
            begun = true;
            leg = operation.leg(shard);
        }
    }

    /** All is done, on the same thread. A connection that cannot be had fails before a statement is there to be sent. */
    public void ended(@Nullable Throwable failure) {
        if (failure != null) {
            asks();
        }
        if (leg != null) {
            leg.ended(failure);
        }
    }
}
