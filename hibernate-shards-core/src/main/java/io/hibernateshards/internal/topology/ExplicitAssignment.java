package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code explicit}: each shard's buckets as they are written down; every bucket must have exactly one owner. */
final class ExplicitAssignment implements Assignment {
    private final Map<ShardId, Buckets> buckets;

    ExplicitAssignment(Map<ShardId, Buckets> buckets) {
        this.buckets = Map.copyOf(buckets);
    }

    /** A problem for each two shards that own a bucket both. */
    List<String> overlaps(List<ShardId> shards) {
        List<String> problems = new ArrayList<>();
        for (int i = 0; i < shards.size(); i++) {
            Buckets own = of(shards.get(i));
            for (ShardId before : shards.subList(0, i)) {
                Buckets overlap = of(before).and(own);
                if (overlap.size() > 0) {
                    problems.add("buckets " + overlap + " belong to the shards " + before + " and " + shards.get(i)
                            + "; give each bucket one owner in hibernate.shards.shard.<name>.buckets");
                }
            }
        }
        return problems;
    }

    /** Buckets that nobody owns. */
    Buckets missing() {
        Buckets owned = Buckets.NONE;
        for (Buckets own : buckets.values()) {
            owned = owned.or(own);
        }
        return owned.complement();
    }

    @Override
    public int[] assign(List<ShardId> shards, @Nullable Topology previous) {
        int[] owners = new int[Buckets.COUNT];
        for (int i = 0; i < shards.size(); i++) {
            for (int bucket : of(shards.get(i)).toArray()) {
                owners[bucket] = i;
            }
        }
        return owners;
    }

    private Buckets of(ShardId shard) {
        return buckets.getOrDefault(shard, Buckets.NONE);
    }
}
