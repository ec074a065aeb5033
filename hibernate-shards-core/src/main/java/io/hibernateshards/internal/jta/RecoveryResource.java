package io.hibernateshards.internal.jta;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.ShardConnectionProvider;
import java.sql.Connection;
import java.sql.SQLException;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.postgresql.core.BaseConnection;
import org.postgresql.xa.PGXAConnection;

/** Lets a transaction manager find and end the branches that a shard has prepared. Takes a connection for each call only. */
public final class RecoveryResource implements XAResource {
    private interface Call<T> {
        T on(XAResource resource) throws XAException;
    }

    private final ShardId shard;
    private final ShardConnectionProvider pools;

    private final Runnable committed;

    /**
     * A resource that holds nothing.
     *
     * @param committed called when a branch was committed, or may have been: nobody knows what it has changed
     */
    public RecoveryResource(ShardId shard, ShardConnectionProvider pools, Runnable committed) {
        this.shard = shard;
        this.pools = pools;
        this.committed = committed;
    }

    private <T> T call(Call<T> call) throws XAException {
        try (Connection connection = pools.connectionApart(shard)) {
            connection.setAutoCommit(true); // the pool sets it back
            return call.on(new PGXAConnection(connection.unwrap(BaseConnection.class)));
        } catch (SQLException | RuntimeException e) {
            XAException unavailable = new XAException(XAException.XAER_RMFAIL);
            unavailable.initCause(e);
            throw unavailable;
        }
    }

    @Override
    public Xid[] recover(int flag) throws XAException {
        return (flag & TMSTARTRSCAN) == 0 ? new Xid[0] : call(resource -> resource.recover(flag));
    }

    @Override
    public void commit(Xid xid, boolean onePhase) throws XAException {
        if (onePhase) {
            throw new XAException(XAException.XAER_PROTO);
        }
        try {
            call(resource -> {
                resource.commit(xid, false);
                return xid;
            });
        } catch (XAException e) {
            throw XaBranch.later(e);
        } finally {
            committed.run();
        }
    }

    @Override
    public void rollback(Xid xid) throws XAException {
        call(resource -> {
            resource.rollback(xid);
            return xid;
        });
    }

    /** PostgreSQL decides nothing by itself, so there is nothing to forget. */
    @Override
    public void forget(Xid xid) throws XAException {
        throw new XAException(XAException.XAER_NOTA);
    }

    @Override
    public boolean isSameRM(XAResource other) {
        return other instanceof RecoveryResource same && same.shard.equals(shard) && same.pools == pools;
    }

    @Override
    public int getTransactionTimeout() {
        return 0;
    }

    @Override
    public boolean setTransactionTimeout(int seconds) {
        return false;
    }

    @Override
    public void start(Xid xid, int flags) throws XAException {
        throw new XAException(XAException.XAER_PROTO);
    }

    @Override
    public void end(Xid xid, int flags) throws XAException {
        throw new XAException(XAException.XAER_PROTO);
    }

    @Override
    public int prepare(Xid xid) throws XAException {
        throw new XAException(XAException.XAER_PROTO);
    }

    @Override
    public String toString() {
        return "recovery of shard \"" + shard + "\"";
    }
}
