package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.connection.CancelRequests;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.connection.Shutdown;
import io.hibernateshards.internal.transaction.DecisionLog.Outcome;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.hibernate.HibernateException;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits branches on several shards: on all of them or on none, whatever crashes.
 *
 * <ol>
 *   <li>The branch that locked last becomes the deciding one, and writes a row with the name of the transaction into the {@link DecisionLog}
 *       of its shard.
 *   <li>All other branches are prepared: their servers can commit them from now on, whatever happens to this JVM.
 *   <li>The deciding branch commits, its row with it. That is the decision.
 *   <li>The other branches are committed: those that have written, then those that only hold locks, and of each the one that
 *       locked last comes first. So who has waited for a lock sees what it protected. One that fails is tried again on a second
 *       connection; if that fails as well, it and those after it stay prepared, and keep their locks.
 * </ol>
 *
 * <p>What fails up to the decision rolls all branches back. What fails after it changes nothing any more: {@link Recovery}
 * finishes it, in the same order.
 */
public final class TwoPhase implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TwoPhase.class);

    /** How long a branch that was cut off while it committed is waited for. */
    private static final int WAIT_MILLIS = 5000;

    /** How often a shard is asked on another connection, of which it may have cut some as well. */
    private static final int ATTEMPTS = 5;

    /** Pause between two looks at a branch that a broken connection's server process still commits. */
    private static final int PAUSE_MILLIS = 20;

    /** How old a branch is before recovery looks after it; tests have it leave theirs alone until they say so. */
    static volatile Duration patience = Duration.ofSeconds(5);

    /** Lets tests fail where it hurts. */
    static volatile Step.Observer observer = Step.Observer.NONE;

    private final DecisionLogs logs;
    private final Shutdown shutdown;
    private final TransactionNames names;
    private final Recovery recovery;
    private volatile boolean managed;
    private final DeadlockWatch deadlocks;
    private final UnansweredCommits unanswered;
    private final CommitRiders riders;

    /**
     * Connects to nothing yet.
     *
     * @param application its name, for people
     * @param catalogs one on each shard
     * @param requests through which statements are cancelled
     * @param shutdown of the factory, which no commit may outlast
     * @param interval between two runs of recovery
     * @param lockTimeout of transactions that have locked rows of several shards; 0 for none
     * @param retention of decisions
     */
    public TwoPhase(
            String application,
            Map<ShardId, JdbcCatalog> catalogs,
            CancelRequests requests,
            Shutdown shutdown,
            Duration interval,
            Duration lockTimeout,
            DecisionRetention retention) {
        this.shutdown = shutdown;
        logs = new DecisionLogs(catalogs);
        deadlocks = new DeadlockWatch(logs, requests, lockTimeout);
        unanswered = new UnansweredCommits(logs);
        riders = new CommitRiders(unanswered);
        names = new TransactionNames(application);
        Duration most = patience;
        recovery = new Recovery(logs, riders, interval, interval.compareTo(most) < 0 ? interval : most, retention);
    }

    /** The catalog of a shard. */
    public JdbcCatalog catalog(ShardId shard) {
        return logs.catalog(shard);
    }

    public Recovery recovery() {
        return recovery;
    }

    /** The end of the factory. */
    public Shutdown shutdown() {
        return shutdown;
    }

    public DeadlockWatch deadlocks() {
        return deadlocks;
    }

    /** What goes along with commits, in however many phases. */
    public CommitRiders riders() {
        return riders;
    }

    /**
     * Tells what transactions may write, and starts recovery.
     *
     * @param wanted null for two phases if the servers prepare transactions, else one shard
     * @param byManager whether a transaction manager commits, in whichever mode, and recovers
     * @throws ShardingException if two phases are wanted and a server that can be reached does not prepare transactions
     */
    public TransactionMode start(@Nullable TransactionMode wanted, boolean byManager) {
        TransactionMode mode = wanted;
        managed = byManager;
        if (mode == null) {
            List<ShardId> unable = unable();
            mode = unable.isEmpty() ? TransactionMode.TWO_PHASE : TransactionMode.SINGLE_SHARD;
            if (!unable.isEmpty()) {
                LOG.warn(
                        "transactions may write one shard only, as {}; or set {} to silence this warning",
                        cure(unable),
                        ShardSettings.TRANSACTION_MODE);
            }
        } else if (prepares(mode)) {
            check();
        }
        if (!managed) {
            recovery.start(mode == TransactionMode.TWO_PHASE);
        }
        return mode;
    }

    private boolean prepares(TransactionMode mode) {
        return mode == TransactionMode.TWO_PHASE || managed && mode != TransactionMode.SINGLE_SHARD;
    }

    /**
     * Makes sure that a mode can be used, though not all transactions of this JVM do.
     *
     * @throws ShardingException as {@link #start}
     */
    public void require(TransactionMode mode) {
        if (prepares(mode) && !recovery.isRepeated()) {
            check();
            if (!managed) {
                recovery.start(true);
            }
        }
    }

    private void check() {
        List<ShardId> unable = unable();
        if (!unable.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    (managed
                                    ? "transactions are the manager's"
                                    : ShardSettings.TRANSACTION_MODE + " is " + TransactionMode.TWO_PHASE.setting())
                            + ", but " + cure(unable));
        }
    }

    private static String cure(List<ShardId> unable) {
        return unable.stream().map(shard -> "shard \"" + shard + "\"").collect(Collectors.joining(", "))
                + (unable.size() == 1 ? " has" : " have")
                + " max_prepared_transactions = 0: set it in postgresql.conf to at least max_connections and restart the"
                + " server, or choose another mode";
    }

    /** Those that do not prepare transactions. All are asked at the same time: one that is down takes its time to say so. */
    private List<ShardId> unable() {
        Map<ShardId, Future<Boolean>> answers = new LinkedHashMap<>();
        ExecutorService threads =
                Executors.newFixedThreadPool(Math.min(16, logs.shards().size()));
        try {
            logs.shards()
                    .forEach(shard -> answers.put(
                            shard, threads.submit(() -> logs.catalog(shard).autoCommitted(TwoPhase::prepares))));
            return logs.shards().stream()
                    .filter(shard -> Boolean.FALSE.equals(answer(shard, answers.get(shard))))
                    .toList();
        } finally {
            threads.shutdownNow();
        }
    }

    private static @Nullable Boolean answer(ShardId shard, @Nullable Future<Boolean> answer) {
        try {
            return answer == null ? null : answer.get();
        } catch (ExecutionException e) {
            LOG.warn("whether shard \"{}\" prepares transactions is not known: {}", shard, e.getMessage());
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HibernateException("interrupted while shard \"" + shard + "\" was asked", e);
        }
    }

    private static boolean prepares(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("show max_prepared_transactions")) {
            return row.next() && row.getInt(1) > 0;
        }
    }

    @Override
    public void close() {
        recovery.close();
        unanswered.close();
        deadlocks.close();
    }

    /**
     * Commits the branches; the readers have been committed already.
     *
     * @param writers those that have written, in the order in which they are to end
     * @param holders those that hold locks, and end after them; one with temporary tables is left to the caller
     */
    void commit(List<Branch<?>> writers, List<Branch<?>> holders, JointCommit joint) {
        Branch<?> deciding = deciding(writers);
        List<Branch<?>> others = new ArrayList<>(writers);
        others.remove(deciding);
        holders.stream().filter(branch -> !branch.hasTemporaryTables()).forEach(others::add);
        new Run(deciding, others, joint).commit();
    }

    /** The one that used temporary tables, as it cannot be prepared; else the first that is to end. */
    private static Branch<?> deciding(List<Branch<?>> writers) {
        List<Branch<?>> temporary =
                writers.stream().filter(Branch::hasTemporaryTables).toList();
        if (temporary.size() > 1) {
            throw new ShardingException(
                    ShardErrorCode.NOT_PREPARED,
                    "the transaction wrote shards " + writers + " and made temporary tables on " + temporary
                            + ", by SQL or by a query that gathered rows there; PostgreSQL lets only one of these commit"
                            + " together with others. Nothing is stored: run such queries in a transaction of their own");
        }
        return temporary.isEmpty() ? writers.get(0) : temporary.get(0);
    }

    /** One transaction. */
    private final class Run {
        private final Branch<?> deciding;
        private final JointCommit joint;
        private final String transaction;
        private final String log;
        /** Those that are prepared, in the order in which they are completed, with their names. */
        private final Map<Branch<?>, String> others = new LinkedHashMap<>();

        /** Those that were prepared, with the number that the server gave each. */
        private final Map<Branch<?>, @Nullable String> prepared = new LinkedHashMap<>();

        /** The one that may have been prepared. */
        private @Nullable Branch<?> unknown;

        Run(Branch<?> deciding, List<Branch<?>> toPrepare, JointCommit joint) {
            this.deciding = deciding;
            this.joint = joint;
            log = logs.of(deciding.shard()).id();
            transaction = names.next(log, deciding.shard());
            int number = 1;
            for (Branch<?> branch : toPrepare) {
                others.put(branch, TransactionNames.branch(transaction, ++number, branch.shard()));
            }
        }

        void commit() {
            try {
                deciding.checkPrimary();
                made(Step.FLUSHED, deciding);
                writeDecision();
                made(Step.WRITTEN, deciding);
                others.forEach(this::prepare);
                made(Step.ALL_PREPARED, deciding);
                decide();
            } catch (RuntimeException | Error failure) {
                if (joint.outcome() != TransactionStatus.FAILED_COMMIT) {
                    rollback(failure);
                }
                throw failure;
            }
            joint.decided(TransactionStatus.COMMITTED);
            complete();
        }

        private void writeDecision() {
            List<String> ids = others.keySet().stream()
                    .map(branch -> logs.of(branch.shard()).id())
                    .toList();
            Connection connection = deciding.connection();
            try {
                logs.of(deciding.shard()).write(connection, transaction, log, ids);
            } catch (SQLException e) {
                throw deciding.converted(e, "could not write the decision");
            }
        }

        private void prepare(Branch<?> branch, String name) {
            branch.checkPrimary();
            Connection connection = branch.connection();
            String number;
            unknown = branch; // whatever is thrown, an error of the JVM too, may come after the server has prepared it
            try {
                number = Prepared.prepare(connection, name);
            } catch (SQLException e) {
                if (!isBroken(connection)) {
                    unknown = null;
                }
                ShardingException refusal = Prepared.refusal(branch, e);
                if (refusal == null && !branch.hasWritten()) {
                    refusal = branch.lockLost(e);
                }
                throw refusal == null ? branch.converted(e, "could not prepare") : refusal;
            }
            prepared.put(branch, number);
            unknown = null;
            made(Step.PREPARED, branch);
        }

        /** A commit that fails may have been made all the same, so the log is asked. */
        private void decide() {
            try {
                joint.commit(deciding);
            } catch (RuntimeException | Error failure) {
                Outcome outcome = outcome(failure);
                if (outcome == Outcome.OPEN || outcome == Outcome.FORGOTTEN) {
                    joint.decided(TransactionStatus.FAILED_COMMIT);
                    recovery.soon();
                    throw inDoubt(failure);
                }
                if (outcome == Outcome.ABORTED) {
                    throw failure;
                }
                deciding.committedUnheard();
            }
        }

        /** Asks again where what broke one connection has broken the other; not for long, if the shard is down. */
        private Outcome outcome(Throwable failure) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS);
            do {
                try {
                    return logs.of(deciding.shard()).outcome(transaction, log, Duration.ZERO, WAIT_MILLIS);
                } catch (RuntimeException e) {
                    failure.addSuppressed(e);
                }
            } while (System.nanoTime() - end < 0 && failure.getSuppressed().length < ATTEMPTS);
            return Outcome.OPEN;
        }

        private ShardingException inDoubt(Throwable failure) {
            return new ShardingException(
                    ShardErrorCode.IN_DOUBT,
                    "transaction " + transaction + " over shards " + all() + " is in doubt: the connection to shard \""
                            + deciding + "\" broke while it committed the decision, and the shard cannot be asked now."
                            + " Recovery will commit or roll back all of it once the shard is back; until then its rows"
                            + " are locked. Do not repeat it before it is known how it ended. Cause: "
                            + failure.getMessage(),
                    failure);
        }

        private List<Branch<?>> all() {
            List<Branch<?>> all = new ArrayList<>(others.keySet());
            all.add(0, deciding);
            return all;
        }

        /** The deciding branch first: as long as it lives, nobody else may end the others. */
        private void rollback(Throwable failure) {
            tryTo(failure, () -> joint.rollback(deciding));
            for (Branch<?> branch : prepared.keySet()) {
                tryTo(failure, () -> rollbackPrepared(branch));
            }
            Branch<?> cut = unknown;
            if (cut != null) {
                tryTo(failure, () -> rollbackElsewhere(cut));
                recovery.soon();
            }
        }

        private void tryTo(Throwable failure, Runnable work) {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                if (e != failure) {
                    failure.addSuppressed(e); // the JVM may throw one for all, if it has no memory left
                }
                recovery.soon();
            }
        }

        private void rollbackPrepared(Branch<?> branch) {
            try {
                Prepared.rollback(branch.connection(), name(branch), prepared.get(branch));
            } catch (SQLException e) {
                rollbackElsewhere(branch);
            }
        }

        private void rollbackElsewhere(Branch<?> branch) {
            logs.catalog(branch.shard()).autoCommitted(connection -> {
                Prepared.rollback(connection, name(branch), prepared.get(branch));
                return true;
            });
        }

        /** Nothing that is thrown here undoes the decision. */
        private void complete() {
            boolean all = false;
            List<ShardingException> lost = new ArrayList<>(0);
            try {
                made(Step.DECIDED, deciding);
                all = completeAll(lost);
            } catch (RuntimeException e) {
                LOG.warn("{} is committed; recovery will finish it", transaction, e);
            } finally {
                if (!all) {
                    recovery.soon();
                }
            }
            if (!lost.isEmpty()) {
                throw lost.get(lost.size() - 1);
            }
        }

        /** Stops at a branch that stays prepared: what those after it have locked may protect what it wrote. */
        private boolean completeAll(List<ShardingException> lost) {
            for (Branch<?> branch : others.keySet()) {
                try {
                    if (!commitPrepared(branch)) {
                        return false;
                    }
                } catch (ShardingException e) {
                    if (e.code() != ShardErrorCode.BRANCH_LOST) {
                        throw e;
                    }
                    LOG.error("shard \"{}\": {} is committed, but {}", branch, transaction, e.getMessage());
                    lost.add(e);
                }
            }
            return true;
        }

        private boolean commitPrepared(Branch<?> branch) {
            try {
                riders.commitPrepared(branch, name(branch), prepared.get(branch));
            } catch (SQLException | RuntimeException e) {
                if (e instanceof ShardingException known && known.code() == ShardErrorCode.BRANCH_LOST) {
                    throw known;
                }
                if (!commitElsewhere(branch, e)) {
                    return false;
                }
            }
            made(Step.COMPLETED, branch);
            return true;
        }

        /**
         * Commits a branch on a second connection, once its own has failed: tries again where what broke the one has broken the
         * other, and waits where the server is still at work on what the first one has sent.
         */
        private boolean commitElsewhere(Branch<?> branch, Exception failure) {
            JdbcCatalog catalog = logs.catalog(branch.shard());
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS);
            for (int attempt = 1; ; attempt++) {
                try {
                    catalog.autoCommitted(connection -> {
                        catalog.checkPrimary(connection);
                        riders.commitLost(connection, branch.shard(), name(branch), prepared.get(branch));
                        return true;
                    });
                    branch.committedUnheard();
                    return true;
                } catch (ShardingException e) {
                    if (e.code() == ShardErrorCode.BRANCH_LOST) {
                        throw e;
                    }
                    boolean busy = Prepared.isBusy(e);
                    if (attempt >= ATTEMPTS && !busy || System.nanoTime() - end > 0) {
                        List<Branch<?>> left = new ArrayList<>(others.keySet());
                        LOG.warn(
                                "{} is committed, but its branches on shards {} are still prepared, as shard \"{}\" did not"
                                        + " commit its own: {}; nor did it on a second connection: {}. Recovery will commit"
                                        + " them in this order; until then the rows that they wrote or locked are locked",
                                transaction,
                                left.subList(left.indexOf(branch), left.size()),
                                branch,
                                failure.getMessage(),
                                e.getMessage());
                        return false;
                    }
                    if (busy) {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
                    }
                }
            }
        }

        private String name(Branch<?> branch) {
            String name = others.get(branch);
            if (name == null) {
                throw new IllegalStateException("shard \"" + branch + "\" is not to be prepared");
            }
            return name;
        }

        private void made(Step step, Branch<?> branch) {
            observer.made(step, transaction, branch.shard());
        }
    }

    private static boolean isBroken(Connection connection) {
        try {
            return connection.isClosed() || !connection.isValid(1);
        } catch (SQLException e) {
            return true;
        }
    }
}
