package io.hibernateshards.internal.jta;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.ShardServers;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.CommitRiders;
import java.sql.Connection;
import java.sql.SQLException;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.xa.PGXAConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard's branch of a JTA transaction: a connection of the pool, which all sessions in the transaction share, and the
 * driver's XA resource over it. It is given back to the pool once the transaction is over and no session holds it.
 *
 * <p>One that only read is committed when it is to be prepared, as there is nothing that could be undone; the manager has no
 * more to do with it then. One that holds locks is prepared, so that it keeps them until what they protect is stored. The
 * manager commits branches in the order of their first use; as its first commit shows the decision, that commits all of
 * them, in an order that releases no lock too early.
 */
final class XaBranch implements XAResource {
    private static final Logger LOG = LoggerFactory.getLogger(XaBranch.class);

    private final ShardServers servers;
    private final ShardId shard;
    private final Connection connection;
    private final Connection lent;
    private final BaseConnection physical;
    private final PGXAConnection resource;
    private final JtaConnections pools;
    private volatile boolean wrote;
    private volatile boolean temporaryTables;
    private volatile boolean locked;
    private volatile boolean called;
    private volatile boolean numberedAnyway;

    /** Whether its transaction was seen to be open, and to be over before the transaction manager ended it. */
    private volatile boolean begun;

    private volatile boolean ended;
    private volatile int place;
    private volatile @Nullable Exception failure;

    /** Null unless it is prepared and not ended. */
    private volatile @Nullable Xid prepared;

    /** Why it is still prepared. */
    private volatile @Nullable XAException later;

    private final XaBranches all;
    private int holders;
    private boolean over;

    XaBranch(ShardServers servers, Connection connection, XaBranches all, JtaConnections pools) throws SQLException {
        this.all = all;
        this.pools = pools;
        this.servers = servers;
        shard = servers.shard();
        this.connection = connection;
        lent = LentConnection.of(connection, shard);
        physical = connection.unwrap(BaseConnection.class);
        resource = new PGXAConnection(physical);
    }

    ShardId shard() {
        return shard;
    }

    /** Whether a session that has this connection takes part in it. Called before each statement. */
    boolean isHeldBy(Connection held) {
        if (held != lent) {
            return false;
        }
        look();
        return true;
    }

    synchronized Connection hold() {
        holders++;
        return lent;
    }

    synchronized void release() throws SQLException {
        holders--;
        closeIfUnused();
    }

    /** The transaction has ended, or never began. */
    synchronized void over() throws SQLException {
        over = true;
        closeIfUnused();
    }

    private void closeIfUnused() throws SQLException {
        if (!over || holders > 0) {
            return;
        }
        try {
            // the driver leaves it on after the rollback of what was prepared, and the pool does not see that
            if (!physical.isClosed() && physical.getAutoCommit()) {
                physical.setAutoCommit(false);
            }
        } finally {
            pools.giveBack(shard, lent, connection);
        }
    }

    void wrote() {
        wrote = true;
    }

    boolean hasWritten() {
        return wrote;
    }

    void usesTemporaryTables() {
        temporaryTables = true;
    }

    /** Something that is no write has its transaction numbered. */
    void isNumberedAnyway() {
        numberedAnyway = true;
    }

    /**
     * It may hold locks from now on.
     *
     * @param calls whether by functions that a select calls, which may also have written
     */
    void mayHoldLocks(boolean calls) {
        if (calls) {
            called = true;
        } else {
            locked = true;
        }
    }

    /** Its place among the branches in the order in which they may have locked first; 0 if it has not. */
    int place() {
        return place;
    }

    void place(int next) {
        place = next;
    }

    boolean hasTemporaryTables() {
        return temporaryTables;
    }

    boolean hasCalledFunctions() {
        return called;
    }

    /** Why it would not commit, or null. */
    @Nullable
    Exception failure() {
        return failure;
    }

    private XAException failed(String what, Xid xid, XAException e) {
        failure = e.getCause() instanceof ShardingException refusal ? refusal : e;
        Throwable reason = e;
        while (reason.getCause() != null) {
            reason = reason.getCause();
        }
        LOG.warn(
                "shard \"{}\" did not {} its branch {} of a JTA transaction: {}",
                shard,
                what,
                xid,
                reason.getMessage());
        return e;
    }

    /** What is prepared stays so until it is committed, whatever the error: it is to be tried again, and not given up. */
    static XAException later(XAException e) {
        if (e.errorCode == XAException.XAER_NOTA) {
            return e;
        }
        XAException later = new XAException(XAException.XAER_RMFAIL);
        later.initCause(e);
        return later;
    }

    @Override
    public void start(Xid xid, int flags) throws XAException {
        resource.start(xid, flags);
    }

    @Override
    public void end(Xid xid, int flags) throws XAException {
        resource.end(xid, flags);
    }

    /** Notices, without a round trip, that SQL of the application has ended its transaction. */
    private void look() {
        if (physical.getTransactionState() != TransactionState.IDLE) {
            begun = true;
        } else if (begun) {
            ended = true;
        }
    }

    /**
     * Rolls it back if what it has done would not be stored: because a statement has failed, as PostgreSQL answers PREPARE
     * TRANSACTION and COMMIT with a rollback then, and no error; because the application has ended it; or because another
     * server is the primary now.
     */
    private void check(Xid xid) throws XAException {
        try {
            look();
            if (ended || physical.getTransactionState() == TransactionState.FAILED) {
                throw Branch.ended(shard, ended);
            }
            servers.checkPrimary(connection);
        } catch (ShardingException e) {
            resource.rollback(xid);
            XAException rolledBack = new XAException(XAException.XA_RBROLLBACK);
            rolledBack.initCause(e);
            throw rolledBack;
        }
    }

    @Override
    public int prepare(Xid xid) throws XAException {
        try {
            if (!wrote && !locked && !called) {
                if (numberedAnyway || commitUnwritten()) {
                    resource.commit(xid, true);
                    return XA_RDONLY;
                }
                hasWrittenUnseen();
            }
            check(xid);
            if (!wrote && called && Branch.isNumbered(physical)) {
                hasWrittenUnseen(); // its place among those that are to be committed depends on it
            }
            if (!temporaryTables) {
                resource.prepare(xid);
            } else {
                Branch.isNumbered(physical); // it cannot be prepared, and only has to be there
            }
            prepared = xid;
            return XA_OK;
        } catch (XAException e) {
            throw failed("prepare", xid, e);
        } catch (SQLException e) {
            XAException broken = new XAException(XAException.XAER_RMFAIL);
            broken.initCause(e);
            throw failed("prepare", xid, broken);
        }
    }

    private boolean commitUnwritten() throws SQLException {
        return physical.getTransactionState() != TransactionState.OPEN || CommitRiders.sendUnwritten(physical);
    }

    private void hasWrittenUnseen() throws XAException {
        wrote = true;
        ShardId other = all.writesOneShard() ? all.writtenBeside(shard) : null;
        if (other != null) {
            XAException refused = new XAException(XAException.XAER_RMERR);
            refused.initCause(new ShardingException(
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "one transaction may write one shard, but shard \"" + other + "\" has been written, and shard \""
                            + shard + "\" by a function that a select called. Nothing is stored"));
            throw refused;
        }
    }

    @Override
    public void commit(Xid xid, boolean onePhase) throws XAException {
        if (onePhase) {
            try {
                if (wrote) {
                    check(xid);
                }
                resource.commit(xid, true);
            } catch (XAException e) {
                doubt();
                throw failed("commit", xid, e);
            }
            return;
        }
        all.commitPrepared();
        XAException left = later;
        if (prepared != null && left != null) {
            throw left;
        }
    }

    private void doubt() {
        if (physical.getQueryExecutor().isClosed()) {
            pools.doubt(shard, physical.getBackendPID());
        }
    }

    /**
     * Commits it if it is still prepared, on a second connection if its own fails. The transaction manager hears of a failure
     * when it commits this branch itself.
     *
     * @return whether it is not prepared any more
     */
    boolean commitPrepared() {
        Xid xid = prepared;
        if (xid == null) {
            return true;
        }
        try {
            resource.commit(xid, temporaryTables);
            prepared = null;
            return true;
        } catch (XAException e) {
            doubt();
            if (!temporaryTables && e.errorCode != XAException.XAER_NOTA && commitElsewhere(xid, e)) {
                return true;
            }
            later = failed("commit, which the transaction manager's recovery has to repeat,", xid, later(e));
            return false;
        }
    }

    /** That it is gone by now is no error: its own connection may have broken after the server had committed it. */
    private boolean commitElsewhere(Xid xid, XAException failure) {
        try {
            new RecoveryResource(shard, pools.pools(), () -> pools.committedElsewhere(shard)).commit(xid, false);
        } catch (XAException e) {
            if (e.errorCode != XAException.XAER_NOTA) {
                failure.addSuppressed(e);
                return false;
            }
        }
        prepared = null;
        return true;
    }

    /** Leaves it prepared, as a branch is whose writes its locks may protect. */
    void waitFor(XaBranch other) {
        if (prepared != null) {
            XAException waits = new XAException(XAException.XAER_RMFAIL);
            waits.initCause(other.later);
            later = waits;
        }
    }

    @Override
    public void rollback(Xid xid) throws XAException {
        resource.rollback(xid);
        prepared = null;
    }

    @Override
    public void forget(Xid xid) throws XAException {
        resource.forget(xid);
    }

    @Override
    public Xid[] recover(int flag) throws XAException {
        return resource.recover(flag);
    }

    @Override
    public boolean isSameRM(XAResource other) {
        return other == this;
    }

    @Override
    public int getTransactionTimeout() {
        return resource.getTransactionTimeout();
    }

    @Override
    public boolean setTransactionTimeout(int seconds) {
        return resource.setTransactionTimeout(seconds);
    }

    /** For the logs of transaction managers. */
    @Override
    public String toString() {
        return "shard \"" + shard + "\"";
    }
}
