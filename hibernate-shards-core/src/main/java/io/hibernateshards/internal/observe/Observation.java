package io.hibernateshards.internal.observe;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver;
import io.hibernateshards.spi.ShardObserver.Observed;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.Tier;
import io.hibernateshards.spi.ShardObserver.TransactionOutcome;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells the observer of what one session does. Used by the session's thread. */
public final class Observation {
    private final ShardObserver observer;

    /** The operation that the session is in, if the observer wants to know of it. */
    private @Nullable Observed current;

    /** Whether a cache may answer it. */
    private boolean cacheable;

    public Observation(ShardObserver observer) {
        this.observer = observer;
    }

    /** Does one operation. */
    public <T extends @Nullable Object> T operation(
            Operation operation, @Nullable String entityName, int shards, Supplier<T> work) {
        Observed outer = current;
        boolean outerCacheable = cacheable;
        Observed own = observer.started(operation, entityName, shards);
        current = own;
        cacheable = operation == Operation.FIND || operation == Operation.FIND_MULTIPLE;
        Throwable failure = null;
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
        } finally {
            current = outer;
            cacheable = outerCacheable;
            if (own != null) {
                own.ended(failure);
            }
        }
    }

    /** The query that is on its way is answered so. */
    public void answered(Tier tier) {
        if (current != null) {
            current.answered(tier);
        }
    }

    /** A leg of the operation that is on its way now, wherever it is run; null if nobody wants to know of it. */
    public @Nullable PendingLeg leg(ShardId shard) {
        Observed operation = current;
        return operation == null ? null : new PendingLeg(operation, shard, cacheable);
    }

    public void transactionEnded(TransactionOutcome outcome, int written) {
        observer.transactionEnded(outcome, written);
    }
}
