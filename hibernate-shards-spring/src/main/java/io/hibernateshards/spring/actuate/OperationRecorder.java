package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.Tier;
import io.hibernateshards.spi.ShardObserver.TransactionOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Is told of operations once they have ended, by {@link TimedOperations}, which takes the time for all recorders at once. Its
 * methods are called on the threads that do the work, many at a time.
 *
 * @since 0.1
 */
public sealed interface OperationRecorder permits Activity, MeteredOperations {
    /**
     * An operation has ended.
     *
     * @param operation what it was
     * @param shards how many were asked
     * @param tier how it was answered, if it is a query
     * @param nanos that it took
     * @param failure that the caller got, or null
     */
    void operationEnded(Operation operation, int shards, @Nullable Tier tier, long nanos, @Nullable Throwable failure);

    /**
     * What an operation did on one shard has ended.
     *
     * @param operation what it is
     * @param shard that was asked
     * @param nanos that it took
     * @param failure what it failed with, or null
     */
    void legEnded(Operation operation, ShardId shard, long nanos, @Nullable Throwable failure);

    /**
     * A transaction has ended.
     *
     * @param outcome how
     * @param written how many shards it had written
     */
    void transactionEnded(TransactionOutcome outcome, int written);
}
