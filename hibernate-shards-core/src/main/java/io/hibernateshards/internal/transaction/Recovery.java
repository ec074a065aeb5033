package io.hibernateshards.internal.transaction;

import io.hibernateshards.InDoubtBranch;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.transaction.DecisionLog.Outcome;
import io.hibernateshards.internal.transaction.LogHolders.Verdict;
import io.hibernateshards.internal.transaction.PreparedBranches.Found;
import io.hibernateshards.internal.transaction.TransactionNames.Parsed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * branch is gone already is no error. Removes decisions whose {@linkplain DecisionRetention time} is over.
 *
 * <p>The branches of a transaction are committed in the order of their numbers, as the commit itself would have, and none
 * before those with lower numbers are: what it has locked may protect what they wrote.
 */
public final class Recovery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** How often decisions that are too old are looked for. */
    private static final long SWEEP = TimeUnit.HOURS.toNanos(1);

    /** How long a deciding branch that lives is waited for. */
    private static final int WAIT_MILLIS = 200;

    /** The number of the first branch that is prepared: 1 is the one that decides. */
    private static final int FIRST_PREPARED = 2;

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
        int ended = new Run(patience, holders).end();
        if (sweep || System.nanoTime() - swept > SWEEP) {
            swept = System.nanoTime();
            forget(holders);
        }
        return ended;
    }

    /** One branch that is prepared. */
    private record Left(Found found, Parsed name) {
        InDoubtBranch branch() {
            return found.branch();
        }

        ShardId shard() {
            return branch().shard();
        }
    }

    /**
     * The branches that are prepared.
     *
     * @param shards that could be asked
     * @param transactions the branches of each, by its name
     */
    private record Look(Set<ShardId> shards, Map<String, List<Left>> transactions) {}

    /** One run. */
    private final class Run {
        private final Duration patience;
        private final LogHolders holders;
        private int ended;

        Run(Duration patience, LogHolders holders) {
            this.patience = patience;
            this.holders = holders;
        }

        int end() {
            Map<String, Verdict> committed = new LinkedHashMap<>();
            look(true).transactions().forEach((transaction, branches) -> {
                List<Left> due = branches.stream().filter(this::isDue).toList();
                if (!due.isEmpty()) {
                    Verdict verdict = verdict(branches);
                    switch (verdict.outcome()) {
                        case COMMITTED -> committed.put(transaction, verdict);
                        case ABORTED -> due.forEach(branch -> end(branch, false));
                        case OPEN, FORGOTTEN -> due.forEach(branch -> inDoubt(branch.branch(), verdict.why()));
                    }
                }
            });
            if (!committed.isEmpty()) {
                Look now = look(false); // nothing is prepared after the decision: a branch that is not there has ended
                committed.forEach((transaction, verdict) -> commit(transaction, verdict, now));
            }
            return ended;
        }

        private boolean isDue(Left left) {
            return left.branch().age().compareTo(patience) >= 0;
        }

        private Look look(boolean first) {
            Set<ShardId> shards = new HashSet<>();
            Map<String, List<Left>> transactions = new LinkedHashMap<>();
            for (ShardId shard : logs.shards()) {
                try {
                    for (Found found : prepared(shard)) {
                        Parsed name = TransactionNames.parse(found.branch().name());
                        if (name != null) {
                            add(
                                    transactions.computeIfAbsent(name.transaction(), key -> new ArrayList<>()),
                                    new Left(found, name));
                        } else if (first && found.branch().age().compareTo(patience) >= 0) {
                            inDoubt(found.branch(), "its name is not one of this library's");
                        }
                    }
                    shards.add(shard);
                } catch (RuntimeException e) {
                    if (first) {
                        LOG.warn("shard \"{}\" was not looked after: {}", shard, e.getMessage());
                    }
                }
            }
            return new Look(shards, transactions);
        }

        /** Shards that are schemas of one database show the same branches; those of a copied database are others. */
        private void add(List<Left> branches, Left left) {
            for (int i = 0; i < branches.size(); i++) {
                Left other = branches.get(i);
                if (other.branch().name().equals(left.branch().name())
                        && other.found().number().equals(left.found().number())
                        && logs.of(other.shard()).isSameAs(logs.of(left.shard()))) {
                    if (left.name().isOf(left.shard())) {
                        branches.set(i, left);
                    }
                    return;
                }
            }
            branches.add(left);
        }

        private Verdict verdict(List<Left> branches) {
            Parsed name = branches.get(0).name();
            Duration age = branches.stream()
                    .map(left -> left.branch().age())
                    .max(Comparator.naturalOrder())
                    .orElse(Duration.ZERO);
            try {
                return holders.outcome(name.transaction(), name.log(), age, WAIT_MILLIS);
            } catch (RuntimeException e) {
                return new Verdict(Outcome.OPEN, String.valueOf(e.getMessage()));
            }
        }

        /** Commits what is left of a decided transaction, in order, up to the first branch that cannot be committed. */
        private void commit(String transaction, Verdict verdict, Look now) {
            List<Left> branches = new ArrayList<>(now.transactions().getOrDefault(transaction, List.of()));
            branches.sort(Comparator.comparingInt(left -> left.name().number()));
            List<String> all = branches.isEmpty() ? List.of() : branches(transaction, verdict);
            String waitsFor = null;
            int number = FIRST_PREPARED;
            for (Left left : branches) {
                for (; waitsFor == null && number < left.name().number(); number++) {
                    waitsFor = unseen(number, all, now);
                }
                number = left.name().number() + 1;
                if (waitsFor != null) {
                    inDoubt(
                            left.branch(),
                            "it is committed, and waits for " + waitsFor + ", as it may hold locks that"
                                    + " protect what was written there");
                } else if (!isDue(left)) {
                    return; // somebody is just committing
                } else if (!end(left, true)) {
                    waitsFor = "branch " + left.branch().name() + " on shard \"" + left.shard() + "\"";
                }
            }
        }

        private List<String> branches(String transaction, Verdict verdict) {
            ShardId shard = verdict.decidedOn();
            try {
                return shard == null ? List.of() : logs.of(shard).branches(transaction);
            } catch (RuntimeException e) {
                LOG.debug("shard \"{}\": which branches {} has is not known", shard, transaction, e);
                return List.of();
            }
        }

        /** A branch that is not known to have ended, for people; null if it has. */
        private @Nullable String unseen(int number, List<String> all, Look now) {
            int place = number - FIRST_PREPARED;
            if (place >= all.size()) {
                return "its branch " + number + ", of which nothing is known";
            }
            return holders.covers(now.shards(), all.get(place))
                    ? null
                    : "its branch " + number + " on the shard of decision log " + all.get(place)
                            + ", which cannot be reached, or belongs to another application";
        }

        /** Returns false if it is still there, as far as is known. */
        private boolean end(Left left, boolean commits) {
            InDoubtBranch branch = left.branch();
            try {
                logs.catalog(branch.shard()).autoCommitted(connection -> {
                    endOn(connection, left, commits);
                    return true;
                });
                ended++;
                return true;
            } catch (RuntimeException e) {
                if (e instanceof ShardingException known && known.code() == ShardErrorCode.BRANCH_LOST) {
                    LOG.error("shard \"{}\": {}", branch.shard(), e.getMessage());
                    return true;
                }
                inDoubt(branch, String.valueOf(e.getMessage()));
                return false;
            }
        }

        private void inDoubt(InDoubtBranch branch, String why) {
            LOG.warn(
                    "in doubt: {} on shard \"{}\", prepared {} ago: {}",
                    branch.name(),
                    branch.shard(),
                    branch.age(),
                    why);
        }
    }

    private void endOn(Connection connection, Left left, boolean commits) throws SQLException {
        InDoubtBranch branch = left.branch();
        String transaction = left.name().transaction();
        TwoPhase.observer.made(Step.LEARNED, transaction, branch.shard());
        logs.catalog(branch.shard()).checkPrimary(connection);
        if (commits) {
            riders.commitLost(
                    connection, branch.shard(), branch.name(), left.found().number());
        } else {
            Prepared.rollback(connection, branch.name(), left.found().number());
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
        TwoPhase.observer.made(Step.RECOVERED, transaction, branch.shard());
    }

    /** All prepared branches that can be seen now, the oldest of each shard first. */
    public List<InDoubtBranch> inDoubt() {
        Map<String, InDoubtBranch> found = new LinkedHashMap<>(); // shards may be schemas of one database
        for (ShardId shard : logs.shards()) {
            List<Found> here;
            try {
                here = prepared(shard);
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

    private List<Found> prepared(ShardId shard) {
        return logs.catalog(shard).autoCommitted(connection -> PreparedBranches.on(shard, connection));
    }

    /** Decisions whose time is over; kept as long as a branch that is prepared needs them, or a shard cannot tell. */
    private void forget(LogHolders holders) {
        Set<String> needed = new HashSet<>();
        Set<String> seen = new HashSet<>(holders.ids());
        for (ShardId shard : logs.shards()) {
            try {
                for (Found found : prepared(shard)) {
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
