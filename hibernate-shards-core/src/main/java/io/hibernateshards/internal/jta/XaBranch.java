package io.hibernateshards.internal.jta;

import io.hibernateshards.ShardId;
import java.sql.Connection;
import java.sql.SQLException;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.xa.PGXAConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard's branch of a JTA transaction: a connection of the pool, which all sessions in the transaction share, and the
 * driver's XA resource over it. It is given back to the pool once the transaction is over and no session holds it.
 *
 * <p>One that only read is committed when it is asked to prepare, as there is nothing that could be undone; the manager has
 * no more to do with it then.
 */
final class XaBranch implements XAResource {
    private static final Logger LOG = LoggerFactory.getLogger(XaBranch.class);

    private final ShardId shard;
    private final Connection connection;
    private final BaseConnection physical;
    private final PGXAConnection resource;
    private final JtaConnections pools;
    private volatile boolean wrote;
    private volatile boolean temporaryTables;
    private volatile @Nullable XAException failure;
    private int holders;
    private boolean over;

    XaBranch(ShardId shard, Connection connection, JtaConnections pools) throws SQLException {
        this.pools = pools;
        this.shard = shard;
        this.connection = connection;
        physical = connection.unwrap(BaseConnection.class);
        resource = new PGXAConnection(physical);
    }

    ShardId shard() {
        return shard;
    }

    Connection connection() {
        return connection;
    }

    synchronized Connection hold() {
        holders++;
        return connection;
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
            pools.giveBack(shard, connection);
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

    /** Whether PostgreSQL would not prepare it. */
    boolean cannotBePrepared() {
        return wrote && temporaryTables;
    }

    /** Why it would not commit, or null. */
    @Nullable
    XAException failure() {
        return failure;
    }

    private XAException failed(String what, Xid xid, XAException e) {
        failure = e;
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

    @Override
    public int prepare(Xid xid) throws XAException {
        try {
            if (wrote) {
                return resource.prepare(xid);
            }
            resource.commit(xid, true);
            return XA_RDONLY;
        } catch (XAException e) {
            throw failed("prepare", xid, e);
        }
    }

    @Override
    public void commit(Xid xid, boolean onePhase) throws XAException {
        try {
            resource.commit(xid, onePhase);
        } catch (XAException e) {
            if (physical.getQueryExecutor().isClosed()) {
                pools.doubt(shard, physical.getBackendPID());
            }
            throw onePhase
                    ? failed("commit", xid, e)
                    : failed("commit, which the transaction manager's recovery has to repeat,", xid, later(e));
        }
    }

    @Override
    public void rollback(Xid xid) throws XAException {
        resource.rollback(xid);
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
