package io.hibernateshards.internal.id;

import io.hibernateshards.ShardingException;

/** What tells the ids of one JVM from those of another. */
interface WorkerNumber {
    /**
     * What may be used without asking again.
     *
     * @param floor ids are made after this time, in milliseconds since 1970
     * @param ceiling ids are made up to this time
     * @param validUntil by {@link Clock#nanos()}
     */
    record Grant(int worker, long floor, long ceiling, long validUntil) {}

    /**
     * The grant in force.
     *
     * @throws ShardingException if there is none
     */
    Grant current();

    /** A grant with a later ceiling, for a clock that jumped ahead of this one's. */
    Grant beyond(Grant tooShort);

    /**
     * Gives the number back.
     *
     * @param highest the time in the last id made, in milliseconds since 1970
     */
    void close(long highest);

    /** A number from the settings, never given back. */
    static WorkerNumber fixed(int worker) {
        Grant forever = new Grant(worker, 0, Long.MAX_VALUE, Long.MAX_VALUE);
        return new WorkerNumber() {
            @Override
            public Grant current() {
                return forever;
            }

            @Override
            public Grant beyond(Grant tooShort) {
                return forever;
            }

            @Override
            public void close(long highest) {}
        };
    }
}
