package io.hibernateshards.internal.transaction;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.SessionEventListener;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.TransactionState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server transaction that a connection keeps outside a transaction of the session, while cursors are open on it: the
 * driver reads rows as they are needed only within one. It ends with the last of them, however that one ends, and at the
 * latest when the connection is given back. It is committed, because a function that a row calls may have written, and
 * outside a transaction that is stored.
 */
final class CursorTransaction implements SessionEventListener {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(CursorTransaction.class);

    private final transient Branch<?> branch;
    private final transient List<BranchCursor<?>> open = new ArrayList<>(1);
    private transient @Nullable Connection connection;
    private transient boolean scratch;

    CursorTransaction(Branch<?> branch) {
        this.branch = branch;
    }

    /** Called when a connection no longer commits each statement, for a cursor that is about to be opened. */
    void keptBy(Connection now) {
        connection = now;
    }

    /** Ends what is open and begins a transaction that leaves nothing behind: it is rolled back. */
    void beginScratch() {
        open.clear();
        endIfUnused();
        scratch = true;
    }

    /** Whether cursors are open, so that no other statement is a transaction by itself. */
    boolean isOpen() {
        return !open.isEmpty();
    }

    /** Adds a cursor that was just opened; returns Hibernate's own if no transaction is open for it. */
    <R> ScrollableResultsImplementor<R> add(ScrollableResultsImplementor<R> rows) {
        if (connection == null) {
            return rows;
        }
        BranchCursor<R> cursor = new BranchCursor<>(rows, this::ended);
        open.add(cursor);
        return cursor;
    }

    private void ended(BranchCursor<?> cursor) {
        if (open.removeIf(one -> one == cursor)) {
            endIfUnused();
        }
    }

    /** A transaction of the session begins on the connection and ends what was opened before together with its own work. */
    void join() {
        open.clear();
        connection = null;
        scratch = false;
    }

    /** Ends the transaction unless a cursor is open. */
    void endIfUnused() {
        if (open.isEmpty()) {
            try {
                endNow();
            } catch (SQLException e) {
                throw branch.converted(
                        e, "shard \"" + branch + "\": could not end the transaction of a stream or scroll");
            }
        }
    }

    private void endNow() throws SQLException {
        Connection kept = connection;
        boolean stored = !scratch;
        join();
        if (kept == null || kept.isClosed() || kept.getAutoCommit()) {
            return;
        }
        TransactionState state = Branch.stateOf(kept);
        if (state != TransactionState.IDLE) {
            if (stored && state != TransactionState.FAILED) {
                kept.commit();
            } else {
                kept.rollback();
            }
        }
        kept.setAutoCommit(true);
    }

    /** Called before the session gives its connection back, whoever closes what is open. */
    @Override
    public void jdbcConnectionReleaseStart() {
        try {
            endNow();
        } catch (SQLException e) {
            LOG.debug("shard \"{}\": the transaction of a stream or scroll is left to the pool", branch, e);
        }
    }
}
