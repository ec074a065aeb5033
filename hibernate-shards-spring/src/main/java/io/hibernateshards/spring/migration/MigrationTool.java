package io.hibernateshards.spring.migration;

import java.util.function.BooleanSupplier;

/** What changes schemas. Called for several shards at a time, for each in a thread of its own. */
interface MigrationTool {
    /** Its name, for people. */
    String name();

    /** Reads what has been done on one shard, and changes nothing there. */
    History history(ShardDatabase shard) throws Exception;

    /**
     * Makes all changes that are missing on one shard.
     *
     * @param stop asked before each change; once it says so nothing more is to be changed, and {@link Stopped} thrown, or
     *     anything caused by it
     */
    void migrate(ShardDatabase shard, BooleanSupplier stop) throws Exception;

    /** It was asked to stop. */
    final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stopped(String before) {
            super("stopped before " + before + ", as another shard failed");
        }

        /** That one, if it led to this failure. */
        static Throwable orItself(Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof Stopped) {
                    return cause;
                }
            }
            return failure;
        }
    }
}
