package io.hibernateshards.internal.cache;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One session's load of one key from its database, from its miss until it has put what it found, or found nothing. */
final class Load {
    private final Loads loads;
    private final Object key;
    private final Object id;
    private final boolean connected;
    private final long end;
    private final Thread thread = Thread.currentThread();
    private final CountDownLatch over = new CountDownLatch(1);

    /**
     * @param id of the entity, or of the collection's owner
     * @param connected whether the session has its connection already
     * @param end by {@link System#nanoTime()}; from then on nobody waits
     */
    Load(Loads loads, Object key, Object id, boolean connected, long end) {
        this.loads = loads;
        this.key = key;
        this.id = id;
        this.connected = connected;
        this.end = end;
    }

    Object id() {
        return id;
    }

    boolean isOf(Loads wanted, Object wantedKey) {
        return loads == wanted && key.equals(wantedKey);
    }

    boolean isOver(long now) {
        return over.getCount() == 0 || end - now <= 0;
    }

    boolean isConnected() {
        return connected;
    }

    /** The same thread may have opened a session within another's load. */
    boolean isByThisThread() {
        return thread == Thread.currentThread();
    }

    /** Whether it has ended in time. */
    boolean await() {
        try {
            return over.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void ends() {
        loads.remove(key, this);
        over.countDown();
    }
}
