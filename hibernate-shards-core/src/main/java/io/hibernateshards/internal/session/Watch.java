package io.hibernateshards.internal.session;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks after operations on several shards while their callers wait, every few milliseconds: a caller that reads from a
 * server notices neither a deadline nor an interrupt, and a statement that is cancelled just before it starts has to be
 * cancelled again.
 */
final class Watch implements AutoCloseable {
    static final int PERIOD_MILLIS = 20;

    /** What is looked after. */
    interface Watched {
        /** Called while it is watched, never by two threads at a time. Must not wait: all others are looked after by the same thread. */
        void look();
    }

    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean started = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor looking = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "hibernate-shards-watch");
        thread.setDaemon(true);
        return thread;
    });

    void add(Watched operation) {
        if (!started.get() && !started.getAndSet(true)) {
            try {
                var unused = looking.scheduleWithFixedDelay(
                        () -> watched.forEach(Watched::look), PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closed) {
                return; // as its connections will be, too
            }
        }
        watched.add(operation);
    }

    void remove(Watched operation) {
        watched.remove(operation);
    }

    @Override
    public void close() {
        looking.shutdownNow();
    }
}
