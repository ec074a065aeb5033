package io.hibernateshards.internal.identity;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.schema.ShardSchemas;
import io.hibernateshards.internal.topology.Assignments;
import java.util.List;
import java.util.Map;

/**
 * The placement that settings and mapping describe.
 *
 * @param topology as the settings alone give it
 * @param placement the settings that decide on the owners of buckets, below {@code hibernate.shards.}
 * @param catalogShard the shard with worker numbers and directories
 * @param catalogShardSet whether a setting says so; otherwise it is the first shard
 * @param functions the text of each configured bucket function
 * @param tables the rule that places the rows of each table
 */
public record Declared(
        Topology topology,
        Map<String, String> placement,
        ShardId catalogShard,
        boolean catalogShardSet,
        Map<String, String> functions,
        Map<String, String> tables) {
    /** The rule of a table of which each shard has a copy. */
    static final String EVERYWHERE = ShardSchemas.EVERYWHERE;

    String assignment() {
        return Assignments.text(placement);
    }

    /** The topology that the settings would give, had they named the shards in this order. */
    Topology inOrderOf(List<ShardId> shards) {
        return Assignments.topology(topology.version(), shards, placement);
    }

    String fingerprint() {
        return RecordedTopology.fingerprint(topology, functions);
    }
}
