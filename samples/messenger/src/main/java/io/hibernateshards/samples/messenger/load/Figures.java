package io.hibernateshards.samples.messenger.load;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What clients have seen of a server; any number of threads may count at a time. */
final class Figures {
    private static final long MAX_MICROS = 120_000_000;

    private final Histogram served = new ConcurrentHistogram(MAX_MICROS, 3);
    private final Map<Route, Histogram> routes = new EnumMap<>(Route.class);
    private final LongAdder busy = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final ConcurrentMap<String, LongAdder> failures = new ConcurrentHashMap<>();
    private double seconds;
    private double cpuMicros;

    Figures() {
        for (Route route : Route.values()) {
            routes.put(route, new ConcurrentHistogram(MAX_MICROS, 3));
        }
    }

    void served(Route route, long nanos) {
        long micros = Math.min(nanos / 1000, MAX_MICROS);
        served.recordValue(micros);
        Objects.requireNonNull(routes.get(route)).recordValue(micros);
    }

    /** It was told to come again. */
    void busy() {
        busy.increment();
    }

    void failed(String why) {
        failed.increment();
        failures.computeIfAbsent(why, key -> new LongAdder()).increment();
    }

    /** All of another one, which nobody counts in any more. */
    void add(Figures other) {
        served.add(other.served);
        other.routes.forEach(
                (route, times) -> Objects.requireNonNull(routes.get(route)).add(times));
        busy.add(other.busyCount());
        failed.add(other.failedCount());
        other.failures.forEach((why, count) ->
                failures.computeIfAbsent(why, key -> new LongAdder()).add(count.sum()));
        seconds += other.seconds;
        cpuMicros += other.cpuMicros;
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

    /** How long each route took that was asked for: how many, and milliseconds, mean / half of them / 99 of 100. */
    String routes() {
        return routes.entrySet().stream()
                .filter(route -> route.getValue().getTotalCount() > 0)
                .map(route -> String.format(
                        Locale.ROOT,
                        "%s %,d: %.1f / %.1f / %.1f",
                        route.getKey(),
                        route.getValue().getTotalCount(),
                        route.getValue().getMean() / 1000,
                        route.getValue().getValueAtPercentile(50) / 1000.0,
                        route.getValue().getValueAtPercentile(99) / 1000.0))
                .collect(Collectors.joining(", "));
    }

    /** How often what failed. */
    String failures() {
        return failures.toString();
    }
}
