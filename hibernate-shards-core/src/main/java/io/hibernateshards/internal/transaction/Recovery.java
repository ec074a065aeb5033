package io.hibernateshards.internal.transaction;

import io.hibernateshards.InDoubtBranch;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.transaction.DecisionLog.Decision;
import io.hibernateshards.internal.transaction.DecisionLog.Outcome;
import io.hibernateshards.internal.transaction.TransactionNames.Parsed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes what a crash has left: commits the prepared branches of transactions that were decided and rolls back those that
 * never will be. Any JVM does it for all, and several may at once: the {@link DecisionLog} tells each the same, and that a
 * branch is gone already is no error. Removes decisions that nobody needs any more.
 */
public final class Recovery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** How long a deciding branch that lives is waited for. */
    private static final int WAIT_MILLIS = 200;

    private final DecisionLogs logs;
    private volatile Runnable committed = () -> {};
    private final CommitRiders riders;
    private final Duration interval;
    private final Duration patience;
    private final Duration retention;
    private final Map<ShardId, Set<String>> forgotten = new ConcurrentHashMap<>();
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
     * @param retention how old a decision is before it is forgotten: longer than anybody who was cut off asks for it
     */
    Recovery(DecisionLogs logs, CommitRiders riders, Duration interval, Duration patience, Duration retention) {
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

    /** All branches of a transaction are committed: its row can go, with those of others. */
    void forget(ShardId shard, String transaction) {
        forgotten.computeIfAbsent(shard, key -> ConcurrentHashMap.newKeySet()).add(transaction);
    }

    private void runLogged() {
        try {
            run(patience);
        } catch (RuntimeException | Error e) {
            LOG.warn("recovery failed, and will be tried again: {}", e.getMessage(), e);
        }
    }

    /**
     * Looks at all shards that can be reached, and ends what can be ended now.
     *
     * @return how many branches were ended
     */
    public int run() {
        return run(Duration.ZERO);
    }

    private synchronized int run(Duration patience) {
        Map<String, ShardId> ids = ids();
        int ended = 0;
        for (ShardId shard : logs.shards()) {
            try {
                JdbcCatalog catalog = logs.catalog(shard);
                ended += catalog.autoCommitted(connection -> recover(shard, connection, patience, ids));
            } catch (RuntimeException e) {
                LOG.warn("shard \"{}\" was not looked after: {}", shard, e.getMessage());
            }
        }
        forget(ids);
        return ended;
    }

    /** Those of the logs that exist and can be reached. */
    private Map<String, ShardId> ids() {
        Map<String, ShardId> ids = new LinkedHashMap<>();
        for (ShardId shard : logs.shards()) {
            try {
                String id = logs.of(shard).existing();
                if (id != null) {
                    ids.putIfAbsent(id, shard);
                }
            } catch (RuntimeException e) {
                LOG.debug("shard \"{}\": {}", shard, e.getMessage());
            }
        }
        return ids;
    }

    private int recover(ShardId shard, Connection connection, Duration patience, Map<String, ShardId> ids)
            throws SQLException {
        List<InDoubtBranch> branches = PreparedBranches.on(shard, connection).stream()
                .filter(branch -> branch.age().compareTo(patience) >= 0)
                .toList();
        int ended = 0;
        for (InDoubtBranch branch : branches) {
            if (end(branch, connection, ids)) {
                ended++;
            }
        }
        return ended;
    }

    private boolean end(InDoubtBranch branch, Connection connection, Map<String, ShardId> ids) {
        Parsed name = TransactionNames.parse(branch.name());
        ShardId deciding = name == null ? null : ids.get(name.log());
        String why;
        if (name == null || deciding == null) {
            why = "the shard that decides cannot be reached, or belongs to another application";
        } else {
            try {
                Outcome outcome = logs.of(deciding).outcome(name.transaction(), name.log(), WAIT_MILLIS);
                if (outcome != Outcome.OPEN) {
                    TwoPhase.observer.made(Step.LEARNED, name.transaction(), branch.shard());
                }
                switch (outcome) {
                    case COMMITTED -> riders.commitLost(connection, branch.shard(), branch.name());
                    case ABORTED -> Prepared.rollback(connection, branch.name());
                    case OPEN -> {}
                }
                if (outcome != Outcome.OPEN) {
                    LOG.info(
                            "recovered: {} on shard \"{}\", prepared {} ago, is {}",
                            branch.name(),
                            branch.shard(),
                            branch.age(),
                            outcome == Outcome.COMMITTED ? "committed" : "rolled back");
                    if (outcome == Outcome.COMMITTED) {
                        committed.run();
                    }
                    TwoPhase.observer.made(Step.RECOVERED, name.transaction(), branch.shard());
                    return true;
                }
                why = "it is being decided";
            } catch (SQLException | RuntimeException e) {
                why = String.valueOf(e.getMessage());
            }
        }
        LOG.warn("in doubt: {} on shard \"{}\", prepared {} ago: {}", branch.name(), branch.shard(), branch.age(), why);
        return false;
    }

    /** All prepared branches that can be seen now, the oldest of each shard first. */
    public List<InDoubtBranch> inDoubt() {
        Map<String, InDoubtBranch> found = new LinkedHashMap<>(); // shards may be schemas of one database
        for (ShardId shard : logs.shards()) {
            List<InDoubtBranch> here;
            try {
                here = logs.catalog(shard).autoCommitted(connection -> PreparedBranches.on(shard, connection));
            } catch (RuntimeException e) {
                LOG.warn("shard \"{}\" cannot tell its branches in doubt: {}", shard, e.getMessage());
                continue;
            }
            here.forEach(branch -> {
                Parsed name = TransactionNames.parse(branch.name());
                if (name != null && name.isOf(shard) || !found.containsKey(branch.name())) {
                    found.put(branch.name(), branch);
                }
            });
        }
        return List.copyOf(found.values());
    }

    /** Decisions that this JVM has seen the end of; then those of JVMs that are gone. */
    private void forget(Map<String, ShardId> ids) {
        for (ShardId shard : logs.shards()) {
            try {
                forgetOwn(shard);
                forgetOld(shard, ids);
            } catch (RuntimeException e) {
                LOG.debug("old decisions of shard \"{}\" are kept for now: {}", shard, e.getMessage());
            }
        }
    }

    private void forgetOwn(ShardId shard) {
        Set<String> own = forgotten.get(shard);
        if (own != null && !own.isEmpty()) {
            List<String> now = List.copyOf(own);
            logs.of(shard).forget(now);
            now.forEach(own::remove);
        }
    }

    /** A decision has been made only once all its branches were prepared, so one that has none now has no use any more. */
    private void forgetOld(ShardId shard, Map<String, ShardId> ids) {
        if (!ids.containsValue(shard)) {
            return;
        }
        List<Decision> old = logs.of(shard).olderThan(retention);
        Map<String, Set<String>> held = new LinkedHashMap<>();
        List<String> useless = new ArrayList<>();
        for (Decision decision : old) {
            boolean ended = decision.branches().stream().allMatch(id -> {
                Set<String> transactions = held.computeIfAbsent(id, key -> transactionsOn(ids.get(key)));
                return transactions != null && !transactions.contains(decision.transaction());
            });
            if (ended) {
                useless.add(decision.transaction());
            }
        }
        if (!useless.isEmpty()) {
            logs.of(shard).forget(useless);
        }
    }

    /** Null if the shard cannot be asked. */
    private @Nullable Set<String> transactionsOn(@Nullable ShardId shard) {
        if (shard == null) {
            return null;
        }
        try {
            Set<String> transactions = new HashSet<>();
            List<InDoubtBranch> branches =
                    logs.catalog(shard).autoCommitted(connection -> PreparedBranches.on(shard, connection));
            for (InDoubtBranch branch : branches) {
                Parsed name = TransactionNames.parse(branch.name());
                if (name != null) {
                    transactions.add(name.transaction());
                }
            }
            return transactions;
        } catch (RuntimeException e) {
            return null;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
