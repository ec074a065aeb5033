package io.hibernateshards.spring.actuate;

import io.hibernateshards.Buckets;
import io.hibernateshards.HotKey;
import io.hibernateshards.ServerStatus;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.Topology;
import io.hibernateshards.spring.actuate.ShardsReport.Hot;
import io.hibernateshards.spring.actuate.ShardsReport.Placement;
import io.hibernateshards.spring.actuate.ShardsReport.Pool;
import io.hibernateshards.spring.actuate.ShardsReport.Server;
import io.hibernateshards.spring.actuate.ShardsReport.Shard;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reports how all shards are, quickly, whatever is down: what takes a statement is asked for in the background.
 *
 * @since 0.1
 */
public final class ShardsReporter implements AutoCloseable {
    private static final Duration LIFE = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ShardedSessionFactory factory;
    private final FactsInBackground facts;
    private final boolean showIds;

    /**
     * A reporter.
     *
     * @param factory whose shards
     * @param showIds whether hot keys are reported with their ids, which may be private
     */
    public ShardsReporter(ShardedSessionFactory factory, boolean showIds) {
        this.factory = factory;
        this.showIds = showIds;
        facts = new FactsInBackground(factory, LIFE);
    }

    /**
     * How the shards are now.
     *
     * @return a new report
     */
    public ShardsReport report() {
        Topology topology = factory.getTopology();
        Map<ShardId, ShardFacts> known = facts.known(PATIENCE);
        Map<ShardId, List<HotKey>> hot = factory.getHotKeys();
        List<ServerStatus> servers = factory.getServers();
        List<Shard> shards = new ArrayList<>();
        for (ShardId shard : topology.shards()) {
            ShardFacts its = known.getOrDefault(shard, ShardFacts.NONE);
            List<ServerStatus> own = servers.stream()
                    .filter(server -> server.shard().equals(shard))
                    .toList();
            shards.add(new Shard(
                    shard.name(),
                    ShardState.of(own).name(),
                    topology.bucketsOf(shard).size(),
                    its.rows(),
                    its.bytes(),
                    its.asOf(),
                    its.problem(),
                    own.stream().map(ShardsReporter::server).toList(),
                    its.tables(),
                    hot.getOrDefault(shard, List.of()).stream().map(this::hot).toList(),
                    its.inDoubt()));
        }
        return new ShardsReport(Instant.now(), new Placement(topology.version(), Buckets.COUNT), List.copyOf(shards));
    }

    /** What is known of the tables of each shard; asks for it if that is too old, and waits for nothing. */
    Map<ShardId, ShardFacts> facts() {
        return facts.known(Duration.ZERO);
    }

    private Hot hot(HotKey key) {
        return new Hot(key.entityName(), showIds ? String.valueOf(key.id()) : null, key.count(), key.share());
    }

    private static Server server(ServerStatus status) {
        Duration lag = status.staleness();
        return new Server(
                status.name(),
                status.role().name(),
                status.available(),
                lag == null ? null : lag.toMillis(),
                status.problem(),
                status.weight(),
                new Pool(
                        status.activeConnections(),
                        status.idleConnections(),
                        status.totalConnections(),
                        status.waitingThreads(),
                        status.maxConnections()));
    }

    @Override
    public void close() {
        facts.close();
    }
}
