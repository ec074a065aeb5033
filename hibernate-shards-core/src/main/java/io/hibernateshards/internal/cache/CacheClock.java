package io.hibernateshards.internal.cache;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The times of what is cached and changed: milliseconds with room for 4096 times in each, as Hibernate's, but of the clock that
 * nobody sets. So a time of {@link System#nanoTime} can be compared with them, whatever becomes of the wall clock.
 */
public final class CacheClock {
    /** One millisecond. */
    public static final long ONE_MS = 1 << 12;

    private static final long ORIGIN_MILLIS = System.currentTimeMillis();
    private static final long ORIGIN_NANOS = System.nanoTime();
    private static final AtomicLong LAST = new AtomicLong();

    private CacheClock() {}

    /** The time now, later than all that were returned before. */
    static long next() {
        long now = at(System.nanoTime());
        return LAST.updateAndGet(last -> Math.max(now, last + 1));
    }

    /** The time at the beginning of the millisecond of a {@link System#nanoTime}. */
    public static long at(long nanoTime) {
        return (ORIGIN_MILLIS + Math.floorDiv(nanoTime - ORIGIN_NANOS, TimeUnit.MILLISECONDS.toNanos(1))) * ONE_MS;
    }
}
