package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.Tier;
import io.hibernateshards.spi.ShardObserver.TransactionOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Meters of how long operations and their legs on each shard take, and of widths, tiers and outcomes. Tags are kinds, shards and
 * outcomes, never entities or ids.
 *
 * @since 0.1
 */
public final class MeteredOperations implements OperationRecorder {
    /** From a tenth of a millisecond to ten seconds: percentiles can be summed over shards and JVMs. */
    private static final Duration[] STEPS = {
        Duration.ofNanos(100_000),
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofNanos(2_500_000_000L),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    /** Of those that begin at different times, the oldest one is read; all of them are written every time. */
    private static final int BUFFERS = 2;

    private static final List<String> WRITTEN = List.of("none", "one", "several");

    private final MeterRegistry registry;
    private final Map<Operation, Meters> operations = new EnumMap<>(Operation.class);
    private final Map<Tier, Counter> tiers = new EnumMap<>(Tier.class);
    private final Map<TransactionOutcome, List<Counter>> transactions = new EnumMap<>(TransactionOutcome.class);

    /**
     * Meters.
     *
     * @param registry where they are
     */
    public MeteredOperations(MeterRegistry registry) {
        this.registry = registry;
        for (Operation operation : Operation.values()) {
            operations.put(operation, new Meters(operation));
        }
        for (Tier tier : Tier.values()) {
            tiers.put(
                    tier,
                    Counter.builder("hibernate.shards.queries")
                            .description("Queries by how they were answered")
                            .tag("tier", lower(tier))
                            .register(registry));
        }
        for (TransactionOutcome outcome : TransactionOutcome.values()) {
            transactions.put(
                    outcome,
                    WRITTEN.stream()
                            .map(written -> Counter.builder("hibernate.shards.transactions")
                                    .description("Transactions by how they ended and how many shards they had written")
                                    .tag("outcome", lower(outcome))
                                    .tag("written", written)
                                    .register(registry))
                            .toList());
        }
    }

    @Override
    public void operationEnded(
            Operation operation, int shards, @Nullable Tier tier, long nanos, @Nullable Throwable failure) {
        Meters meters = of(operation);
        meters.width.record(shards);
        if (tier != null) {
            Objects.requireNonNull(tiers.get(tier)).increment();
        }
        (failure == null ? meters.succeeded : meters.failed).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void legEnded(Operation operation, ShardId shard, long nanos, @Nullable Throwable failure) {
        of(operation).leg(shard, failure).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Meters of(Operation operation) {
        return Objects.requireNonNull(operations.get(operation));
    }

    @Override
    public void transactionEnded(TransactionOutcome outcome, int written) {
        Objects.requireNonNull(transactions.get(outcome))
                .get(Math.min(written, WRITTEN.size() - 1))
                .increment();
    }

    private static String lower(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }

    private static Timer.Builder timer(String name) {
        return Timer.builder(name).serviceLevelObjectives(STEPS).distributionStatisticBufferLength(BUFFERS);
    }

    private static String outcome(@Nullable Throwable failure) {
        return failure == null ? "success" : "error";
    }

    /** Those of one kind of operation. */
    private final class Meters {
        private final String operation;
        private final DistributionSummary width;
        private final Timer succeeded;
        private final Timer failed;
        private final ConcurrentMap<ShardId, Timer> answered = new ConcurrentHashMap<>();
        private final ConcurrentMap<ShardId, Timer> broken = new ConcurrentHashMap<>();

        Meters(Operation kind) {
            operation = lower(kind);
            width = DistributionSummary.builder("hibernate.shards.width")
                    .description("How many shards an operation asked")
                    .tag("operation", operation)
                    .serviceLevelObjectives(1, 2, 4, 8, 16, 32)
                    .distributionStatisticBufferLength(BUFFERS)
                    .register(registry);
            succeeded = whole("success");
            failed = whole("error");
        }

        private Timer whole(String outcome) {
            return timer("hibernate.shards.operation")
                    .description("Operations as the application waits for them")
                    .tag("operation", operation)
                    .tag("outcome", outcome)
                    .register(registry);
        }

        Timer leg(ShardId shard, @Nullable Throwable failure) {
            ConcurrentMap<ShardId, Timer> legs = failure == null ? answered : broken;
            Timer known = legs.get(shard); // computeIfAbsent may lock
            return known != null ? known : legs.computeIfAbsent(shard, one -> leg(one, outcome(failure)));
        }

        private Timer leg(ShardId shard, String outcome) {
            return timer("hibernate.shards.leg")
                    .description("What one shard took of an operation")
                    .publishPercentiles(0.5, 0.95, 0.99)
                    .tag("operation", operation)
                    .tag("shard", shard.name())
                    .tag("outcome", outcome)
                    .register(registry);
        }
    }
}
