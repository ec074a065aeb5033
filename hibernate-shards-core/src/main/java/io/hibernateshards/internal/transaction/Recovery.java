package io.hibernateshards.internal.transaction;

import io.hibernateshards.InDoubtBranch;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.transaction.DecisionLog.Outcome;
import io.hibernateshards.internal.transaction.LogHolders.Verdict;
import io.hibernateshards.internal.transaction.PreparedBranches.Found;
import io.hibernateshards.internal.transaction.TransactionNames.Parsed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes what a crash has left: commits the prepared branches of transactions that were decided and rolls back those that
 * never will be. Any JVM does it for all, and several may at once: the {@link DecisionLog} tells each the same, and that a
 * branch is gone already is no error. Removes decisions whose {@linkplain DecisionRetention time} is over.
 */
public final class Recovery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** How often decisions that are too old are looked for. */
    private static final long SWEEP = TimeUnit.HOURS.toNanos(1);

    /** How long a deciding branch that lives is waited for. */
    private static final int WAIT_MILLIS = 200;

    private final DecisionLogs logs;
    private volatile Runnable committed = () -> {};
    private final CommitRiders riders;
    private final Duration interval;
    private final Duration patience;
    private final DecisionRetention retention;
    private long swept = System.nanoTime();
    private final AtomicBoolean soon = new AtomicBoolean();
    private final AtomicBoolean repeated = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, task -> {
        Thread daemon = new Thread(task, "hibernate-shards-recovery");
        daemon.setDaemon(true);
        return daemon;
    });

    /**
     * @param interval between two runs
     * @param patience how old a branch is before it is looked after, so that nobody is disturbed who is just committing
     * @param retention of decisions whose transactions are over
     */
    Recovery(
            DecisionLogs logs, CommitRiders riders, Duration interval, Duration patience, DecisionRetention retention) {
        this.logs = logs;
        this.riders = riders;
        this.interval = interval;
        this.patience = patience;
        this.retention = retention;
    }

    /** Runs now; if this JVM commits in two phases, every interval from now on. */
    void start(boolean repeat) {
        try {
            if (!repeat) {
                thread.execute(this::runLogged);
            } else if (repeated.compareAndSet(false, true)) {
                var unused =
                        thread.scheduleWithFixedDelay(this::runLogged, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException closed) {
            LOG.debug("the next JVM recovers what is left", closed);
        }
    }

    /** To be told when a branch has been committed whose session was told of its end before. */
    public void onCommitted(Runnable listener) {
        committed = listener;
    }

    boolean isRepeated() {
        return repeated.get();
    }

    /** Something was left undone: runs as soon as it is old enough. */
    void soon() {
        if (soon.compareAndSet(false, true)) {
            try {
                var unused = thread.schedule(
                        () -> {
                            soon.set(false);
                            runLogged();
                        },
                        patience.toMillis() + 100,
                        TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closed) {
                soon.set(false); // the next JVM does it
            }
        }
    }

    private void runLogged() {
        try {
            run(patience, false);
        } catch (RuntimeException | Error e) {
            LOG.warn("recovery failed, and will be tried again: {}", e.getMessage(), e);
        }
    }

    /**
     * Looks at all shards that can be reached, ends what can be ended now, and removes decisions that are old enough.
     *
     * @return how many branches were ended
     */
    public int run() {
        return run(Duration.ZERO, true);
    }

    private synchronized int run(Duration patience, boolean sweep) {
        LogHolders holders = logs.holders();
        int ended = 0;
        for (ShardId shard : logs.shards()) {
            try {
                JdbcCatalog catalog = logs.catalog(shard);
                ended += catalog.autoCommitted(connection -> recover(shard, connection, patience, holders));
            } catch (RuntimeException e) {
                LOG.warn("shard \"{}\" was not looked after: {}", shard, e.getMessage());
            }
        }
        if (sweep || System.nanoTime() - swept > SWEEP) {
            swept = System.nanoTime();
            forget(holders);
        }
        return ended;
    }

    private int recover(ShardId shard, Connection connection, Duration patience, LogHolders holders)
            throws SQLException {
        int ended = 0;
        for (Found found : PreparedBranches.on(shard, connection)) {
            if (found.branch().age().compareTo(patience) >= 0 && end(found, connection, holders)) {
                ended++;
            }
        }
        return ended;
    }

    private boolean end(Found found, Connection connection, LogHolders holders) {
        InDoubtBranch branch = found.branch();
        Parsed name = TransactionNames.parse(branch.name());
        String why;
        if (name == null) {
            why = "its name is not one of this library's";
        } else {
            try {
                Verdict verdict = holders.outcome(name.transaction(), name.log(), branch.age(), WAIT_MILLIS);
                if (verdict.outcome() != Outcome.OPEN) {
                    end(found, name, connection, verdict.outcome() == Outcome.COMMITTED);
                    return true;
                }
                why = verdict.why();
            } catch (SQLException | RuntimeException e) {
                why = String.valueOf(e.getMessage());
                if (e instanceof ShardingException known && known.code() == ShardErrorCode.BRANCH_LOST) {
                    LOG.error("shard \"{}\": {}", branch.shard(), why);
                    return false;
                }
            }
        }
        LOG.warn("in doubt: {} on shard \"{}\", prepared {} ago: {}", branch.name(), branch.shard(), branch.age(), why);
        return false;
    }

    private void end(Found found, Parsed name, Connection connection, boolean commits) throws SQLException {
        InDoubtBranch branch = found.branch();
        TwoPhase.observer.made(Step.LEARNED, name.transaction(), branch.shard());
        logs.catalog(branch.shard()).checkPrimary(connection);
        if (commits) {
            riders.commitLost(connection, branch.shard(), branch.name(), found.number());
        } else {
            Prepared.rollback(connection, branch.name(), found.number());
        }
        LOG.info(
                "recovered: {} on shard \"{}\", prepared {} ago, is {}",
                branch.name(),
                branch.shard(),
                branch.age(),
                commits ? "committed" : "rolled back");
        if (commits) {
            committed.run();
        }
        TwoPhase.observer.made(Step.RECOVERED, name.transaction(), branch.shard());
    }

    /** All prepared branches that can be seen now, the oldest of each shard first. */
    public List<InDoubtBranch> inDoubt() {
        Map<String, InDoubtBranch> found = new LinkedHashMap<>(); // shards may be schemas of one database
        for (ShardId shard : logs.shards()) {
            List<Found> here;
            try {
                here = logs.catalog(shard).autoCommitted(connection -> PreparedBranches.on(shard, connection));
            } catch (RuntimeException e) {
                LOG.warn("shard \"{}\" cannot tell its branches in doubt: {}", shard, e.getMessage());
                continue;
            }
            here.forEach(one -> {
                InDoubtBranch branch = one.branch();
                Parsed name = TransactionNames.parse(branch.name());
                if (name != null && name.isOf(shard) || !found.containsKey(branch.name())) {
                    found.put(branch.name(), branch);
                }
            });
        }
        return List.copyOf(found.values());
    }

    /** Decisions whose time is over; kept as long as a branch that is prepared needs them, or a shard cannot tell. */
    private void forget(LogHolders holders) {
        Set<String> needed = new HashSet<>();
        Set<String> seen = new HashSet<>(holders.ids());
        for (ShardId shard : logs.shards()) {
            try {
                for (Found found :
                        logs.catalog(shard).autoCommitted(connection -> PreparedBranches.on(shard, connection))) {
                    Parsed name = TransactionNames.parse(found.branch().name());
                    if (name != null) {
                        needed.add(name.transaction());
                    }
                }
            } catch (RuntimeException e) {
                seen.removeAll(holders.idsOf(shard));
            }
        }
        for (ShardId shard : holders.deciding()) {
            try {
                int gone = logs.of(shard).forget(retention, seen, needed);
                if (gone > 0) {
                    LOG.info("shard \"{}\": {} old decisions are removed", shard, gone);
                }
            } catch (RuntimeException e) {
                LOG.warn("old decisions of shard \"{}\" are kept for now: {}", shard, e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
