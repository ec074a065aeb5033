package io.hibernateshards.spring.actuate;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * How many durations there were of each length, from 16 microseconds to a minute in steps of a quarter or less: close enough
 * for a percentile, and two instructions to count.
 */
final class Durations {
    /** Four steps from each power of two to the next. */
    private static final int STEPS = 4;

    private static final int FIRST_POWER = 4;
    private static final int POWERS = 22;
    private static final int SIZE = POWERS * STEPS + 1;

    private final AtomicLongArray counts = new AtomicLongArray(SIZE);

    void add(long nanos) {
        counts.incrementAndGet(index(nanos / 1000));
    }

    static int index(long micros) {
        if (micros < 1L << FIRST_POWER) {
            return 0;
        }
        int power = 63 - Long.numberOfLeadingZeros(micros);
        int step = (int) (micros >>> power - 2) & STEPS - 1;
        return Math.min(SIZE - 1, (power - FIRST_POWER) * STEPS + step + 1);
    }

    /** Those of {@link #counts} but the last: microseconds, exclusive. */
    static List<Long> bounds() {
        return IntStream.range(0, SIZE - 1)
                .mapToObj(i -> (long) (STEPS + i % STEPS) << FIRST_POWER + i / STEPS - 2)
                .toList();
    }

    List<Long> counts() {
        return IntStream.range(0, SIZE).mapToObj(counts::get).toList();
    }
}
