package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code consistent-hash}: a ring of MD5 hashes on which each shard has virtual nodes in proportion to its weight; a
 * bucket belongs to the next one on the ring. What was before does not matter, which costs some skew.
 */
final class ConsistentHashAssignment implements Assignment {
    static final int VIRTUAL_NODES = 150;

    private final int virtualNodes;
    private final Map<ShardId, Double> weights;

    ConsistentHashAssignment(int virtualNodes, Map<ShardId, Double> weights) {
        this.virtualNodes = virtualNodes;
        this.weights = Map.copyOf(weights);
    }

    @Override
    public int[] assign(List<ShardId> shards, @Nullable Topology previous) {
        MessageDigest md5 = md5();
        TreeMap<Long, Integer> ring = new TreeMap<>(Long::compareUnsigned);
        for (int shard = 0; shard < shards.size(); shard++) {
            ShardId id = shards.get(shard);
            // rounded up: only the weight 0 takes no bucket
            long nodes = (long) Math.ceil(virtualNodes * weights.getOrDefault(id, 1.0));
            for (int node = 0; node < nodes; node++) {
                ring.putIfAbsent(position(md5, id + "#" + node), shard);
            }
        }
        int[] owners = new int[Buckets.COUNT];
        for (int bucket = 0; bucket < owners.length; bucket++) {
            Map.Entry<Long, Integer> next = ring.ceilingEntry(position(md5, "bucket " + bucket));
            owners[bucket] = (next == null ? ring.firstEntry() : next).getValue();
        }
        return owners;
    }

    private static long position(MessageDigest md5, String text) {
        return ByteBuffer.wrap(md5.digest(text.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }
}
