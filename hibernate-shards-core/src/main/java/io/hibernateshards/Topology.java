package io.hibernateshards;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Which shard holds which bucket: an immutable snapshot with a version. Shards come and go by moving buckets; keys never
 * rehash.
 *
 * @since 0.1
 */
public final class Topology {
    private final long version;
    private final List<ShardId> shards;
    private final short[] owners;
    private final Buckets[] bucketsOf;

    private Topology(long version, List<ShardId> shards, short[] owners) {
        this.version = version;
        this.shards = shards;
        this.owners = owners;
        BitSet[] bits = new BitSet[shards.size()];
        Arrays.setAll(bits, i -> new BitSet(Buckets.COUNT));
        for (int bucket = 0; bucket < owners.length; bucket++) {
            bits[owners[bucket]].set(bucket);
        }
        bucketsOf = Arrays.stream(bits).map(Buckets::of).toArray(Buckets[]::new);
    }

    /**
     * A snapshot.
     *
     * @param version grows with every change, 1 or more
     * @param shards every shard, a shard that owns no bucket included; the order gives each its index
     * @param owners for each of the 8192 buckets the index of its shard
     * @return the snapshot
     * @throws IllegalArgumentException if a bucket has no such owner, or a shard is named twice, or there is no shard
     */
    public static Topology of(long version, List<ShardId> shards, int[] owners) {
        List<ShardId> copy = List.copyOf(shards);
        if (copy.isEmpty()
                || copy.size() > Short.MAX_VALUE
                || copy.stream().distinct().count() != copy.size()) {
            throw new IllegalArgumentException("shards " + copy + ": name at least one, each once");
        }
        if (owners.length != Buckets.COUNT) {
            throw new IllegalArgumentException(owners.length + " owners for " + Buckets.COUNT + " buckets");
        }
        short[] packed = new short[Buckets.COUNT];
        for (int bucket = 0; bucket < packed.length; bucket++) {
            if (owners[bucket] < 0 || owners[bucket] >= copy.size()) {
                throw new IllegalArgumentException("bucket " + bucket + " belongs to no shard");
            }
            packed[bucket] = (short) owners[bucket];
        }
        return new Topology(version, copy, packed);
    }

    /**
     * The version of this snapshot.
     *
     * @return 1 or more
     */
    public long version() {
        return version;
    }

    /**
     * Every shard in the order of their indexes.
     *
     * @return an unmodifiable list
     */
    public List<ShardId> shards() {
        return shards;
    }

    /**
     * The shard that holds a bucket.
     *
     * @param bucket 0 to 8191
     * @return its owner
     */
    public ShardId shardOf(int bucket) {
        return shards.get(owners[bucket]);
    }

    /**
     * The index in {@link #shards()} of the shard that holds a bucket.
     *
     * @param bucket 0 to 8191
     * @return the index
     */
    public int indexOf(int bucket) {
        return owners[bucket];
    }

    /**
     * The buckets that a shard holds.
     *
     * @param shard one of {@link #shards()}
     * @return empty for a shard that holds none
     * @throws IllegalArgumentException if there is no such shard
     */
    public Buckets bucketsOf(ShardId shard) {
        int index = shards.indexOf(shard);
        if (index < 0) {
            throw new IllegalArgumentException("no shard \"" + shard + "\"; there are " + shards);
        }
        return bucketsOf[index];
    }

    /** The version and how many buckets each shard holds. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("topology ").append(version).append(':');
        for (int i = 0; i < shards.size(); i++) {
            text.append(' ').append(shards.get(i)).append('=').append(bucketsOf[i].size());
        }
        return text.toString();
    }
}
