package io.hibernateshards.internal.transaction;

import org.hibernate.SessionEventListener;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;

/**
 * Notices that the connection of a branch broke while a statement outside a transaction, which may have written, was not
 * answered. Such a statement commits by itself, so nobody knows then whether it was stored, or still will be.
 */
final class LoneWrites implements SessionEventListener {
    private static final long serialVersionUID = 1L;

    private final transient Branch<?> branch;

    /** What the last of them was sent on; null if there is none, or all is said. */
    private transient @Nullable BaseConnection server;

    LoneWrites(Branch<?> branch) {
        this.branch = branch;
    }

    /** One is about to be sent. */
    void sent(@Nullable BaseConnection now) {
        server = now;
    }

    /** Looks, without a round trip, whether the connection is still there. */
    void look() {
        BaseConnection sent = server;
        if (sent != null && CommitRiders.isClosed(sent)) {
            server = null;
            branch.transaction().riders().doubt(branch.shard(), sent.getBackendPID());
        }
    }

    @Override
    public void jdbcExecuteStatementEnd() {
        look();
    }

    @Override
    public void jdbcExecuteBatchEnd() {
        look();
    }

    /** A connection that the application was given breaks unseen. */
    @Override
    public void jdbcConnectionReleaseStart() {
        look();
        server = null;
    }
}
