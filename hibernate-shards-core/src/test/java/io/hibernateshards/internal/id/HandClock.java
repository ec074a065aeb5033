package io.hibernateshards.internal.id;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that a test turns. */
final class HandClock implements Clock {
    private final AtomicLong millis = new AtomicLong(System.currentTimeMillis());
    private final AtomicLong nanos = new AtomicLong();

    /** Time passes. */
    void pass(long elapsed) {
        millis.addAndGet(elapsed);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(elapsed));
    }

    /** Somebody sets the wall clock. */
    void step(long by) {
        millis.addAndGet(by);
    }

    @Override
    public long millis() {
        return millis.get();
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    @Override
    public void pause(long elapsed) {
        pass(elapsed);
    }
}
