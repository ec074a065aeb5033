package io.hibernateshards.internal.jta;

import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/** Takes part in a transaction to see how far it is. */
final class Watcher implements XAResource {
    private final Runnable whenPreparing;
    private final Runnable whenCommitting;

    Watcher(Runnable whenPreparing, Runnable whenCommitting) {
        this.whenPreparing = whenPreparing;
        this.whenCommitting = whenCommitting;
    }

    @Override
    public int prepare(Xid xid) {
        whenPreparing.run();
        return XA_OK;
    }

    @Override
    public void commit(Xid xid, boolean onePhase) {
        whenCommitting.run();
    }

    @Override
    public void rollback(Xid xid) {}

    @Override
    public void end(Xid xid, int flags) {}

    @Override
    public void start(Xid xid, int flags) {}

    @Override
    public void forget(Xid xid) {}

    @Override
    public Xid[] recover(int flag) {
        return new Xid[0];
    }

    @Override
    public boolean isSameRM(XAResource other) {
        return other == this;
    }

    @Override
    public int getTransactionTimeout() {
        return 0;
    }

    @Override
    public boolean setTransactionTimeout(int seconds) {
        return false;
    }
}
