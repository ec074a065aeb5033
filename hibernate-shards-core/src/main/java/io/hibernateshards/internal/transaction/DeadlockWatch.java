package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.CancelRequests;
import io.hibernateshards.internal.transaction.WaitGraph.Step;
import io.hibernateshards.internal.transaction.Watched.Leg;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.exception.LockAcquisitionException;
import org.hibernate.exception.spi.SQLExceptionConverter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the waits that no server sees the end of: two transactions of which each holds what the other waits for, on different
 * shards. Only a transaction that has locked rows of several shards can be among those that close such a circle, so these
 * alone are known here, from the second shard on, and nobody sends a statement for it. Once one of them is a second old, the
 * servers are asked who waits for whom. If that is a circle, and still the same when they are asked again, all its waits went
 * on at the same time: nothing but an error ends it, and the youngest gets it.
 *
 * <p>Of a circle with transactions of other JVMs only a part is seen here. So a watched transaction waits no longer for a
 * lock than it may.
 */
public final class DeadlockWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadlockWatch.class);
    private static final String CANCELED = "57014";
    private static final String DEADLOCK = "40P01";

    /** As PostgreSQL's deadlock_timeout. */
    private static final long PATIENCE_MILLIS = 1000;

    private record Victim(Watched watched, String why) {}

    private final DecisionLogs logs;
    private final CancelRequests requests;
    private final long lockTimeout;
    private final AtomicLong count = new AtomicLong();
    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final Map<Thread, Victim> victims = new ConcurrentHashMap<>();
    private volatile boolean started;
    private boolean closed;
    private @Nullable ScheduledExecutorService thread;

    /**
     * Starts nothing yet.
     *
     * @param logs whose catalogs are asked
     * @param requests through which statements are cancelled
     * @param lockTimeout how long a transaction that has locked rows of several shards waits for a lock; 0 for ever
     */
    DeadlockWatch(DecisionLogs logs, CancelRequests requests, Duration lockTimeout) {
        this.requests = requests;
        this.logs = logs;
        this.lockTimeout = lockTimeout.toMillis();
    }

    /** A second shard joins this one. */
    Watched begin(ShardId first, Leg leg) {
        Watched one = new Watched(count.incrementAndGet(), first, leg);
        watched.add(one);
        if (!started) {
            start();
        }
        return one;
    }

    void end(Watched one) {
        watched.remove(one);
        if (!victims.isEmpty()) {
            victims.values().removeIf(victim -> victim.watched() == one);
        }
    }

    private synchronized void start() {
        if (started || closed) {
            return;
        }
        ScheduledExecutorService own = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread daemon = new Thread(task, "hibernate-shards-deadlocks");
            daemon.setDaemon(true);
            return daemon;
        });
        long period = lockTimeout == 0 ? PATIENCE_MILLIS : Math.max(50, Math.min(PATIENCE_MILLIS, lockTimeout / 2));
        var unused = own.scheduleWithFixedDelay(this::lookLogged, period, period, TimeUnit.MILLISECONDS);
        thread = own;
        started = true;
    }

    private void lookLogged() {
        try {
            look();
        } catch (RuntimeException | Error e) {
            LOG.warn("who waits for whom could not be found out, and will be tried again: {}", e.getMessage(), e);
        }
    }

    private void look() {
        long patience = lockTimeout == 0 ? PATIENCE_MILLIS : Math.min(PATIENCE_MILLIS, lockTimeout);
        List<Watched> old = watched.stream()
                .filter(one -> one.age() >= TimeUnit.MILLISECONDS.toNanos(patience))
                .toList();
        if (old.isEmpty()) {
            return;
        }
        List<LockWait> waits = waits(old);
        List<Step> cycle = new WaitGraph(watched, waits).cycle();
        if (!cycle.isEmpty() && isSame(cycle, new WaitGraph(watched, waits(old)).cycle())) {
            endCycle(cycle);
        } else if (lockTimeout > 0) {
            waits.stream().filter(wait -> wait.millis() >= lockTimeout).forEach(this::endLongWait);
        }
    }

    private List<LockWait> waits(Collection<Watched> old) {
        Map<ShardId, List<Integer>> processes = new LinkedHashMap<>();
        old.forEach(one -> one.legs().forEach((shard, leg) -> processes
                .computeIfAbsent(shard, key -> new ArrayList<>())
                .add(leg.process())));
        List<LockWait> waits = new ArrayList<>();
        processes.forEach((shard, own) -> {
            try {
                waits.addAll(logs.catalog(shard).autoCommitted(connection -> LockWait.on(shard, connection, own)));
            } catch (ShardingException e) {
                LOG.debug("shard \"{}\" does not tell who waits: {}", shard, e.getMessage());
            }
        });
        return waits;
    }

    private static boolean isSame(List<Step> cycle, List<Step> again) {
        return cycle.size() == again.size()
                && cycle.stream().allMatch(step -> again.stream().anyMatch(step::isSame));
    }

    private void endCycle(List<Step> cycle) {
        Step youngest = cycle.stream()
                .filter(step -> step.waiting() != null)
                .max(Comparator.comparingLong(step -> number(step.waiting())))
                .orElseThrow();
        StringBuilder why =
                new StringBuilder("transactions waited for each other on several shards, and this one is the"
                        + " youngest of them; roll it back, and repeat it if you like:");
        int at = cycle.indexOf(youngest);
        for (int i = 0; i < cycle.size(); i++) {
            Step step = cycle.get((at + i) % cycle.size());
            LockWait wait = step.lockWait();
            why.append("\n  ")
                    .append(i == 0 ? "this transaction" : "a transaction")
                    .append(
                            step.waiting() == null
                                    ? " of one shard"
                                    : ", which has locked rows on shards " + step.waiting() + ",")
                    .append(" waits on shard \"")
                    .append(wait.shard())
                    .append("\": its process ")
                    .append(wait.process())
                    .append(" for process ")
                    .append(step.blocker());
        }
        cancel(youngest.lockWait(), youngest.waiting(), connection -> why.toString());
    }

    private static long number(@Nullable Watched one) {
        return one == null ? -1 : one.number();
    }

    private void endLongWait(LockWait wait) {
        Watched waiting = new WaitGraph(watched, List.of()).owner(wait.shard(), wait.process());
        cancel(
                wait,
                waiting,
                connection -> "this transaction has locked rows on shards " + waiting + ", and waited "
                        + wait.millis() + " ms on shard \"" + wait.shard() + "\" for "
                        + wait.describeBlockers(connection) + ". Perhaps that one waits for this one on another shard:"
                        + " roll this one back, and repeat it if you like. "
                        + ShardSettings.TRANSACTION_LOCK_TIMEOUT + " = " + lockTimeout + " bounds such waits");
    }

    @FunctionalInterface
    private interface Explanation {
        String by(Connection connection) throws SQLException;
    }

    private void cancel(LockWait wait, @Nullable Watched waiting, Explanation why) {
        Leg leg = waiting == null ? null : waiting.leg(wait.shard());
        if (waiting == null || leg == null) {
            return;
        }
        logs.catalog(wait.shard()).autoCommitted(connection -> {
            Victim victim = new Victim(waiting, why.by(connection));
            victims.put(leg.thread(), victim);
            AtomicBoolean cancelled = new AtomicBoolean();
            if (watched.contains(waiting)) { // its connection could be another's as soon as it is given back
                requests.deliver(leg.connection(), server -> cancelled.set(wait.cancel(connection)));
            }
            if (!cancelled.get()) {
                victims.remove(leg.thread(), victim);
            }
            return true;
        });
    }

    /** Makes of a statement that was ended here what a deadlock on one server is. */
    public SQLExceptionConverter converting(SQLExceptionConverter others) {
        return (failure, message, sql) -> {
            Victim victim = CANCELED.equals(failure.getSQLState()) ? victims.remove(Thread.currentThread()) : null;
            if (victim == null) {
                return others.convert(failure, message, sql);
            }
            ShardingException why = new ShardingException(ShardErrorCode.CROSS_SHARD_DEADLOCK, victim.why(), failure);
            return new LockAcquisitionException(message, new SQLException(why.getMessage(), DEADLOCK, why), sql);
        };
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (thread != null) {
            thread.shutdownNow();
        }
    }
}
