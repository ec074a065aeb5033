package io.hibernateshards.samples.messenger.load;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What clients have seen of a server; any number of threads may count at a time. */
final class Figures {
    private static final long MAX_MICROS = 120_000_000;

    private final Histogram served = new ConcurrentHistogram(MAX_MICROS, 3);
    private final LongAdder busy = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final ConcurrentMap<String, LongAdder> failures = new ConcurrentHashMap<>();
    private double seconds;
    private double cpuMicros;

    void served(long nanos) {
        served.recordValue(Math.min(nanos / 1000, MAX_MICROS));
    }

    /** It was told to come again. */
    void busy() {
        busy.increment();
    }

    void failed(String why) {
        failed.increment();
        failures.computeIfAbsent(why, key -> new LongAdder()).increment();
    }

    void took(double more, Duration cpu) {
        seconds += more;
        cpuMicros += cpu.toNanos() / 1000.0;
    }

    /** What the application's JVM computed for each request that was served. */
    double cpuMicros() {
        return served() == 0 ? 0 : cpuMicros / served();
    }

    /** Requests in a second that were served; those that were told to come again are not counted. */
    double throughput() {
        return seconds == 0 ? 0 : served() / seconds;
    }

    long served() {
        return served.getTotalCount();
    }

    long busyCount() {
        return busy.sum();
    }

    long failedCount() {
        return failed.sum();
    }

    /** Of all that were not told to come again, in per cent. */
    double okPercent() {
        long answered = served() + failedCount();
        return answered == 0 ? 0 : 100.0 * served() / answered;
    }

    double meanMillis() {
        return served.getMean() / 1000;
    }

    double percentileMillis(double percentile) {
        return served.getValueAtPercentile(percentile) / 1000.0;
    }

    /** How often what failed. */
    String failures() {
        return failures.toString();
    }
}
