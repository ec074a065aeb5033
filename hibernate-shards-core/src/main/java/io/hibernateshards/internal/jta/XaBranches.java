package io.hibernateshards.internal.jta;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import jakarta.transaction.RollbackException;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The branches of one JTA transaction, one a shard, whatever session asked for them. */
final class XaBranches {
    private final Transaction transaction;
    private final JtaConnections connections;
    private final Map<ShardId, XaBranch> branches = new ConcurrentHashMap<>();
    private volatile boolean oneShard;
    private int places;

    XaBranches(Transaction transaction, JtaConnections connections) {
        this.transaction = transaction;
        this.connections = connections;
    }

    /** The branch of a shard, enlisted at its first use. */
    XaBranch of(ShardId shard) {
        XaBranch known = branches.get(shard);
        return known == null ? enlist(shard) : known;
    }

    /** Whether a connection is that of a shard's branch. Enlists nothing. */
    boolean isConnectionOf(ShardId shard, Connection connection) {
        XaBranch known = branches.get(shard);
        return known != null && known.isHeldBy(connection);
    }

    private synchronized XaBranch enlist(ShardId shard) {
        XaBranch known = branches.get(shard);
        if (known != null) {
            return known;
        }
        Connection connection = connections.getConnection(shard);
        Exception failure;
        try {
            XaBranch branch = new XaBranch(connections.servers(shard), connection, this, connections);
            if (transaction.enlistResource(branch)) {
                branches.put(shard, branch);
                return branch;
            }
            failure = null;
        } catch (SQLException | RollbackException | SystemException | RuntimeException e) {
            failure = e;
        }
        throw refused(shard, connection, failure);
    }

    private static ShardingException refused(ShardId shard, Connection connection, @Nullable Exception failure) {
        String why = failure instanceof RollbackException
                ? "it is marked for rollback"
                : "the transaction manager refused it";
        String said = failure == null || failure.getMessage() == null ? "" : ": " + failure.getMessage();
        ShardingException refusal = new ShardingException(
                ShardErrorCode.OPERATION_REFUSED,
                "shard \"" + shard + "\" can take no part in the JTA transaction, as " + why + said
                        + ". Nothing was sent to the shard",
                failure);
        try {
            connection.close();
        } catch (SQLException e) {
            refusal.addSuppressed(e);
        }
        return refusal;
    }

    /** A shard other than this that has been written, if any. */
    @Nullable
    ShardId writtenBeside(ShardId shard) {
        for (XaBranch branch : branches.values()) {
            if (branch.hasWritten() && !branch.shard().equals(shard)) {
                return branch.shard();
            }
        }
        return null;
    }

    /** A session takes part that may write one shard only. */
    void writeOneShard() {
        oneShard = true;
    }

    boolean writesOneShard() {
        return oneShard;
    }

    /** A branch is about to lock, or to call functions that may. */
    synchronized void beforeLock(ShardId shard, boolean calls) {
        XaBranch branch = of(shard);
        if (branch.place() == 0) {
            branch.place(++places);
        }
        branch.mayHoldLocks(calls);
    }

    /**
     * It is decided: commits all prepared branches, those that hold locks and have written nothing after the others, and of
     * each the one that locked last first. Stops at the first that cannot be committed: what those after it have locked may
     * protect what it wrote.
     */
    synchronized void commitPrepared() {
        List<XaBranch> ordered = branches.values().stream()
                .sorted(Comparator.comparing((XaBranch branch) -> !branch.hasWritten())
                        .thenComparing(branch -> -branch.place()))
                .toList();
        XaBranch failed = null;
        for (XaBranch branch : ordered) {
            if (failed != null) {
                branch.waitFor(failed);
            } else if (!branch.commitPrepared()) {
                failed = branch;
            }
        }
    }

    /**
     * Before the transaction manager is to prepare.
     *
     * @throws ShardingException if a branch cannot be prepared and it is not alone, so that it would have to be
     */
    void check() {
        for (XaBranch branch : branches.values()) {
            boolean mayHaveWritten =
                    branch.hasWritten() || branch.hasCalledFunctions() && writtenBeside(branch.shard()) != null;
            if (branch.hasTemporaryTables() && mayHaveWritten && branches.size() > 1) {
                throw new ShardingException(
                        ShardErrorCode.NOT_PREPARED,
                        "the JTA transaction used shards " + branches.keySet() + ", "
                                + (branch.hasWritten() ? "wrote" : "called functions, which may have written, on")
                                + " shard \"" + branch.shard()
                                + "\" and made temporary tables there, by SQL or by a query that gathered rows; PostgreSQL does"
                                + " not prepare such a branch. Nothing is stored: run such queries in a transaction of"
                                + " their own, or outside of one");
            }
        }
    }

    /** What kept a branch from being stored, if anything. */
    @Nullable
    Exception failure() {
        for (XaBranch branch : branches.values()) {
            Exception failure = branch.failure();
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    void over() throws SQLException {
        SQLException failure = null;
        for (XaBranch branch : branches.values()) {
            try {
                branch.over();
            } catch (SQLException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
