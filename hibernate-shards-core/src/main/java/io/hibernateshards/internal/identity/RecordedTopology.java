package io.hibernateshards.internal.identity;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The topology as the catalogs of all shards hold it.
 *
 * @param cluster identifier of all shards that are used together
 * @param topology which shard owns which bucket
 * @param catalogShard the shard with worker numbers and directories
 * @param assignment the settings that it was made from
 * @param functions the text of each configured bucket function
 * @param tables the rule that places the rows of each table
 * @param pending shards that have not been reached yet, and so have no record of who they are
 */
record RecordedTopology(
        String cluster,
        Topology topology,
        ShardId catalogShard,
        String assignment,
        Map<String, String> functions,
        Map<String, String> tables,
        Set<ShardId> pending) {
    private static final int DIGITS = 16;

    RecordedTopology {
        functions = Map.copyOf(functions);
        tables = Map.copyOf(tables);
        pending = Set.copyOf(pending);
    }

    long version() {
        return topology.version();
    }

    RecordedTopology withPending(Set<ShardId> others) {
        return new RecordedTopology(cluster, topology, catalogShard, assignment, functions, tables, others);
    }

    /** Equal for topologies that place all keys on shards of the same names. */
    String fingerprint() {
        return fingerprint(topology, functions);
    }

    static String fingerprint(Topology topology, Map<String, String> functions) {
        StringBuilder text = new StringBuilder();
        for (ShardId shard : new TreeSet<>(topology.shards())) {
            text.append(shard).append('=').append(topology.bucketsOf(shard)).append('\n');
        }
        new TreeMap<>(functions)
                .forEach((name, function) ->
                        text.append(name).append(": ").append(function).append('\n'));
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /** Whether every bucket belongs to a shard of the same name. */
    static boolean sameOwners(Topology one, Topology other) {
        return moved(one, other) == 0;
    }

    /** How many buckets belong to another shard. */
    static int moved(Topology one, Topology other) {
        int moved = 0;
        for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
            if (!one.shardOf(bucket).equals(other.shardOf(bucket))) {
                moved++;
            }
        }
        return moved;
    }

    /** The same owners with another version and order of shards, which may include new ones without buckets. */
    static Topology copy(long version, List<ShardId> shards, Topology owners) {
        int[] indexes = new int[Buckets.COUNT];
        for (int bucket = 0; bucket < indexes.length; bucket++) {
            indexes[bucket] = shards.indexOf(owners.shardOf(bucket));
        }
        return Topology.of(version, shards, indexes);
    }
}
