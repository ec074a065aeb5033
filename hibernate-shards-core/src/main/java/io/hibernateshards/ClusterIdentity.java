package io.hibernateshards;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The shards that are used together, as their catalogs know them: compare it between JVMs, or before and after a change of
 * the settings.
 *
 * @param cluster identifier that the first start has given all the shards; null as long as none could be reached
 * @param fingerprint equal wherever all keys are placed on shards of the same names
 * @param catalogShard the shard with worker numbers and directories
 * @param shards those that have been checked, in the order of the topology; one that was down at the start follows with its
 *     first connection
 * @see ShardedSessionFactory#getClusterIdentity()
 * @since 0.1
 */
public record ClusterIdentity(
        @Nullable String cluster, String fingerprint, ShardId catalogShard, List<ShardIdentity> shards) {
    /**
     * Copies the shards.
     *
     * @param cluster identifier of the cluster; null if unknown
     * @param fingerprint of the topology
     * @param catalogShard the shard with worker numbers and directories
     * @param shards those that have been checked
     */
    public ClusterIdentity {
        shards = List.copyOf(shards);
    }

    /** All of it on one line. */
    @Override
    public String toString() {
        return "catalog on \"" + catalogShard + "\", cluster " + (cluster == null ? "unknown" : cluster)
                + ", fingerprint " + fingerprint
                + shards.stream().map(shard -> "; " + shard).collect(Collectors.joining());
    }
}
