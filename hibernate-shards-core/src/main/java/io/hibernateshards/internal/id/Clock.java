package io.hibernateshards.internal.id;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The machine's clocks, so that tests can turn them. */
public interface Clock {
    Clock SYSTEM = new Clock() {
        @Override
        public long millis() {
            return System.currentTimeMillis();
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void pause(long millis) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        }
    };

    /** Wall-clock time since 1970, which may step back. */
    long millis();

    /** Time since any point, which never steps. */
    long nanos();

    /** Waits about that long, perhaps less. */
    void pause(long millis);
}
