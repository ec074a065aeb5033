package io.hibernateshards.spring.actuate;

import io.hibernateshards.ShardId;
import io.hibernateshards.spi.ShardObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Times operations and their legs on each shard, and counts widths, tiers and outcomes. Tags are kinds, shards and
 * outcomes, never entities or ids.
 *
 * @since 0.1
 */
public final class MeteredOperations implements ShardObserver {
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

    private final MeterRegistry registry;
    private final ConcurrentMap<Operation, Meters> operations = new ConcurrentHashMap<>();
    private final ConcurrentMap<Tier, Counter> tiers = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Counter> transactions = new ConcurrentHashMap<>();

    /**
     * Meters.
     *
     * @param registry where they are
     */
    public MeteredOperations(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Observed started(Operation operation, @Nullable String entity, int shards) {
        Meters meters = operations.computeIfAbsent(operation, Meters::new);
        meters.width.record(shards);
        return new Running(meters);
    }

    private void count(Tier tier) {
        tiers.computeIfAbsent(tier, how -> Counter.builder("hibernate.shards.queries")
                        .description("Queries by how they were answered")
                        .tag("tier", lower(how))
                        .register(registry))
                .increment();
    }

    @Override
    public void transactionEnded(TransactionOutcome outcome, int written) {
        String scope = written == 0 ? "none" : written == 1 ? "one" : "several";
        transactions
                .computeIfAbsent(outcome.name() + " " + scope, key -> Counter.builder("hibernate.shards.transactions")
                        .description("Transactions by how they ended and how many shards they had written")
                        .tag("outcome", lower(outcome))
                        .tag("written", scope)
                        .register(registry))
                .increment();
    }

    private static String lower(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }

    private static Timer.Builder timer(String name) {
        return Timer.builder(name).serviceLevelObjectives(STEPS);
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
            return (failure == null ? answered : broken).computeIfAbsent(shard, one -> timer("hibernate.shards.leg")
                    .description("What one shard took of an operation")
                    .publishPercentiles(0.5, 0.95, 0.99)
                    .tag("operation", operation)
                    .tag("shard", one.name())
                    .tag("outcome", outcome(failure))
                    .register(registry));
        }
    }

    private final class Running implements Observed {
        private final Meters meters;
        private final long start = System.nanoTime();
        private @Nullable Tier tier;

        Running(Meters meters) {
            this.meters = meters;
        }

        @Override
        public void answered(Tier how) {
            tier = how;
        }

        @Override
        public Leg leg(ShardId shard) {
            long from = System.nanoTime();
            return failure -> meters.leg(shard, failure).record(System.nanoTime() - from, TimeUnit.NANOSECONDS);
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            if (tier != null) {
                count(tier);
            }
            (failure == null ? meters.succeeded : meters.failed)
                    .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        }
    }
}
