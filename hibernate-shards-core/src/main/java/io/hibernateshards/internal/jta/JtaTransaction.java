package io.hibernateshards.internal.jta;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.Branches;
import io.hibernateshards.internal.transaction.ShardedTransaction;
import io.hibernateshards.internal.transaction.TwoPhase;
import io.hibernateshards.spi.ShardObserver.TransactionOutcome;
import jakarta.transaction.NotSupportedException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hibernate.HibernateException;
import org.hibernate.TransactionException;
import org.hibernate.resource.jdbc.spi.LogicalConnectionImplementor;
import org.hibernate.resource.transaction.backend.jta.internal.StatusTranslator;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.jspecify.annotations.Nullable;

/**
 * A session's part in a JTA transaction. The session registers one {@link Synchronization}; its children register theirs here,
 * so that all of them are flushed before the transaction manager ends any branch, and told once it has ended all.
 *
 * <p>A transaction that ran out of time is rolled back on a thread of the transaction manager while the session may be at
 * work on its own. So the session is told of it there, at its next use, which fails.
 */
public final class JtaTransaction extends ShardedTransaction {
    private final Branches session;
    private final JtaTransactions jta;
    private final boolean autoJoin;
    private final List<Synchronization> children = new ArrayList<>();
    private volatile @Nullable Transaction joined;
    private volatile @Nullable XaBranches branches;
    private volatile int missed = Status.STATUS_NO_TRANSACTION;
    private @Nullable Thread owner;
    private @Nullable Throwable failure;
    private boolean began;
    private int completed;

    /**
     * @param session whose children take part
     * @param mode whether more than one shard may be written
     * @param autoJoin whether the session joins what it finds when it is used, or only when it is told to
     */
    public JtaTransaction(
            Branches session, TransactionMode mode, TwoPhase twoPhase, JtaTransactions jta, boolean autoJoin) {
        super(session, mode, twoPhase);
        this.session = session;
        this.jta = jta;
        this.autoJoin = autoJoin;
    }

    // ---- joining

    @Override
    public void pulse() {
        if (missed != Status.STATUS_NO_TRANSACTION) {
            completeMissed();
            throw rolledBackElsewhere();
        }
        Transaction mine = joined;
        if (mine != null) {
            Transaction current = jta.current();
            if (current != null && !current.equals(mine) && isActive()) {
                throw new ShardingException(
                        ShardErrorCode.OPERATION_REFUSED,
                        "the session is used in JTA transaction " + current + ", but takes part in " + mine
                                + ", which is suspended: open another session for the other transaction");
            }
        } else if (autoJoin && jta.canJoin()) {
            enter();
        }
    }

    @Override
    public void join() {
        pulse();
        if (joined == null) {
            if (!jta.canJoin()) {
                throw new jakarta.persistence.TransactionRequiredException(
                        "Explicitly joining a JTA transaction requires a JTA transaction be currently active");
            }
            enter();
        }
    }

    private void enter() {
        Transaction current = Objects.requireNonNull(jta.current());
        XaBranches all = jta.branchesOf(current);
        jta.register(new Completion());
        forget();
        failure = null;
        owner = Thread.currentThread();
        children.clear();
        branches = all;
        joined = current;
        for (Branch<?> branch : session.open()) {
            branch.begins();
            branch.session().getTransactionCoordinator().pulse();
        }
    }

    @Override
    public boolean isGlobal() {
        return joined != null;
    }

    @Override
    public boolean isJoined() {
        return joined != null;
    }

    /** Its connections belong to all sessions in the JTA transaction, and have been used by others. */
    @Override
    public void setIsolation(int level) {
        throw new ShardingException(
                ShardErrorCode.OPERATION_REFUSED,
                "a JTA transaction cannot be given an isolation level by one of the sessions that take part in it: set"
                        + " hibernate.shards.pool.transaction-isolation, for all transactions");
    }

    @Nullable
    Transaction joined() {
        return joined;
    }

    int statusOf(Transaction transaction) {
        return jta.status(transaction);
    }

    void addChild(Synchronization synchronization) {
        children.add(synchronization);
    }

    /** A child has joined as it was made. */
    @Override
    protected void join(Branch<?> branch) {}

    // ---- statements

    @Override
    public void using(Branch<?> branch) {
        if (missed != Status.STATUS_NO_TRANSACTION) {
            throw rolledBackElsewhere();
        }
        XaBranches all = branches;
        if (joined == null || all == null) {
            return;
        }
        if (!isActive()) {
            throw new IllegalStateException("the JTA transaction that the session has joined is over: " + getStatus());
        }
        LogicalConnectionImplementor own = branch.session().getJdbcCoordinator().getLogicalConnection();
        if (own.isPhysicallyConnected()) {
            if (all.isConnectionOf(branch.shard(), own.getPhysicalConnection())) {
                return;
            }
            if (own.getResourceRegistry().hasRegisteredResources()) {
                throw new ShardingException(
                        ShardErrorCode.OPERATION_REFUSED,
                        "the session has had rows of shard \"" + branch.shard()
                                + "\" open since before the JTA transaction began: close the stream or scroll first");
            }
            // before the transaction's own is taken: Hibernate takes one for a read first, and as many transactions as
            // the
            // pool has connections would each hold one and wait for a second
            branch.session().getJdbcCoordinator().afterTransaction();
        }
        jta.connections().connect(own, all.of(branch.shard()));
    }

    @Override
    protected synchronized void beforeWrite(Branch<?> branch, String sql) {
        XaBranches all = branches;
        if (!isActive() || all == null) {
            refuseBesideTransaction(branch, sql);
            return;
        }
        super.beforeWrite(branch, sql);
        ShardId other = writesOneShard() ? all.writtenBeside(branch.shard()) : null;
        if (other != null) {
            throw refuse(List.of(
                    "shard \"" + other + "\" has been written by another session in the same JTA transaction",
                    "shard \"" + branch + "\" was about to be sent " + session.describeWrite(sql)));
        }
        all.of(branch.shard()).wrote();
    }

    @Override
    protected synchronized void beforeLock(Branch<?> branch, String sql) {
        beforeLock(branch, sql, false);
        if (branch.hasCalledFunctions()) {
            beforeLock(branch, sql, true);
        }
    }

    @Override
    protected synchronized void beforeCall(Branch<?> branch, String sql) {
        beforeLock(branch, sql, true);
    }

    private void beforeLock(Branch<?> branch, String sql, boolean calls) {
        XaBranches all = branches;
        if (all != null && isActive()) {
            all.beforeLock(branch.shard(), calls);
        } else {
            refuseBesideTransaction(branch, sql);
        }
    }

    /**
     * It would be stored by itself while what it belongs to is rolled back, and a lock may be one that the transaction holds, so
     * that it would wait for itself.
     */
    private void refuseBesideTransaction(Branch<?> branch, String sql) {
        Transaction current = autoJoin ? jta.current() : null;
        if (current != null && jta.status(current) != Status.STATUS_NO_TRANSACTION) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    "shard \"" + branch + "\" was about to be sent " + session.describeWrite(sql)
                            + ", but this thread's JTA transaction cannot be joined any more, as it is "
                            + StatusTranslator.translate(jta.status(current)) + ": end it first");
        }
    }

    // ---- completion

    private final class Completion implements Synchronization {
        @Override
        public void beforeCompletion() {
            JtaTransaction.this.beforeCompletion();
        }

        @Override
        public void afterCompletion(int status) {
            boolean rolledBack = status == Status.STATUS_ROLLEDBACK || status == Status.STATUS_ROLLING_BACK;
            if (rolledBack && Thread.currentThread() != owner) {
                missed = status;
            } else {
                JtaTransaction.this.afterCompletion(status);
            }
        }
    }

    /** Everything is sent to all shards before any branch ends. */
    private void beforeCompletion() {
        try {
            completed = 0;
            beforeBranchesEnd();
            XaBranches all = branches;
            if (all != null) {
                session.open().forEach(branch -> describe(branch, all));
                all.check();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
            markRollbackOnly();
            throw e;
        }
    }

    @Override
    protected void completeBranches() {
        while (completed < children.size()) { // a listener may open one more
            children.get(completed++).beforeCompletion();
        }
    }

    private void describe(Branch<?> branch, XaBranches all) {
        if (branch.hasTemporaryTables()) {
            all.of(branch.shard()).usesTemporaryTables();
        }
        if (branch.isNumberedAnyway()) {
            all.of(branch.shard()).isNumberedAnyway();
        } else if (branch.hasCalledFunctions()
                && session.readRoute() != null
                && !all.of(branch.shard()).hasWritten() // by another session, which may
                && branch.checkWritten()) {
            throw branch.wroteWhileReading();
        }
        if (writesOneShard()) {
            all.writeOneShard();
        }
    }

    private void completeMissed() {
        int status = missed;
        missed = Status.STATUS_NO_TRANSACTION;
        afterCompletion(status);
    }

    private static HibernateException rolledBackElsewhere() {
        return new HibernateException("Transaction was rolled back in a different thread");
    }

    private void afterCompletion(int status) {
        List<Synchronization> told = new ArrayList<>(children);
        told.addAll(synchronizations());
        children.clear();
        synchronizations().clear();
        XaBranches all = branches;
        if (failure == null && all != null) {
            failure = all.failure();
        }
        RuntimeException failed = null;
        for (Synchronization synchronization : told) {
            try {
                synchronization.afterCompletion(status);
            } catch (RuntimeException e) {
                if (failed == null) {
                    failed = e;
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        joined = null;
        branches = null;
        owner = null;
        tellEnd(
                switch (status) {
                    case Status.STATUS_COMMITTED -> TransactionOutcome.COMMITTED;
                    case Status.STATUS_ROLLEDBACK, Status.STATUS_ROLLING_BACK -> TransactionOutcome.ROLLED_BACK;
                    default -> TransactionOutcome.UNKNOWN;
                });
        if (failed != null) {
            throw failed;
        }
    }

    /** What is still to be done for a transaction that ended on another thread. */
    @Override
    public void closing() {
        if (missed != Status.STATUS_NO_TRANSACTION) {
            completeMissed();
        }
    }

    // ---- Hibernate's own way to begin and end one

    @Override
    public void begin() {
        pulse();
        if (isActive()) {
            if (session.failsCommitOfRollbackOnly()) {
                throw new IllegalStateException("Transaction already active (in JPA compliant mode)");
            }
            return; // as Hibernate: somebody else's, who ends it
        }
        try {
            Integer timeout = getTimeout();
            if (timeout != null) {
                jta.manager().setTransactionTimeout(timeout);
            }
            jta.manager().begin();
        } catch (NotSupportedException | SystemException e) {
            throw new TransactionException("JTA TransactionManager.begin() failed", e);
        }
        began = true;
        enter();
    }

    @Override
    public void commit() {
        if (!isActive()) {
            throw new IllegalStateException("Transaction not successfully started");
        }
        boolean mine = began;
        try {
            if (getStatus() != TransactionStatus.MARKED_ROLLBACK) {
                session.flushBeforeCommit();
            }
        } catch (RuntimeException e) {
            if (mine) {
                rollbackAfter(e);
            }
            throw session.exceptionConverter().convertCommitException(e);
        }
        if (!mine) {
            return; // as Hibernate: who began it commits it
        }
        began = false;
        try {
            jta.manager().commit();
        } catch (Exception e) {
            throw session.exceptionConverter().convertCommitException(reason(e));
        }
    }

    private void rollbackAfter(RuntimeException failed) {
        try {
            rollback();
        } catch (RuntimeException e) {
            failed.addSuppressed(e);
        }
    }

    /** What failed here tells more than what the transaction manager makes of it. */
    private RuntimeException reason(Exception e) {
        if (failure instanceof RuntimeException mine) {
            if (mine != e) {
                mine.addSuppressed(e);
            }
            return mine;
        }
        TransactionException reason = new TransactionException("JTA TransactionManager.commit() failed", e);
        if (failure != null) {
            reason.addSuppressed(failure);
        }
        return reason;
    }

    @Override
    public void rollback() {
        if (!isActive()) {
            return; // as Hibernate: rolling back what is over is no error
        }
        if (!began) {
            markRollbackOnly();
            return;
        }
        began = false;
        try {
            jta.manager().rollback();
        } catch (SystemException e) {
            throw new TransactionException("JTA TransactionManager.rollback() failed", e);
        }
    }

    // ---- what it is

    /** Of what the session has joined; called by legs too, on threads that have no transaction. */
    @Override
    public boolean isActive() {
        TransactionStatus status = getStatus();
        return status == TransactionStatus.ACTIVE || status == TransactionStatus.MARKED_ROLLBACK;
    }

    @Override
    public TransactionStatus getStatus() {
        Transaction mine = joined;
        TransactionStatus status =
                mine == null ? TransactionStatus.NOT_ACTIVE : StatusTranslator.translate(jta.status(mine));
        return status == null ? TransactionStatus.FAILED_COMMIT : status;
    }

    @Override
    public void markRollbackOnly() {
        Transaction mine = joined;
        if (mine != null && isActive()) {
            try {
                mine.setRollbackOnly();
            } catch (SystemException e) {
                throw JtaTransactions.failed(e);
            }
        }
    }

    @Override
    public boolean getRollbackOnly() {
        return getStatus() == TransactionStatus.MARKED_ROLLBACK;
    }
}
