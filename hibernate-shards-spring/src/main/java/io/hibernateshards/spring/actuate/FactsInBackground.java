package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * {@link ShardFacts} of all shards, kept for some seconds and asked for only while somebody looks. Each shard has a thread
 * of its own meanwhile, so one that hangs keeps nobody from the others.
 */
final class FactsInBackground implements AutoCloseable {
    private static final AtomicInteger THREADS = new AtomicInteger();

    private final ShardedSessionFactory factory;
    private final Map<String, String> tables;
    private final long life;
    private final ExecutorService threads;
    private final Map<ShardId, Slot> slots = new LinkedHashMap<>();

    FactsInBackground(ShardedSessionFactory factory, Duration life) {
        this.factory = factory;
        this.life = life.toNanos();
        tables = MappedTables.of(factory);
        factory.getTopology().shards().forEach(shard -> slots.put(shard, new Slot(shard)));
        threads = new ThreadPoolExecutor(0, slots.size(), 30, TimeUnit.SECONDS, new SynchronousQueue<>(), Watcher::new);
    }

    /**
     * What is known of each shard. What is too old is asked for anew.
     *
     * @param patience how long to wait for shards of which nothing is known, or nothing of late
     */
    Map<ShardId, ShardFacts> known(Duration patience) {
        List<Future<?>> awaited = new ArrayList<>();
        for (Slot slot : slots.values()) {
            Future<?> running = slot.refresh();
            if (running != null && slot.age() > 3 * life) {
                awaited.add(running);
            }
        }
        long deadline = System.nanoTime() + patience.toNanos();
        for (Future<?> running : awaited) {
            try {
                running.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                // what is known will do
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        Map<ShardId, ShardFacts> known = new LinkedHashMap<>();
        slots.forEach((shard, slot) -> known.put(shard, slot.facts));
        return known;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** Asks on nobody's behalf: what it does is not measured. */
    static final class Watcher extends Thread {
        Watcher(Runnable work) {
            super(work, "shards-watch-" + THREADS.incrementAndGet());
            setDaemon(true);
        }
    }

    private final class Slot {
        private final ShardId shard;
        private final AtomicReference<@Nullable Future<?>> running = new AtomicReference<>();
        private volatile ShardFacts facts = ShardFacts.NONE;
        private volatile long asked;
        private volatile boolean everAsked;

        Slot(ShardId shard) {
            this.shard = shard;
        }

        /** Nanoseconds since the last answer, be it that there is none. */
        long age() {
            return everAsked ? System.nanoTime() - asked : Long.MAX_VALUE;
        }

        /** The work that is under way, if any. */
        @Nullable
        Future<?> refresh() {
            Future<?> now = running.get();
            if (now != null || age() < life) {
                return now;
            }
            FutureTask<@Nullable Void> task = new FutureTask<>(this::ask, null);
            if (!running.compareAndSet(null, task)) {
                return running.get();
            }
            try {
                threads.execute(task);
                return task;
            } catch (RejectedExecutionException e) { // closed
                running.set(null);
                return null;
            }
        }

        private void ask() {
            try {
                facts = ShardFacts.ask(factory, shard, tables);
            } catch (RuntimeException e) {
                facts = facts.failed(
                        String.valueOf(e.getMessage()).lines().findFirst().orElse("no answer"));
            } finally {
                asked = System.nanoTime();
                everAsked = true;
                running.set(null);
            }
        }
    }
}
