package io.hibernateshards.internal.hot;

import io.hibernateshards.HotKey;
import io.hibernateshards.ShardId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which keys each shard is asked for most. Called for each find: all but one of {@link HotKeySettings#sample} cost a random
 * number, which Java keeps in the thread itself, and allocate nothing. The log is written by the find that meets the time for
 * it, so that there is nothing to start or to stop.
 */
public final class HotKeys {
    private static final Logger LOG = LoggerFactory.getLogger("io.hibernateshards.hot");

    /** Keys that make up less than one of so many are not told apart from rare ones. */
    private static final int COUNTERS = 512;

    private static final long HALF_LIFE = TimeUnit.MINUTES.toNanos(5);
    private static final long LOG_INTERVAL = TimeUnit.MINUTES.toNanos(10);

    /** A shard with fewer finds of late has no hot keys, whatever their share. */
    private static final int LEAST_FINDS = 10_000;

    private static final int MOST_KEYS = 20;

    private final HotKeySettings settings;
    private final UnaryOperator<String> roots;
    private final LongSupplier clock;
    private final Consumer<String> log;
    private final Map<ShardId, ShardSketch> sketches = new ConcurrentHashMap<>();
    private final AtomicLong nextLog;

    /**
     * Counts from now on.
     *
     * @param roots the name of the root of an entity's tree by its own name
     */
    public HotKeys(HotKeySettings settings, UnaryOperator<String> roots) {
        this(settings, roots, System::nanoTime, LOG::info);
    }

    HotKeys(HotKeySettings settings, UnaryOperator<String> roots, LongSupplier nanos, Consumer<String> log) {
        this.settings = settings;
        this.roots = roots;
        clock = nanos;
        this.log = log;
        nextLog = new AtomicLong(nanos.getAsLong() + LOG_INTERVAL);
    }

    /** Somebody asks these shards for an entity; without an id, only Hibernate's error will come of it. */
    public void asked(List<ShardId> shards, String entityName, @Nullable Object id) {
        int sample = settings.sample();
        if (sample != 0 && id != null && ThreadLocalRandom.current().nextInt(sample) == 0) {
            count(shards, entityName, id);
        }
    }

    private void count(List<ShardId> shards, String entityName, Object id) {
        EntityId key = new EntityId(roots.apply(entityName), id);
        long now = clock.getAsLong();
        for (ShardId shard : shards) {
            sketches.computeIfAbsent(shard, first -> new ShardSketch(new Sketch(COUNTERS, now, HALF_LIFE)))
                    .add(key, now);
        }
        long next = nextLog.get();
        if (now - next >= 0 && nextLog.compareAndSet(next, now + LOG_INTERVAL)) {
            log(now);
        }
    }

    /** The keys with the largest shares, that with the largest first. */
    public Map<ShardId, List<HotKey>> of(List<ShardId> shards) {
        long now = clock.getAsLong();
        Map<ShardId, List<HotKey>> keys = new LinkedHashMap<>();
        shards.forEach(shard -> {
            ShardSketch sketch = sketches.get(shard);
            keys.put(
                    shard,
                    sketch == null
                            ? List.of()
                            : sketch.view(now, settings.sample()).keys());
        });
        return keys;
    }

    private void log(long now) {
        if (settings.logShare() == 0) {
            return;
        }
        sketches.forEach((shard, sketch) -> {
            View view = sketch.view(now, settings.sample());
            List<String> hot = new ArrayList<>();
            for (HotKey key : view.keys()) {
                if (key.share() * 100 >= settings.logShare()) {
                    hot.add(String.format(Locale.ROOT, "%s %.1f %%", name(key), key.share() * 100));
                }
            }
            if (view.finds() >= LEAST_FINDS && !hot.isEmpty()) {
                log.accept("shard \"" + shard + "\": of about " + view.finds()
                        + " finds of the last minutes, single keys had"
                        + " these shares: " + String.join(", ", hot)
                        + (settings.logIds() ? "" : ". ShardedSessionFactory.getHotKeys() tells their ids"));
            }
        });
    }

    private String name(HotKey key) {
        return settings.logIds() ? key.entityName() + "#" + key.id() : key.entityName();
    }

    /**
     * What was seen of a shard.
     *
     * @param finds about how many there were
     */
    private record View(long finds, List<HotKey> keys) {}

    /** Of one shard. Who finds another thread at it only leaves the number of finds, so that nobody waits. */
    private static final class ShardSketch {
        private final Sketch sketch;
        private final ReentrantLock lock = new ReentrantLock();
        private final AtomicLong missed = new AtomicLong();

        ShardSketch(Sketch sketch) {
            this.sketch = sketch;
        }

        void add(EntityId key, long now) {
            if (lock.tryLock()) {
                try {
                    sketch.add(key, missed.getAndSet(0), now);
                } finally {
                    lock.unlock();
                }
            } else {
                missed.incrementAndGet();
            }
        }

        View view(long now, int sample) {
            lock.lock();
            try {
                double total = sketch.total(now);
                if (total == 0) {
                    return new View(0, List.of());
                }
                double finds = sketch.passed(now) * sample;
                List<HotKey> keys = new ArrayList<>();
                for (Sketch.Part part : sketch.top(MOST_KEYS, now)) {
                    double share = part.weight() / total;
                    long count = Math.round(share * finds);
                    if (count > 0) {
                        keys.add(new HotKey(part.key().entityName(), part.key().id(), count, share));
                    }
                }
                return new View(Math.round(finds), List.copyOf(keys));
            } finally {
                lock.unlock();
            }
        }
    }
}
