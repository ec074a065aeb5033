package io.hibernateshards.internal.jta;

import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;
import jakarta.transaction.UserTransaction;
import org.hibernate.engine.transaction.jta.platform.spi.JtaPlatform;
import org.jspecify.annotations.Nullable;

/**
 * JTA as the children of one session see it: their transaction is the one that the session has joined, whatever thread a leg
 * runs on, and ends when the session says so.
 */
final class ChildPlatform implements JtaPlatform, TransactionManager {
    private static final long serialVersionUID = 1L;

    private final transient JtaTransaction session;

    ChildPlatform(JtaTransaction session) {
        this.session = session;
    }

    JtaTransaction session() {
        return session;
    }

    @Override
    public TransactionManager retrieveTransactionManager() {
        return this;
    }

    @Override
    public @Nullable UserTransaction retrieveUserTransaction() {
        return null;
    }

    @Override
    public Object getTransactionIdentifier(Transaction transaction) {
        return transaction;
    }

    @Override
    public boolean canRegisterSynchronization() {
        session.pulse();
        return session.isActive();
    }

    @Override
    public void registerSynchronization(Synchronization synchronization) {
        session.addChild(synchronization);
    }

    @Override
    public int getCurrentStatus() {
        return getStatus();
    }

    @Override
    public int getStatus() {
        Transaction joined = session.joined();
        return joined == null ? Status.STATUS_NO_TRANSACTION : session.statusOf(joined);
    }

    @Override
    public @Nullable Transaction getTransaction() {
        return session.joined();
    }

    @Override
    public void setRollbackOnly() {
        session.markRollbackOnly();
    }

    @Override
    public void setTransactionTimeout(int seconds) {
        // the session's own has it
    }

    @Override
    public void begin() {
        throw ofSession();
    }

    @Override
    public void commit() {
        throw ofSession();
    }

    @Override
    public void rollback() {
        throw ofSession();
    }

    @Override
    public Transaction suspend() {
        throw ofSession();
    }

    @Override
    public void resume(@Nullable Transaction transaction) {
        throw ofSession();
    }

    private static UnsupportedOperationException ofSession() {
        return new UnsupportedOperationException("only the sharded session begins and ends its transaction");
    }
}
