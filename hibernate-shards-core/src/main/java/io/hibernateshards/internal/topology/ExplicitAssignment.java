package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code explicit}: each shard's buckets as they are written down; every bucket must have exactly one owner. */
final class ExplicitAssignment implements Assignment {
    private final Map<ShardId, Buckets> buckets;

    ExplicitAssignment(Map<ShardId, Buckets> buckets) {
        this.buckets = Map.copyOf(buckets);
    }

    @Override
    public int[] assign(List<ShardId> shards, @Nullable Topology previous) {
        int[] owners = new int[Buckets.COUNT];
        Arrays.fill(owners, -1);
        List<String> problems = new ArrayList<>();
        Buckets owned = Buckets.NONE;
        for (int i = 0; i < shards.size(); i++) {
            Buckets own = buckets.getOrDefault(shards.get(i), Buckets.NONE);
            Buckets overlap = owned.and(own);
            if (overlap.size() > 0) {
                problems.add("buckets " + overlap + " of shard \"" + shards.get(i) + "\" also belong to "
                        + ownersOf(overlap, shards.subList(0, i)) + "; give each bucket one owner");
            }
            owned = owned.or(own);
            for (int bucket : own.toArray()) {
                owners[bucket] = i;
            }
        }
        if (owned.size() < Buckets.COUNT) {
            problems.add("buckets " + owned.complement() + " belong to no shard; give them to one in"
                    + " hibernate.shards.shard.<name>.buckets");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", problems));
        }
        return owners;
    }

    private List<ShardId> ownersOf(Buckets overlap, List<ShardId> shards) {
        return shards.stream()
                .filter(shard ->
                        buckets.getOrDefault(shard, Buckets.NONE).and(overlap).size() > 0)
                .toList();
    }
}
