package io.hibernateshards.internal.route;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;

/** The targets of one topology, made once so that routing to one shard allocates nothing. */
final class Targets {
    private final Topology topology;
    private final Target[] one;
    private final Target all;

    Targets(Topology topology) {
        this.topology = topology;
        one = topology.shards().stream().map(Target::one).toArray(Target[]::new);
        all = Target.all(topology);
    }

    Topology topology() {
        return topology;
    }

    Target all() {
        return all;
    }

    /** The owner of a bucket; none for a negative one. */
    Target of(int bucket) {
        return bucket < 0 ? Target.NONE : one[topology.indexOf(bucket)];
    }

    Target of(ShardId shard) {
        int index = topology.shards().indexOf(shard);
        if (index < 0) {
            throw new IllegalArgumentException("no shard \"" + shard + "\"; there are " + topology.shards());
        }
        return one[index];
    }

    Target of(Buckets buckets) {
        int first = buckets.next(0);
        if (first < 0) {
            return Target.NONE;
        }
        if (buckets.size() == Buckets.COUNT) {
            return all;
        }
        int owner = topology.indexOf(first);
        for (int bucket = first; bucket >= 0; bucket = buckets.next(bucket + 1)) {
            if (topology.indexOf(bucket) != owner) {
                return Target.of(topology, buckets);
            }
        }
        return one[owner];
    }
}
