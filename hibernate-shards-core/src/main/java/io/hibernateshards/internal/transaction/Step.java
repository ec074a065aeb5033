package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;

/** The steps of a commit in two phases, in their order. */
enum Step {
    /** Every branch has been flushed and checked. */
    FLUSHED,
    /** The deciding branch has written its decision, which is not committed. */
    WRITTEN,
    /** One branch is prepared. */
    PREPARED,
    /** All but the deciding branch are prepared. */
    ALL_PREPARED,
    /** The deciding branch is committed. */
    DECIDED,
    /** One of the other branches is committed. */
    COMPLETED,
    /** Recovery, of any transaction, has learned how one branch ends. */
    LEARNED,
    /** Recovery has ended one branch. */
    RECOVERED;

    /** Is told of each step once it has been made. */
    @FunctionalInterface
    interface Observer {
        /** Nobody needs to know. */
        Observer NONE = (step, transaction, shard) -> {};

        /**
         * A step has been made. What this throws fails the transaction there.
         *
         * @param transaction its name
         * @param shard whose branch made the step; the deciding one's where all did
         */
        void made(Step step, String transaction, ShardId shard);
    }
}
