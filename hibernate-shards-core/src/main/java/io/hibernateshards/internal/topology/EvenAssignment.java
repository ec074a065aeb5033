package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code even}: as many buckets for each shard, give or take one; on a change only what must move moves. */
final class EvenAssignment implements Assignment {
    @Override
    public int[] assign(List<ShardId> shards, @Nullable Topology previous) {
        int[] owners = new int[Buckets.COUNT];
        if (previous == null) {
            for (int bucket = 0; bucket < owners.length; bucket++) {
                owners[bucket] = (int) ((long) bucket * shards.size() / Buckets.COUNT);
            }
            return owners;
        }
        int[] counts = new int[shards.size()];
        for (int bucket = 0; bucket < owners.length; bucket++) {
            owners[bucket] = shards.indexOf(previous.shardOf(bucket));
            if (owners[bucket] >= 0) {
                counts[owners[bucket]]++;
            }
        }
        int[] quotas = quotas(counts);
        release(owners, counts, quotas);
        fill(owners, quotas);
        return owners;
    }

    /** Every shard gives away what is over its quota, spread over its buckets rather than a run of them. */
    private static void release(int[] owners, int[] counts, int[] quotas) {
        int[] seen = new int[counts.length];
        for (int bucket = 0; bucket < owners.length; bucket++) {
            int owner = owners[bucket];
            if (owner < 0) {
                continue;
            }
            long before = (long) seen[owner] * quotas[owner] / counts[owner];
            long after = (long) (seen[owner] + 1) * quotas[owner] / counts[owner];
            seen[owner]++;
            if (counts[owner] > quotas[owner] && before == after) {
                owners[bucket] = -1;
            }
        }
        Arrays.setAll(quotas, i -> quotas[i] - Math.min(counts[i], quotas[i])); // now: the room that is left
    }

    private static int[] quotas(int[] counts) {
        int[] quotas = new int[counts.length];
        Arrays.fill(quotas, Buckets.COUNT / counts.length);
        Integer[] byCount = new Integer[counts.length];
        Arrays.setAll(byCount, i -> i);
        Arrays.sort(byCount, (a, b) -> Integer.compare(counts[b], counts[a]));
        for (int i = 0; i < Buckets.COUNT % counts.length; i++) {
            quotas[byCount[i]]++;
        }
        return quotas;
    }

    private static void fill(int[] owners, int[] left) {
        int shard = 0;
        for (int bucket = 0; bucket < owners.length; bucket++) {
            if (owners[bucket] < 0) {
                while (left[shard] == 0) {
                    shard = (shard + 1) % left.length;
                }
                owners[bucket] = shard;
                left[shard]--;
                shard = (shard + 1) % left.length;
            }
        }
    }
}
