package io.hibernateshards.boot;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.Topology;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.connection.ShardSource;
import io.hibernateshards.internal.hot.HotKeySettings;
import io.hibernateshards.internal.id.IdSettings;
import io.hibernateshards.internal.scatter.CursorSigner;
import io.hibernateshards.internal.scatter.QueryBudget;
import io.hibernateshards.internal.schema.ShardSchemas.Guard;
import io.hibernateshards.internal.transaction.DecisionRetention;
import io.hibernateshards.spi.ShardObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the settings say, checked.
 *
 * @param sources the shards in the order of the setting, each with its replicas after it
 * @param placement the settings that decide which shard owns which bucket
 * @param adopt databases and a topology that replace what is recorded
 * @param functions below {@code hibernate.shards.function.}
 * @param parallelism the most workers at a time
 * @param budget of queries without hints
 * @param transactions what one may write; null if the servers are to say
 * @param recoveryInterval of transactions that a crash has left
 * @param lockTimeout of transactions that have locked rows of several shards
 * @param decisions how long those of transactions over several shards are kept
 * @param cursors signs those of pages
 * @param hotKeys how they are counted
 * @param consistency of sessions that only read
 * @param probeInterval between two questions how far replicas are
 * @param maxWait for a replica to catch up
 * @param jvms that use the servers at a time
 * @param coherence of the caches of several JVMs, as the setting has it
 * @param listenUrls where to listen for what others change, if not where the shard is
 * @param observer of what sessions do, or null
 */
record Settings(
        List<ShardSource> sources,
        Topology topology,
        Map<String, String> placement,
        Set<String> adopt,
        Map<String, String> functions,
        ShardId catalogShard,
        boolean catalogShardSet,
        String catalogSchema,
        IdSettings ids,
        Guard guard,
        int parallelism,
        QueryBudget budget,
        @Nullable TransactionMode transactions,
        Duration recoveryInterval,
        Duration lockTimeout,
        DecisionRetention decisions,
        CursorSigner cursors,
        HotKeySettings hotKeys,
        Consistency consistency,
        Duration probeInterval,
        Duration maxWait,
        int jvms,
        String coherence,
        Map<ShardId, String> listenUrls,
        @Nullable ShardObserver observer) {
    /** What the starter for Spring Boot reads itself, though Hibernate takes all system properties for its own. */
    private static final String OF_STARTER = ShardSettings.PREFIX + "spring.";

    /** Whether a setting is one of sharded session factories. */
    static boolean isOfFactory(String name) {
        return name.startsWith(ShardSettings.PREFIX) && !name.startsWith(OF_STARTER);
    }
}
