package io.hibernateshards.internal.id;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.spi.Catalog;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This JVM's worker number. A lease ends by the database's clock; this JVM believes in it for a tenth less, counted by its
 * monotonic clock from before the database was asked.
 *
 * <p>That alone would not do: a thread may pause between the check and the use, and the wall clocks of two JVMs differ. So
 * the lease also reserves time: no id is made later than its ceiling, and the next holder of the number makes none at or
 * before it.
 */
final class WorkerLease implements WorkerNumber {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerLease.class);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LeaseTable table;
    private final Clock clock;
    private final long millis;
    private final long ahead;
    private final String owner = "pid " + ProcessHandle.current().pid() + " " + UUID.randomUUID();

    private volatile @Nullable Grant grant;
    private @Nullable ScheduledExecutorService renewer;
    private @Nullable ShardingException failure;
    private long failedAt;
    private boolean closed;

    /**
     * Leases lazily.
     *
     * @param ahead how many milliseconds ids may be ahead of the clock
     */
    WorkerLease(Catalog catalog, IdSettings settings, long ahead, Clock clock) {
        table = new LeaseTable(catalog);
        this.clock = clock;
        this.ahead = ahead;
        millis = settings.lease().toMillis();
    }

    @Override
    public Grant current() {
        Grant known = grant;
        return known != null && clock.nanos() - known.validUntil() < 0 ? known : obtain();
    }

    @Override
    public synchronized Grant beyond(Grant tooShort) {
        return tooShort.equals(grant) ? extend(tooShort) : current();
    }

    /** Called by the daemon thread. */
    synchronized void renew() {
        Grant known = grant;
        if (known != null && !closed) {
            extend(known);
        }
    }

    private synchronized Grant obtain() {
        Grant known = grant;
        if (known != null && clock.nanos() - known.validUntil() < 0) {
            return known;
        }
        if (closed) {
            throw new ShardingException(ShardErrorCode.ID_GENERATION, "the session factory is closed");
        }
        if (failure != null && clock.nanos() - failedAt < RETRY_NANOS) {
            throw failure;
        }
        try {
            return known == null ? take() : extend(known);
        } catch (ShardingException e) {
            failedAt = clock.nanos();
            failure = new ShardingException(
                    ShardErrorCode.ID_GENERATION,
                    (known == null
                                    ? "no worker number could be leased"
                                    : "the lease of worker number " + known.worker() + " ran out and was not renewed")
                            + " in the catalog schema; no id is made until it is, lest two JVMs make the same: "
                            + e.getMessage(),
                    e);
            throw failure;
        }
    }

    private Grant take() {
        long asked = clock.nanos();
        long now = clock.millis();
        Grant taken = table.take(owner, now, now + millis + ahead, millis, validUntil(asked));
        return inForce(taken);
    }

    /** Renews, even a lease that has run out if nobody else has taken its number; takes another number if so. */
    private Grant extend(Grant known) {
        long asked = clock.nanos();
        long ceiling = Math.max(known.ceiling(), clock.millis() + millis + ahead);
        if (table.renew(known.worker(), owner, ceiling, millis)) {
            return inForce(new Grant(known.worker(), known.floor(), ceiling, validUntil(asked)));
        }
        LOG.warn("Worker number {} was leased to another JVM after this one's lease ran out", known.worker());
        grant = null;
        return take();
    }

    private long validUntil(long asked) {
        return asked + TimeUnit.MILLISECONDS.toNanos(millis - millis / 10);
    }

    private Grant inForce(Grant next) {
        failure = null;
        grant = next;
        if (renewer == null) {
            renewer = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "hibernate-shards-worker-lease");
                thread.setDaemon(true);
                return thread;
            });
            var unused =
                    renewer.scheduleWithFixedDelay(this::renewQuietly, millis / 3, millis / 3, TimeUnit.MILLISECONDS);
        }
        return next;
    }

    private void renewQuietly() {
        try {
            renew();
        } catch (RuntimeException e) {
            LOG.warn("Worker lease not renewed, will try again: {}", e.getMessage());
        }
    }

    @Override
    public synchronized void close(long highest) {
        closed = true;
        if (renewer != null) {
            renewer.shutdownNow();
        }
        Grant known = grant;
        grant = null;
        if (known != null) {
            try {
                table.release(known.worker(), owner, Math.min(known.ceiling(), Math.max(known.floor(), highest)));
            } catch (RuntimeException e) {
                LOG.debug("Worker number {} not given back; its lease will run out", known.worker(), e);
            }
        }
    }
}
