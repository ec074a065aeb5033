package io.hibernateshards.internal.jta;

import javax.transaction.xa.Xid;

/** Takes part in a transaction to see how far it is. */
final class Watcher extends Participant {
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
}
