package io.hibernateshards.samples.benchmarks;

import java.util.Collection;
import java.util.Properties;
import org.apache.shardingsphere.sharding.api.sharding.standard.PreciseShardingValue;
import org.apache.shardingsphere.sharding.api.sharding.standard.RangeShardingValue;
import org.apache.shardingsphere.sharding.api.sharding.standard.StandardShardingAlgorithm;

/** ShardingSphere's rule: compiled Java, for an inline expression of its own would be run by Groovy. */
public final class ByRemainder implements StandardShardingAlgorithm<Long> {
    private int shards = 1;

    @Override
    public void init(Properties properties) {
        shards = Integer.parseInt(properties.getProperty("shards"));
    }

    @Override
    public String doSharding(Collection<String> shards, PreciseShardingValue<Long> id) {
        return "shard" + id.getValue() % this.shards;
    }

    @Override
    public Collection<String> doSharding(Collection<String> shards, RangeShardingValue<Long> ids) {
        return shards;
    }
}
