package io.hibernateshards.internal.topology;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says which shard owns which bucket. */
interface Assignment {
    /**
     * The index of its shard for each of the 8192 buckets.
     *
     * @param shards all shards, in order
     * @param previous what was in force, to move as little as may be; null at first
     */
    int[] assign(List<ShardId> shards, @Nullable Topology previous);
}
