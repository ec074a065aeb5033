package io.hibernateshards.spring.actuate;

import io.hibernateshards.ServerStatus;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthContributors.Entry;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * The health of each shard, with its servers as details. It tells what has been seen of them, and waits for no server.
 *
 * @since 0.1
 */
public final class ShardsHealth implements CompositeHealthContributor {
    /** A shard, or its primary, cannot be reached; the application serves what the others hold. */
    public static final Status DEGRADED = new Status("DEGRADED", "a shard cannot be written");

    private final Map<String, HealthIndicator> shards = new LinkedHashMap<>();

    /**
     * The health of a factory's shards.
     *
     * @param factory whose shards
     * @param shardDown the status of a shard that cannot be written
     */
    public ShardsHealth(ShardedSessionFactory factory, Status shardDown) {
        for (ShardId shard : factory.getTopology().shards()) {
            shards.put(shard.name(), () -> health(factory, shard, shardDown));
        }
    }

    private static Health health(ShardedSessionFactory factory, ShardId shard, Status shardDown) {
        List<ServerStatus> servers = factory.getServers().stream()
                .filter(server -> server.shard().equals(shard))
                .toList();
        ShardState state = ShardState.of(servers);
        Health.Builder health = new Health.Builder(state == ShardState.UP ? Status.UP : shardDown);
        Map<String, Object> its = new LinkedHashMap<>();
        servers.forEach(server -> its.put(server.name(), details(server)));
        return health.withDetail("state", state.name())
                .withDetail("servers", its)
                .build();
    }

    private static Map<String, Object> details(ServerStatus server) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("role", server.role().name());
        details.put("available", server.available());
        Duration lag = server.staleness();
        if (lag != null) {
            details.put("lagMillis", lag.toMillis());
        }
        String problem = server.problem();
        if (problem != null) {
            details.put("problem", problem);
        }
        return details;
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        return shards.get(name);
    }

    @Override
    public Stream<Entry> stream() {
        return shards.entrySet().stream().map(shard -> new Entry(shard.getKey(), shard.getValue()));
    }
}
