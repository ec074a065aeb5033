package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.Tier;
import io.hibernateshards.spi.ShardObserver.TransactionOutcome;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts what this JVM's sessions do, for whoever compares two readings: how long each shard took, how many shards were
 * asked, by which tier, and how transactions ended. Counters only grow.
 *
 * @since 0.1
 */
public final class Activity implements OperationRecorder {
    private final ConcurrentMap<ShardId, Durations> shards = new ConcurrentHashMap<>();
    private final ConcurrentMap<Operation, Durations> operations = new ConcurrentHashMap<>();
    private final ConcurrentMap<Integer, LongAdder> widths = new ConcurrentHashMap<>();
    private final ConcurrentMap<Tier, LongAdder> tiers = new ConcurrentHashMap<>();
    private final ConcurrentMap<TransactionOutcome, LongAdder> transactions = new ConcurrentHashMap<>();
    private final ConcurrentMap<ShardId, LongAdder> failures = new ConcurrentHashMap<>();

    /** Nothing is counted yet. */
    public Activity() {}

    @Override
    public void operationEnded(
            Operation operation, int width, @Nullable Tier tier, long nanos, @Nullable Throwable failure) {
        count(widths, width);
        if (tier != null) {
            count(tiers, tier);
        }
        of(operations, operation, Durations::new).add(nanos);
    }

    @Override
    public void legEnded(Operation operation, ShardId shard, long nanos, @Nullable Throwable failure) {
        of(shards, shard, Durations::new).add(nanos);
        if (failure != null) {
            count(failures, shard);
        }
    }

    @Override
    public void transactionEnded(TransactionOutcome outcome, int written) {
        count(transactions, outcome);
    }

    private static <K> void count(ConcurrentMap<K, LongAdder> counters, K key) {
        of(counters, key, LongAdder::new).increment();
    }

    /** {@code computeIfAbsent} may lock, and there is one nearly always. */
    private static <K, V> V of(ConcurrentMap<K, V> all, K key, Supplier<V> made) {
        V known = all.get(key);
        return known != null ? known : all.computeIfAbsent(key, name -> made.get());
    }

    /**
     * What has been counted so far.
     *
     * @return a reading
     */
    public Reading read() {
        return new Reading(
                Durations.bounds(),
                counts(shards),
                counts(operations),
                sums(failures),
                sums(widths),
                sums(tiers),
                sums(transactions));
    }

    private static Map<String, List<Long>> counts(Map<?, Durations> durations) {
        Map<String, List<Long>> counts = new TreeMap<>();
        durations.forEach((key, value) -> counts.put(key.toString(), value.counts()));
        return counts;
    }

    private static Map<String, Long> sums(Map<?, LongAdder> counters) {
        Map<String, Long> sums = new TreeMap<>();
        counters.forEach((key, value) -> sums.put(key.toString(), value.sum()));
        return sums;
    }

    /**
     * What had been counted at a time.
     *
     * @param boundsMicros up to how many microseconds each interval of time reaches; one more has all that is longer
     * @param shards for each shard, how many statements or finds took how long
     * @param operations for each kind of operation, how many took how long
     * @param failures how often each shard failed
     * @param widths how many operations asked how many shards
     * @param tiers how many queries were answered how
     * @param transactions how many ended how
     */
    public record Reading(
            List<Long> boundsMicros,
            Map<String, List<Long>> shards,
            Map<String, List<Long>> operations,
            Map<String, Long> failures,
            Map<String, Long> widths,
            Map<String, Long> tiers,
            Map<String, Long> transactions) {}
}
