package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.cache.ChangeListener;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.CommitRiders;
import io.hibernateshards.spi.InvalidationBus;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.spi.TransactionCompletionCallbacks.AfterCompletionCallback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the second-level caches of several JVMs coherent. What a transaction changes is collected for each of its branches,
 * and goes out with the branch's commit, as a part of it if the bus can do that. What arrives from others is done to the cache
 * of this JVM.
 *
 * <p>Where a change cannot be told in time it is told late, and all the more: a branch that recovery has committed for a JVM
 * that is gone, or a message that could not be published, becomes one that empties all caches.
 */
public final class Invalidations
        implements ChangeListener, CommitRiders.Statements, InvalidationBus.Receiver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Invalidations.class);

    private static final long RETRY_MILLIS = 1000;

    /** For all shards together. */
    private static final long FAREWELL_MILLIS = 500;

    private static final class Shard {
        final Fence fence;
        volatile boolean listening;

        Shard(Fence fence) {
            this.fence = fence;
        }
    }

    private final InvalidationBus bus;
    private final LocalCache cache;
    private final Map<ShardId, JdbcCatalog> catalogs;
    private final CommitRiders riders;
    private final Map<ShardId, Shard> shards = new LinkedHashMap<>();
    private final SecureRandom random = new SecureRandom();

    /** The sender of markers. */
    private final String markers = name();

    /**
     * The sender of changes, which this JVM has made in its own cache already. It is another one after a commit of which
     * nobody knows how it ends: what arrives of it, and of those that were under way, is done here, too.
     */
    private volatile String own = name();

    /** Of transactions that have not ended; weak, as a session that is thrown away never says so. */
    private final Map<SharedSessionContractImplementor, Changes> pending =
            Collections.synchronizedMap(new WeakHashMap<>());

    private final Set<ShardId> owed = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor threads;

    /**
     * Receives nothing yet.
     *
     * @param catalogs to ask the shards for the positions of their logs
     * @param riders how to ask
     */
    public Invalidations(
            InvalidationBus bus, LocalCache cache, Map<ShardId, JdbcCatalog> catalogs, CommitRiders riders) {
        this.riders = riders;
        this.bus = bus;
        this.cache = cache;
        this.catalogs = catalogs;
        threads = new ScheduledThreadPoolExecutor(Math.min(8, catalogs.size()), task -> {
            Thread daemon = new Thread(task, "hibernate-shards-invalidations");
            daemon.setDaemon(true);
            return daemon;
        });
        threads.setKeepAliveTime(30, TimeUnit.SECONDS);
        threads.allowCoreThreadTimeOut(true);
        catalogs.keySet().forEach(shard -> shards.put(shard, new Shard(new Fence(() -> sendMarkerSoon(shard)))));
    }

    private String name() {
        return Long.toString(random.nextLong() & Long.MAX_VALUE, 36);
    }

    /** Begins to receive, in the background. */
    public void start(Map<String, Object> settings) {
        bus.start(List.copyOf(shards.keySet()), settings, this);
    }

    // ---- what readers ask

    /** Whether the cache may be read: what others change on the shard arrives. */
    public boolean isListening(ShardId shard) {
        return shard(shard).listening;
    }

    /**
     * Whether all that was committed on a shard before a position of its write-ahead log has been done to the cache. If not, a
     * marker is sent, and it soon will.
     *
     * @param position of this cluster
     */
    public boolean covers(ShardId shard, Position position) {
        Shard asked = shard(shard);
        return asked.listening && asked.fence.covers(position);
    }

    /** As {@link #covers}, but before a {@link System#nanoTime} of this JVM, at which anybody knew that it was committed. */
    public boolean coversTime(ShardId shard, long nanoTime) {
        Shard asked = shard(shard);
        return asked.listening && asked.fence.coversTime(nanoTime);
    }

    private Shard shard(ShardId shard) {
        Shard known = shards.get(shard);
        if (known == null) {
            throw new IllegalArgumentException("there is no shard \"" + shard + "\"");
        }
        return known;
    }

    private void sendMarkerSoon(ShardId shard) {
        try {
            threads.execute(() -> sendMarker(shard));
        } catch (RejectedExecutionException closed) {
            LOG.trace("shard \"{}\": closed", shard);
        }
    }

    private void sendMarker(ShardId shard) {
        Fence fence = shard(shard).fence;
        long marker = fence.next();
        try {
            long time = System.nanoTime();
            JdbcCatalog catalog = Objects.requireNonNull(catalogs.get(shard));
            Position position = catalog.autoCommitted(connection -> riders.position(shard, connection));
            if (fence.sent(marker, position, time)) {
                bus.publish(shard, List.of(Message.marker(markers, marker)));
            }
        } catch (Exception e) {
            fence.failed(marker);
            LOG.debug("shard \"{}\": no marker was sent", shard, e);
        }
    }

    // ---- what this JVM changes

    @Override
    public void changed(SharedSessionContractImplementor session, String region, Object key) {
        change(session, changes -> changes.key(region, key));
    }

    @Override
    public void allChanged(SharedSessionContractImplementor session, String region) {
        change(session, changes -> changes.region(region));
    }

    @Override
    public void spacesChanged(SharedSessionContractImplementor session, String[] tables) {
        change(session, changes -> changes.tables(tables));
    }

    private void change(SharedSessionContractImplementor session, Consumer<Changes> change) {
        if (!(session.getTenantIdentifierValue() instanceof ShardId shard)) {
            return; // of no shard: nobody caches for it
        }
        if (!session.isTransactionInProgress()) {
            Changes alone = new Changes(shard);
            change.accept(alone);
            publish(alone);
            return;
        }
        Changes changes = pending.get(session);
        if (changes == null) {
            changes = new Changes(shard);
            pending.put(session, changes);
            if (!ridesAlong(session)) {
                changes.late();
            }
            session.getTransactionCompletionCallbacks()
                    .registerCallback((AfterCompletionCallback) (committed, ended) -> completed(ended));
        }
        change.accept(changes);
    }

    /** Whether the commit asks for a statement: not those of a transaction manager, nor of sessions that are not ours. */
    private static boolean ridesAlong(SharedSessionContractImplementor session) {
        Branch<?> branch = Branch.of(session);
        return branch != null && !branch.transaction().isGlobal();
    }

    @Override
    public @Nullable String of(Branch<?> branch) {
        Changes changes = pending.get(branch.session());
        if (changes == null) {
            return null;
        }
        String statement = bus.statement(changes.shard(), messages(changes));
        if (statement == null) {
            changes.late();
        } else {
            pending.remove(branch.session());
        }
        return statement;
    }

    private List<String> messages(Changes changes) {
        return changes.messages(own, bus.longestMessage());
    }

    /** Late changes are told however the transaction ended: who says that it failed may not know. */
    private void completed(SharedSessionContractImplementor session) {
        Changes changes = pending.remove(session);
        if (changes != null && changes.isLate()) {
            publish(changes);
        }
    }

    private void publish(Changes changes) {
        publish(changes.shard(), messages(changes));
    }

    private void publish(ShardId shard, List<String> messages) {
        try {
            bus.publish(shard, messages);
        } catch (Exception e) {
            LOG.warn(
                    "shard \"{}\": other JVMs could not be told what has changed there: {}. Their caches will be emptied as"
                            + " soon as they can",
                    shard,
                    e.getMessage());
            owe(shard, RETRY_MILLIS);
        }
    }

    /** Whatever it was that they were not told: they will be told that it may be anything. */
    private void owe(ShardId shard, long inMillis) {
        if (!owed.add(shard)) {
            return;
        }
        try {
            var unused = threads.schedule(() -> pay(shard), inMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            LOG.warn("shard \"{}\": closed before other JVMs were told what has changed there", shard);
        }
    }

    private void pay(ShardId shard) {
        owed.remove(shard); // what fails from now on owes again
        try {
            bus.publish(shard, List.of(Message.all(own)));
        } catch (Exception e) {
            LOG.debug("shard \"{}\": tried in vain to empty other JVMs' caches", shard, e);
            owe(shard, RETRY_MILLIS);
        }
    }

    // ---- what nobody knows of

    @Override
    public @Nullable String ofLost(ShardId shard) {
        return bus.statement(shard, List.of(Message.all(own)));
    }

    @Override
    public void lost(ShardId shard, boolean told) {
        own = name();
        cache.clear();
        if (!told) {
            owe(shard, 0);
        }
    }

    // ---- the end

    /** Not of shards that others were not told all of; and nobody waits for a server that does not answer. */
    private void farewell() {
        List<Future<?>> farewells = shards.keySet().stream()
                .filter(shard -> !owed.contains(shard))
                .<Future<?>>map(shard -> threads.submit(() -> {
                    bus.farewell(shard);
                    return shard;
                }))
                .toList();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FAREWELL_MILLIS);
        for (Future<?> farewell : farewells) {
            try {
                farewell.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (ExecutionException | TimeoutException e) {
                LOG.debug("a farewell was not published", e);
            }
        }
    }

    // ---- what others change

    @Override
    public void received(ShardId shard, String message) {
        try {
            Message.apply(message, shard, own, markers, cache, marker -> shard(shard)
                    .fence
                    .arrived(marker));
        } catch (RuntimeException e) {
            LOG.debug("shard \"{}\": not understood, so all caches are emptied: {}", shard, message, e);
            cache.clear();
        }
    }

    @Override
    public void lost(ShardId shard) {
        Shard unheard = shard(shard);
        unheard.listening = false;
        unheard.fence.forget();
    }

    /** What was cached since it was lost goes, too. */
    @Override
    public void regained(ShardId shard) {
        cache.clear();
        shard(shard).listening = true;
    }

    @Override
    public void close() {
        shards.values().forEach(shard -> shard.listening = false);
        farewell();
        threads.shutdownNow();
        bus.close();
    }
}
