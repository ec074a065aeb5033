package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What lookups need of the session in whose transaction they are read and written. */
public interface LookupSession {
    /**
     * Work on a branch's connection.
     *
     * @param <T> what it returns
     */
    @FunctionalInterface
    interface BranchWork<T> {
        T on(Connection connection) throws SQLException;
    }

    /**
     * Works on the branch of a shard, which is opened if need be.
     *
     * @param sql what it is about, in the words of SQL: tells a write from a read
     */
    <T> T onBranch(ShardId shard, String sql, BranchWork<T> work);

    /** What its transaction has still to write; null if the mapping has no lookups. */
    @Nullable
    PendingLookups pendingLookups();

    /** Works on each branch that is open. */
    <T> List<T> onOpenBranches(BranchWork<T> work);

    /** A part of what was to be written together is written; so nothing must be. */
    void markRollbackOnly();
}
