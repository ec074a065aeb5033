package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the entities are that have a value. Asked in the session's own transaction, so that it sees what that has written.
 *
 * <p>That a value has no row, or one that leads to a shard where the entity is not to be seen, is an answer: the
 * transaction that stores the entity is not over on all shards, or was not when its row was read, and one that has not
 * committed yet is one whose entities nobody sees.
 */
final class LookupReader {
    private final LookupTables tables;
    private final Router router;

    LookupReader(LookupTables tables, Router router) {
        this.tables = tables;
        this.router = router;
    }

    /**
     * The shards to ask.
     *
     * @param values as the attribute holds them
     * @return null for all: a value is none of the attribute's, or they have rows on so many shards that asking for those
     *     costs more than it saves
     */
    @Nullable
    Target shardsOf(LookupAttribute attribute, Collection<?> values, LookupSession session) {
        Topology topology = router.topology();
        Map<ShardId, List<String>> byShard = new LinkedHashMap<>(2);
        for (Object value : values) {
            String text;
            try {
                text = LookupText.find(attribute, value, router);
            } catch (ShardingException e) {
                return null;
            }
            if (text == null) {
                return null;
            }
            byShard.computeIfAbsent(topology.shardOf(LookupRow.bucketOf(text)), shard -> new ArrayList<>())
                    .add(text);
        }
        if (byShard.size() > 1 && byShard.size() >= router.everywhere().shards().size()) {
            return null;
        }
        Set<ShardId> found = new HashSet<>();
        LookupTable table = tables.of(attribute);
        byShard.forEach((shard, texts) -> found.addAll(tables.onBranch(
                session,
                shard,
                table.describeRead(),
                connection -> table.shards(connection, attribute.name(), texts, topology))));
        return Target.some(topology.shards().stream().filter(found::contains).toList());
    }
}
