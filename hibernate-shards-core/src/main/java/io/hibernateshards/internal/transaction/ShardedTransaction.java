package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.connection.Shutdown;
import io.hibernateshards.internal.observe.Observation;
import io.hibernateshards.internal.transaction.Watched.Leg;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.TransactionOutcome;
import jakarta.persistence.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.hibernate.HibernateException;
import org.hibernate.Transaction;
import org.hibernate.resource.transaction.NullSynchronizationException;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.jspecify.annotations.Nullable;

/**
 * The logical transaction over all branches of a session. At most one branch may write, unless the mode says otherwise;
 * those that write commit last, by their own local commits, so that whatever fails before leaves nothing stored.
 *
 * <p>A transaction that touched one shard costs what Hibernate's own does: the branch's begin, commit and rollback are
 * called and nothing else is sent.
 */
public class ShardedTransaction implements Transaction {
    /** More flushes in a row than code that comes to an end ever needs. */
    public static final int MOST_ROUNDS = 32;

    private final Branches branches;
    private final List<Synchronization> synchronizations = new ArrayList<>(0);
    private TransactionStatus status = TransactionStatus.NOT_ACTIVE;
    private @Nullable Integer timeout;
    private TransactionMode mode;
    private int isolation = Connection.TRANSACTION_NONE;
    private final TwoPhase twoPhase;
    private final Set<Branch<?>> writers = new LinkedHashSet<>(2);
    private @Nullable Branch<?> writer;
    private @Nullable String firstWrite;
    private @Nullable ShardingException refusal;
    private boolean committing;
    private @Nullable Branch<?> locker;
    private @Nullable Leg firstLeg;
    private @Nullable Watched watched;
    private int places;

    /**
     * @param mode how many branches may write
     * @param twoPhase commits several that have written, in that mode
     */
    public ShardedTransaction(Branches branches, TransactionMode mode, TwoPhase twoPhase) {
        this.twoPhase = twoPhase;
        this.branches = branches;
        this.mode = mode;
    }

    /** What it belongs to. */
    public Branches branches() {
        return branches;
    }

    /** Whether a second shard must not be written. */
    public boolean writesOneShard() {
        return mode == TransactionMode.SINGLE_SHARD;
    }

    /**
     * Changes how many branches may write, from now on.
     *
     * @throws IllegalStateException if the transaction has written several already
     * @throws ShardingException if the servers do not prepare transactions, and that is wanted
     */
    public void setMode(TransactionMode wanted) {
        if (wanted != mode && isActive() && writers.size() > 1) {
            throw new IllegalStateException("the transaction has written shards " + writers + " in mode "
                    + mode.setting() + ": set the mode before the second shard is written");
        }
        twoPhase.require(wanted);
        mode = wanted;
    }

    /**
     * Gives the active transaction, or else the next one, an isolation level of its own.
     *
     * @param level of {@link Connection}
     * @throws IllegalStateException if a server has been sent something at another level
     */
    public void setIsolation(int level) {
        String name = nameOfIsolation(level);
        if (isActive() && level != isolation) {
            for (Branch<?> branch : branches.open()) {
                if (branch.hasStarted()) {
                    throw new IllegalStateException("the transaction has been sent statements on shard \"" + branch
                            + "\" already: make it " + name + " before the first one");
                }
            }
        }
        isolation = level;
    }

    /** The level of {@link Connection} that it has of its own; {@link Connection#TRANSACTION_NONE} for that of the pools. */
    public int isolation() {
        return isolation;
    }

    static String nameOfIsolation(int level) {
        return switch (level) {
            case Connection.TRANSACTION_READ_UNCOMMITTED -> "read uncommitted";
            case Connection.TRANSACTION_READ_COMMITTED -> "read committed";
            case Connection.TRANSACTION_REPEATABLE_READ -> "repeatable read";
            case Connection.TRANSACTION_SERIALIZABLE -> "serializable";
            default ->
                throw new IllegalArgumentException("isolation level " + level
                        + ": use a constant of java.sql.Connection, from READ_UNCOMMITTED to SERIALIZABLE");
        };
    }

    @Override
    public void begin() {
        if (isActive()) {
            throw new IllegalStateException("Transaction already active");
        }
        forget();
        status = TransactionStatus.ACTIVE;
        branches.open().forEach(this::begin);
    }

    /** Nothing has been written yet, or refused. */
    protected final void forget() {
        unwatch();
        committing = false;
        places = 0;
        branches.begins();
        writer = null;
        writers.clear();
        firstWrite = null;
        refusal = null;
    }

    /** Joins a transaction that was begun elsewhere, if that is how it works. Called before anything is done in the session. */
    public void pulse() {}

    /** Whether it is part of a transaction of which others have parts too. */
    public boolean isGlobal() {
        return false;
    }

    /** Joins the transaction that was begun elsewhere. */
    public void join() {}

    /** Whether what the session does is part of a transaction. */
    public boolean isJoined() {
        return isActive();
    }

    /** A statement is about to be sent, or a connection to be used: it must be one of this transaction. Legs may be at work side by side. */
    public void using(Branch<?> branch) {}

    /** The session is closed, perhaps before the transaction ends. */
    public void closing() {
        unwatch();
    }

    /** A branch was opened. */
    protected void join(Branch<?> branch) {
        if (isActive()) {
            begin(branch);
        }
    }

    /** A branch that has lost its connection has done nothing yet. */
    void beginAgain(Branch<?> branch) {
        if (isActive()) {
            branch.session().getTransaction().rollback();
            begin(branch);
        }
    }

    private void begin(Branch<?> branch) {
        branch.begins();
        Transaction local = branch.session().getTransaction();
        if (timeout != null) {
            local.setTimeout(timeout.intValue());
        }
        local.begin();
        branch.begun();
    }

    /** Records a write, or refuses it if another branch has written; nothing of it has been sent yet. Legs may be at work side by side. */
    protected synchronized void beforeWrite(Branch<?> branch, String sql) {
        if ((!isActive() || isGlobal()) && riders().asks(branch.shard())) {
            branches.wroteUnasked(branch.shard());
        }
        if (!isActive()) {
            return;
        }
        Branch<?> first = writer;
        if (first == null) {
            writer = branch;
            firstWrite = sql;
            writers.add(branch);
        } else if (first == branch) {
            return;
        } else if (!writesOneShard()) {
            writers.add(branch);
        } else {
            throw refuse(List.of(
                    "shard \"" + first + "\" has been sent "
                            + branches.describeWrite(firstWrite == null ? "" : firstWrite),
                    "shard \"" + branch + "\" was about to be sent " + branches.describeWrite(sql)));
        }
    }

    /** Whether the branches that are to be committed have been counted, so that none may join them any more. */
    public boolean isCommitting() {
        return committing;
    }

    /** Rows of a second shard, or more of them, are about to be locked: only who does that can be in a deadlock over shards. */
    protected synchronized void beforeLock(Branch<?> branch, String sql) {
        if (!isActive() || isGlobal()) {
            return;
        }
        takePlace(branch);
        Branch<?> first = locker;
        Leg leg = firstLeg;
        if (first == null || leg == null) {
            locker = branch;
            firstLeg = Leg.of(branch);
        } else if (watched != null || first != branch) {
            Watched known = watched;
            if (known == null) {
                known = twoPhase.deadlocks().begin(first.shard(), leg);
                watched = known;
            }
            known.uses(branch);
        }
    }

    /** Functions are about to be called by a statement that reads; they may write or lock. */
    protected synchronized void beforeCall(Branch<?> branch, String sql) {
        if (SqlKind.locksByFunction(sql)) {
            beforeLock(branch, sql);
        } else if (isActive() && !isGlobal()) {
            takePlace(branch);
        }
    }

    private void takePlace(Branch<?> branch) {
        if (branch.place() == 0) {
            branch.place(++places);
        }
    }

    private void unwatch() {
        locker = null;
        firstLeg = null;
        if (watched != null) {
            twoPhase.deadlocks().end(watched);
            watched = null;
        }
    }

    JdbcCatalog catalog(ShardId shard) {
        return twoPhase.catalog(shard);
    }

    CommitRiders riders() {
        return twoPhase.riders();
    }

    synchronized boolean hasWritten(Branch<?> branch) {
        return writers.contains(branch);
    }

    synchronized List<Branch<?>> writers() {
        return List.copyOf(writers);
    }

    /**
     * Records a branch that has written by its server's account, though it was sent nothing but selects.
     *
     * @throws ShardingException if another has written, too, and only one may
     */
    void hasWrittenUnseen(Branch<?> branch) {
        if (branches.readRoute() != null) {
            throw branch.wroteWhileReading();
        }
        writers.add(branch);
        if (writesOneShard() && writers.size() > 1) {
            throw refuse(writers.stream()
                    .map(one -> "shard \"" + one + "\" "
                            + (one == writer
                                    ? "has been sent " + describeFirstWrite()
                                    : "has written by a function that a select called"))
                    .toList());
        }
    }

    /** The branch that was the first to be sent a write, or null. */
    public @Nullable Branch<?> writer() {
        return writer;
    }

    /** What the writing branch was sent, for people. */
    public String describeFirstWrite() {
        return branches.describeWrite(firstWrite == null ? "" : firstWrite);
    }

    /**
     * The refusal of a second written shard. Marks the transaction for rollback.
     *
     * @param legs which entities on which shards, a line each
     */
    public ShardingException refuse(List<String> legs) {
        markRollbackOnly();
        refusal = new ShardingException(
                ShardErrorCode.CROSS_SHARD_TRANSACTION,
                "one transaction may write one shard, but:\n  " + String.join("\n  ", legs)
                        + "\nThe transaction will be rolled back. Write each shard in a transaction of its own, or give the"
                        + " entities the same shard key; " + ShardSettings.TRANSACTION_MODE + " = "
                        + TransactionMode.TWO_PHASE.setting() + " allows it, at a price that the manual tells.");
        return refusal;
    }

    @Override
    public void commit() {
        if (!isActive()) {
            throw new IllegalStateException("Transaction not successfully started");
        }
        Observation observation = branches.observation();
        if (observation == null || !any(Branch::maySend)) {
            commitNow();
        } else {
            observation.<@Nullable Void>operation(
                    Operation.COMMIT, null, branches.open().size(), () -> {
                        commitNow();
                        return null;
                    });
        }
    }

    /** Whether another branch has been sent something in the transaction. */
    boolean usesOthers(Branch<?> than) {
        return any(branch -> branch != than && branch.hasStarted());
    }

    /** Asked in each transaction, mostly of one branch: a stream would cost more than the question. */
    private boolean any(Predicate<Branch<?>> which) {
        List<? extends Branch<?>> open = branches.open();
        for (int i = 0; i < open.size(); i++) {
            if (which.test(open.get(i))) {
                return true;
            }
        }
        return false;
    }

    private void commitNow() {
        List<? extends Branch<?>> open = branches.open();
        try {
            shutdown().check();
            if (!getRollbackOnly()) {
                try {
                    beforeBranchesEnd();
                } catch (RuntimeException failure) {
                    markRollbackOnly();
                    throw branches.exceptionConverter().convertCommitException(failure);
                }
                committing = true;
                open = branches.open();
            }
            if (getRollbackOnly()) {
                rollbackMarked(open);
            } else {
                commitBranches(open);
            }
        } catch (RuntimeException | Error failure) {
            if (status != TransactionStatus.COMMITTED) {
                rollbackRest(open, failure);
                if (status != TransactionStatus.FAILED_COMMIT) {
                    status = TransactionStatus.ROLLED_BACK;
                }
            }
            throw failure;
        } finally {
            afterCompletion();
        }
    }

    /** Not once the factory is being closed, which waits for those that have begun. */
    private void commitBranches(List<? extends Branch<?>> open) {
        shutdown().commits();
        try {
            if (mode != TransactionMode.BEST_EFFORT && open.size() > 1) {
                commitJointly(open);
            } else {
                commitAll(open);
                status = TransactionStatus.COMMITTED;
            }
        } finally {
            shutdown().committed();
        }
    }

    Shutdown shutdown() {
        return twoPhase.shutdown();
    }

    /** As Hibernate, which only fails if JPA is to be followed; but nobody shall take a refused write for stored. */
    private void rollbackMarked(List<? extends Branch<?>> open) {
        if (refusal != null) {
            throw branches.exceptionConverter().convertCommitException(refusal);
        }
        if (branches.failsCommitOfRollbackOnly()) {
            throw branches.exceptionConverter()
                    .convertCommitException(new RollbackException("Transaction was marked for rollback only"));
        }
        HibernateException failure = rollbackAll(open);
        status = TransactionStatus.ROLLED_BACK;
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * Does all that is to be done before any branch ends. The application's code may run meanwhile: synchronizations,
     * callbacks of entities, interceptors, listeners. What that writes may be on a shard whose turn is over, or on one that
     * was not used before; so it goes on until nothing is left. Only then is it known which shards are written.
     *
     * @throws RuntimeException what the application's code or a flush throws, as it is
     */
    protected final void beforeBranchesEnd() {
        int told = 0;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            told = beforeCompletion(told);
            if ((round > 0 || told > 0) && getRollbackOnly()) {
                return;
            }
            boolean together = round > 0 || branches.open().size() > 1 || branches.flushOpensBranches();
            if (together && branches.flushBeforeCommit()) {
                branches.open().forEach(Branch::flushed);
            }
            completeBranches();
            if (told == synchronizations.size() && !branches.isFlushDue() && !any(branch -> !branch.isCompleted())) {
                branches.open().forEach(Branch::sendBatch);
                return;
            }
        }
        throw endless("the commit");
    }

    /** Has each branch do what is to be done before it ends, if it has not done so. */
    protected void completeBranches() {
        List<? extends Branch<?>> open = branches.open();
        for (int i = 0; i < open.size(); i++) { // one may open another
            open.get(i).beforeCompletion();
        }
    }

    /**
     * The error for code of the application that writes anew each time that what it has written is flushed. Marks the
     * transaction for rollback.
     */
    public ShardingException endless(String what) {
        markRollbackOnly();
        return new ShardingException(
                ShardErrorCode.OPERATION_REFUSED,
                what + " does not come to an end: after " + MOST_ROUNDS + " flushes, the session still has something to"
                        + " write to some of the shards " + branches.open()
                        + ". A callback of an entity, an interceptor or a listener writes each time that a shard is"
                        + " flushed: have it write once. The transaction will be rolled back");
    }

    /** Does what follows a flush: what is written meanwhile is left to the next one, as Hibernate leaves it. */
    public void afterFlush(Runnable work) {
        List<? extends Branch<?>> due =
                branches.open().stream().filter(Branch::isFlushDue).toList();
        work.run();
        for (Branch<?> branch : branches.open()) {
            if (branch.isFlushDue() && !due.contains(branch)) {
                branch.postpone();
            }
        }
    }

    /**
     * Readers first: if one of them fails, nothing has been stored. Those that hold locks last: what these protect is stored
     * by then.
     */
    private void commitAll(List<? extends Branch<?>> open) {
        if (open.size() == 1) {
            open.get(0).session().getTransaction().commit();
            return;
        }
        CommitOrder order = new CommitOrder(open, this);
        List<Branch<?>> last = checked(order);
        order.readers().forEach(branch -> branch.session().getTransaction().commit());
        List<Branch<?>> committed = new ArrayList<>(last.size());
        for (Branch<?> branch : last) {
            try {
                branch.session().getTransaction().commit();
                committed.add(branch);
            } catch (RuntimeException failure) {
                throw committed.isEmpty() ? failure : partial(last, committed, branch, failure);
            }
        }
        order.holders().forEach(branch -> branch.session().getTransaction().commit());
    }

    /** The branches that are to be committed one after the other, of which all but a crash between them has been foreseen. */
    private List<Branch<?>> checked(CommitOrder order) {
        try {
            order.checkAll();
            List<Branch<?>> last = order.written();
            if (last.size() > 1) {
                last.forEach(LastChecks::run);
            }
            return last;
        } catch (RuntimeException failure) {
            throw branches.exceptionConverter().convertCommitException(failure);
        }
    }

    /** On all shards or on none, and nobody is told before it is known which. */
    private void commitJointly(List<? extends Branch<?>> open) {
        JointCommit joint = new JointCommit(open, this, twoPhase);
        try {
            joint.run();
        } catch (Error failure) {
            status = joint.outcome();
            throw failure;
        } catch (RuntimeException failure) {
            status = joint.outcome();
            // no RollbackException of what is in doubt or committed
            throw joint.outcome() == TransactionStatus.ROLLED_BACK && joint.failedDeciding()
                    ? branches.exceptionConverter().convertCommitException(failure)
                    : failure;
        }
        status = TransactionStatus.COMMITTED;
    }

    /** No {@code RollbackException}, whatever JPA wants of a failed commit: it was not rolled back. */
    private ShardingException partial(
            List<Branch<?>> last, List<Branch<?>> committed, Branch<?> failed, RuntimeException failure) {
        List<Branch<?>> rest = new ArrayList<>(last);
        rest.removeAll(committed);
        rest.remove(failed);
        status = TransactionStatus.FAILED_COMMIT;
        return new ShardingException(
                ShardErrorCode.PARTIAL_COMMIT,
                "the transaction is committed on shards " + committed + ", its commit on shard \"" + failed
                        + "\" failed, and it is rolled back on "
                        + (rest.isEmpty() ? "no other" : "shards " + rest)
                        + ". If the connection broke, shard \"" + failed
                        + "\" may have committed all the same: look there. Then repeat or undo what is missing."
                        + " Cause: " + failure.getMessage(),
                failure);
    }

    private static void rollbackRest(List<? extends Branch<?>> open, Throwable failure) {
        for (Branch<?> branch : open) {
            try {
                Transaction local = branch.session().getTransaction();
                if (local.getStatus().canRollback()) {
                    local.rollback();
                }
            } catch (RuntimeException | Error suppressed) {
                if (suppressed != failure) {
                    failure.addSuppressed(suppressed);
                }
            }
        }
    }

    @Override
    public void rollback() {
        if (!isActive()) {
            if (status != TransactionStatus.COMMITTED) {
                return; // as Hibernate: rolling back what is over is no error
            }
            throw new IllegalStateException("Transaction is over: " + status);
        }
        HibernateException failure = rollbackAll(branches.open());
        status = TransactionStatus.ROLLED_BACK;
        afterCompletion();
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable HibernateException rollbackAll(List<? extends Branch<?>> open) {
        HibernateException failure = null;
        for (Branch<?> branch : open) {
            try {
                Transaction local = branch.session().getTransaction();
                if (local.isActive()) {
                    local.rollback();
                }
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = new HibernateException("rollback failed on shard \"" + branch + "\"", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        return failure;
    }

    /** Calls the synchronizations from the given one on, those that are registered meanwhile too, and returns how many there are. */
    private int beforeCompletion(int told) {
        int next = told;
        while (next < synchronizations.size()) {
            synchronizations.get(next++).beforeCompletion();
        }
        return next;
    }

    /** It is over: tells who wants to know. */
    protected final void tellEnd(TransactionOutcome outcome) {
        Observation observation = branches.observation();
        if (observation != null) {
            observation.transactionEnded(outcome, writers.size());
        }
    }

    private void afterCompletion() {
        isolation = Connection.TRANSACTION_NONE;
        tellEnd(
                switch (status) {
                    case COMMITTED -> TransactionOutcome.COMMITTED;
                    case FAILED_COMMIT -> TransactionOutcome.UNKNOWN;
                    default -> TransactionOutcome.ROLLED_BACK;
                });
        unwatch();
        if (synchronizations.isEmpty()) {
            return;
        }
        int code =
                switch (status) {
                    case COMMITTED -> Status.STATUS_COMMITTED;
                    case FAILED_COMMIT -> Status.STATUS_UNKNOWN; // here so, there otherwise
                    default -> Status.STATUS_ROLLEDBACK;
                };
        List<Synchronization> ended = List.copyOf(synchronizations);
        synchronizations.clear();
        for (Synchronization synchronization : ended) {
            synchronization.afterCompletion(code);
        }
    }

    @Override
    public boolean isActive() {
        return status == TransactionStatus.ACTIVE || status == TransactionStatus.MARKED_ROLLBACK;
    }

    @Override
    public TransactionStatus getStatus() {
        return status == TransactionStatus.ACTIVE && getRollbackOnly() ? TransactionStatus.MARKED_ROLLBACK : status;
    }

    @Override
    public void markRollbackOnly() {
        if (isActive()) {
            status = TransactionStatus.MARKED_ROLLBACK;
        }
    }

    @Override
    public void setRollbackOnly() {
        if (!isActive() && branches.failsCommitOfRollbackOnly()) {
            throw new IllegalStateException("Transaction is not active");
        }
        markRollbackOnly();
    }

    @Override
    public boolean getRollbackOnly() {
        if (status != TransactionStatus.ACTIVE) {
            return status == TransactionStatus.MARKED_ROLLBACK;
        }
        return any(branch -> branch.session().getTransaction().getRollbackOnly());
    }

    /** Those of the application that are still to be told. */
    protected final List<Synchronization> synchronizations() {
        return synchronizations;
    }

    @Override
    public void registerSynchronization(Synchronization synchronization) {
        if (synchronization == null) {
            throw new NullSynchronizationException();
        }
        if (!synchronizations.contains(synchronization)) { // as Hibernate, which tells each once
            synchronizations.add(synchronization);
        }
    }

    @Override
    public void setTimeout(int seconds) {
        timeout = seconds;
    }

    @Override
    public void setTimeout(@Nullable Integer seconds) {
        timeout = seconds;
    }

    @Override
    public @Nullable Integer getTimeout() {
        return timeout;
    }
}
