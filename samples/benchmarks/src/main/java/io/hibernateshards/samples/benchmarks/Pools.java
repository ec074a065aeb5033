package io.hibernateshards.samples.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A pool a shard, as large as this library's, for a contestant of its own. They commit by themselves, as is usual: that saves
 * everybody a round trip wherever there is no transaction.
 */
final class Pools implements AutoCloseable {
    private final Map<String, HikariDataSource> byShard = new LinkedHashMap<>();

    Pools(LocalCluster cluster) {
        for (Shard shard : cluster.shards()) {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl(shard.url());
            config.setUsername(shard.user());
            config.setPassword(shard.password());
            config.setMaximumPoolSize(10);
            config.setMinimumIdle(1);
            byShard.put(shard.name(), new HikariDataSource(config));
        }
    }

    Map<String, HikariDataSource> byShard() {
        return byShard;
    }

    List<HikariDataSource> inOrder() {
        return List.copyOf(byShard.values());
    }

    @Override
    public void close() {
        byShard.values().forEach(HikariDataSource::close);
    }
}
