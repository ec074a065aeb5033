package io.hibernateshards.internal.route;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.util.List;

/** The shards that an operation must ask: none, one, some or all of them. */
public final class Target {
    /** No shard can hold an answer. */
    public static final Target NONE = new Target(List.of());

    private final List<ShardId> shards;

    private Target(List<ShardId> shards) {
        this.shards = shards;
    }

    /** One shard. */
    public static Target one(ShardId shard) {
        return new Target(List.of(shard));
    }

    /** These shards, given in the topology's order, each once. */
    public static Target some(List<ShardId> shards) {
        return shards.isEmpty() ? NONE : new Target(List.copyOf(shards));
    }

    /** The owners of the buckets, in the topology's order. */
    public static Target of(Topology topology, Buckets buckets) {
        if (buckets.size() == Buckets.COUNT) {
            return all(topology);
        }
        boolean[] asked = new boolean[topology.shards().size()];
        for (int bucket = buckets.next(0); bucket >= 0; bucket = buckets.next(bucket + 1)) {
            asked[topology.indexOf(bucket)] = true;
        }
        return new Target(topology.shards().stream()
                .filter(shard -> asked[topology.shards().indexOf(shard)])
                .toList());
    }

    /** Every shard that owns a bucket. */
    public static Target all(Topology topology) {
        return new Target(topology.shards().stream()
                .filter(shard -> topology.bucketsOf(shard).size() > 0)
                .toList());
    }

    /** The shards in the topology's order. */
    public List<ShardId> shards() {
        return shards;
    }

    /** Whether exactly one shard is asked. */
    public boolean isOne() {
        return shards.size() == 1;
    }

    @Override
    public String toString() {
        return shards.toString();
    }
}
