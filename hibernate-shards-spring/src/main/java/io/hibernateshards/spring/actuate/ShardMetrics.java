package io.hibernateshards.spring.actuate;

import io.hibernateshards.ServerStatus;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.hibernate.stat.CacheRegionStatistics;
import org.hibernate.stat.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Gauges of servers, pools, placement and rows, and counters of the second-level cache.
 *
 * @since 0.1
 */
public final class ShardMetrics implements MeterBinder {
    private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(500);

    private final ShardedSessionFactory factory;
    private final ShardsReporter reporter;
    private volatile @Nullable Moment last;

    /**
     * Meters of a factory.
     *
     * @param factory whose
     * @param reporter knows rows and transactions in doubt
     */
    public ShardMetrics(ShardedSessionFactory factory, ShardsReporter reporter) {
        this.factory = factory;
        this.reporter = reporter;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("hibernate.shards.topology.version", factory, known -> known.getTopology()
                        .version())
                .description("The version of the placement")
                .register(registry);
        factory.getTopology().shards().forEach(shard -> shard(registry, shard));
        factory.getServers().forEach(server -> server(registry, server));
        if (factory.getStatistics().isStatisticsEnabled()) {
            for (String region : factory.getStatistics().getSecondLevelCacheRegionNames()) {
                region(registry, region);
            }
        }
    }

    private void shard(MeterRegistry registry, ShardId shard) {
        Tags tags = Tags.of("shard", shard.name());
        Gauge.builder("hibernate.shards.buckets", factory, known -> known.getTopology()
                        .bucketsOf(shard)
                        .size())
                .description("Buckets that the shard holds")
                .tags(tags)
                .register(registry);
        Gauge.builder(
                        "hibernate.shards.rows",
                        reporter,
                        known -> number(facts(shard).rows()))
                .description("Rows of sharded entities, as PostgreSQL estimates them")
                .tags(tags)
                .register(registry);
        Gauge.builder(
                        "hibernate.shards.size",
                        reporter,
                        known -> number(facts(shard).bytes()))
                .description("Tables with their indexes")
                .baseUnit("bytes")
                .tags(tags)
                .register(registry);
        Gauge.builder("hibernate.shards.in.doubt", reporter, known -> facts(shard)
                        .inDoubt()
                        .size())
                .description("Branches of transactions that are prepared and not ended")
                .tags(tags)
                .register(registry);
        TimeGauge.builder("hibernate.shards.in.doubt.age", reporter, TimeUnit.MILLISECONDS, known -> facts(shard)
                        .oldestInDoubt())
                .description("The oldest of them")
                .tags(tags)
                .register(registry);
    }

    private void server(MeterRegistry registry, ServerStatus server) {
        Tags tags = Tags.of("shard", server.shard().name(), "server", server.name());
        gauge(
                registry,
                "hibernate.shards.server.up",
                "1 if it can be used; 0 if the circuit breaker is open, or it is unfit",
                server,
                tags,
                now -> now.available() ? 1 : 0);
        gauge(
                registry,
                "hibernate.shards.server.unfit",
                "1 if it can be reached, but must not be used",
                server,
                tags,
                now -> now.role() == ServerStatus.Role.UNUSED ? 1 : 0);
        gauge(
                registry,
                "hibernate.shards.server.primary",
                "1 if it is the one that is written",
                server,
                tags,
                now -> now.role() == ServerStatus.Role.PRIMARY ? 1 : 0);
        gauge(
                registry,
                "hibernate.shards.pool.active",
                "Connections in use",
                server,
                tags,
                ServerStatus::activeConnections);
        gauge(
                registry,
                "hibernate.shards.pool.idle",
                "Connections not in use",
                server,
                tags,
                ServerStatus::idleConnections);
        gauge(
                registry,
                "hibernate.shards.pool.waiting",
                "Threads that wait for a connection",
                server,
                tags,
                ServerStatus::waitingThreads);
        gauge(
                registry,
                "hibernate.shards.pool.max",
                "The most connections there may be",
                server,
                tags,
                ServerStatus::maxConnections);
        TimeGauge.builder("hibernate.shards.server.lag", this, TimeUnit.MILLISECONDS, known -> {
                    ServerStatus now = known.now(server);
                    Duration lag = now == null ? null : now.staleness();
                    return lag == null ? Double.NaN : lag.toMillis();
                })
                .description("How far a replica is behind")
                .tags(tags)
                .register(registry);
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            String description,
            ServerStatus server,
            Tags tags,
            ToDoubleFunction<ServerStatus> value) {
        Gauge.builder(name, this, known -> {
                    ServerStatus now = known.now(server);
                    return now == null ? Double.NaN : value.applyAsDouble(now);
                })
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private void region(MeterRegistry registry, String region) {
        cache(registry, region, "hit", CacheRegionStatistics::getHitCount);
        cache(registry, region, "miss", CacheRegionStatistics::getMissCount);
    }

    private void cache(
            MeterRegistry registry, String region, String result, ToDoubleFunction<CacheRegionStatistics> count) {
        Statistics statistics = factory.getStatistics();
        FunctionCounter.builder("hibernate.shards.cache.gets", statistics, known -> {
                    CacheRegionStatistics its = known.getCacheRegionStatistics(region);
                    return its == null ? 0 : count.applyAsDouble(its);
                })
                .description("Reads of the second-level cache")
                .tags("region", region, "result", result)
                .register(registry);
    }

    private static double number(@Nullable Long value) {
        return value == null ? Double.NaN : value;
    }

    private ShardFacts facts(ShardId shard) {
        return reporter.facts().getOrDefault(shard, ShardFacts.NONE);
    }

    /** All gauges of one scrape ask once. */
    private @Nullable ServerStatus now(ServerStatus server) {
        Moment moment = last;
        if (moment == null || System.nanoTime() - moment.at > MOMENT) {
            moment = new Moment(System.nanoTime(), factory.getServers());
            last = moment;
        }
        for (ServerStatus now : moment.servers) {
            if (now.shard().equals(server.shard()) && now.name().equals(server.name())) {
                return now;
            }
        }
        return null;
    }

    private record Moment(long at, List<ServerStatus> servers) {}
}
