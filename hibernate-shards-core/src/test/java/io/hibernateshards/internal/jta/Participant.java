package io.hibernateshards.internal.jta;

import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/** Takes part in a transaction without having anything to store. */
abstract class Participant implements XAResource {
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
