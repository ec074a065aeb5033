package io.hibernateshards.internal.id;

import io.hibernateshards.internal.topology.IdBits;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * UUIDs of version 7. They need no worker number: besides time and counter they have 49 random bits. The counter orders
 * the ids of one JVM also while its clock stands or steps back.
 */
final class UuidIds {
    private static final int COUNTER_BITS = 12;

    private final AtomicLong last = new AtomicLong();
    private final Clock clock;

    /** Seeded by the system, so that two JVMs that start together do not count alike. */
    private final SecureRandom seeds = new SecureRandom();

    private final ThreadLocal<SplittableRandom> random =
            ThreadLocal.withInitial(() -> new SplittableRandom(seeds.nextLong()));

    UuidIds(Clock clock) {
        this.clock = clock;
    }

    UUID next(int bucket) {
        while (true) {
            long before = last.get();
            long now = clock.millis();
            long next = now > before >>> COUNTER_BITS ? now << COUNTER_BITS : before + 1;
            if (last.compareAndSet(before, next)) {
                int counter = (int) next & ((1 << COUNTER_BITS) - 1);
                return IdBits.uuidV7(
                        next >>> COUNTER_BITS, counter, bucket, random.get().nextLong());
            }
        }
    }
}
