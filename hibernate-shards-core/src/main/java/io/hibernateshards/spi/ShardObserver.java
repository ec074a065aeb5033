package io.hibernateshards.spi;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import org.jspecify.annotations.Nullable;

/**
 * Is told what sessions do: for metrics, traces and tests. Named by {@link ShardSettings#OBSERVER}; one object for all
 * sessions of a factory. Without one, nothing of this costs anything.
 *
 * <p>Its methods are called on the threads that do the work, many at a time, and hold it up: they must be quick. What they
 * throw fails the operation.
 *
 * @since 0.1
 */
public interface ShardObserver {
    /**
     * An operation begins, on the thread that called the session. It may be a part of another one, which began on the same
     * thread and has not ended: a commit sends what was changed, a query by a lookup asks where to look.
     *
     * @param operation what it is
     * @param entityName of the entity that is asked for or written, if there is one: the root of a query, or of several the
     *     first
     * @param shards how many are asked, as far as that is known; those of a commit are all that the transaction used
     * @return is told the rest; null if that is not wanted
     */
    @Nullable
    Observed started(Operation operation, @Nullable String entityName, int shards);

    /**
     * A transaction has ended.
     *
     * @param outcome how
     * @param written how many shards it had written
     */
    default void transactionEnded(TransactionOutcome outcome, int written) {}

    /**
     * What sessions do.
     *
     * @since 0.1
     */
    enum Operation {
        /** Looks for one entity by its id or natural id, in the session, in the cache, or on a shard. */
        FIND,
        /** Looks for several entities by their ids. */
        FIND_MULTIPLE,
        /** Runs a query in HQL or of the Criteria API: up to the last row, or to the first of a stream or scroll. */
        QUERY,
        /** Runs an update, delete or insert in HQL or of the Criteria API. */
        UPDATE,
        /** Runs SQL. */
        NATIVE_QUERY,
        /**
         * Commits a transaction: sends what was changed, and commits on all shards. Not those of JTA, nor those of which no
         * server needs to hear: it was read from caches only, and is not flushed.
         */
        COMMIT
    }

    /**
     * How a query over shards is answered.
     *
     * @since 0.1
     */
    enum Tier {
        /** By one shard, as it is. */
        TARGETED,
        /** By several shards, whose answers are merged. */
        MERGED,
        /** By one shard, to which rows of the others are copied first. */
        GATHERED
    }

    /**
     * How a transaction ended.
     *
     * @since 0.1
     */
    enum TransactionOutcome {
        /** It is committed on all shards that it wrote. */
        COMMITTED,
        /** Nothing of it is stored. */
        ROLLED_BACK,
        /** Nobody knows yet, and recovery will finish it; or, in the modes without two phases, only some shards have it. */
        UNKNOWN
    }

    /**
     * An operation on its way.
     *
     * @since 0.1
     */
    interface Observed {
        /**
         * It is a query. May be told more than once: the last counts.
         *
         * @param tier how it is answered
         */
        default void answered(Tier tier) {}

        /**
         * Its leg on one shard begins, on the thread that runs it: the caller's or a worker. That of a find begins with its first
         * statement, or when it fails: it has none if a cache answers. A shard may have several, one after the other. Those of a
         * commit, and of a query whose rows are gathered, are not told.
         *
         * @param shard that it asks
         * @return is told when it ends; null if that is not wanted
         */
        @Nullable
        Leg leg(ShardId shard);

        /**
         * It has ended, on the thread on which it began.
         *
         * @param failure that the caller gets, or null
         */
        void ended(@Nullable Throwable failure);
    }

    /**
     * What an operation does on one shard.
     *
     * @since 0.1
     */
    interface Leg {
        /**
         * It has ended, on the thread on which it began.
         *
         * @param failure what it failed with, or null
         */
        void ended(@Nullable Throwable failure);
    }
}
