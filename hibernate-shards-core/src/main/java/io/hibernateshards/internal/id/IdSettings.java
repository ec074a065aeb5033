package io.hibernateshards.internal.id;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * How ids are made.
 *
 * @param worker a worker number that no other JVM has, 0 to 31; empty to lease one
 * @param lease how long a leased worker number stays reserved for a JVM that is not heard of
 * @param clockWait how long to wait for a clock that stepped back before ids are refused
 */
public record IdSettings(OptionalInt worker, Duration lease, Duration clockWait) {
    public static final int WORKERS = 32;
    public static final IdSettings DEFAULT =
            new IdSettings(OptionalInt.empty(), Duration.ofSeconds(60), Duration.ofMillis(100));

    public IdSettings {
        if (worker.isPresent() && (worker.getAsInt() < 0 || worker.getAsInt() >= WORKERS)) {
            throw new IllegalArgumentException("worker " + worker.getAsInt() + ": they run from 0 to " + (WORKERS - 1));
        }
        if (lease.toMillis() < 300) {
            throw new IllegalArgumentException("worker lease of " + lease.toMillis() + " ms: at least 300 ms");
        }
        if (clockWait.isNegative()) {
            throw new IllegalArgumentException("clock wait of " + clockWait.toMillis() + " ms: 0 or more");
        }
    }
}
