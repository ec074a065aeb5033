package io.hibernateshards;

import java.util.List;

/**
 * A row of a {@link ReferenceEntity} that is not the same on all shards, or all rows of one owner in a collection's table.
 *
 * @param entityName the reference entity, the root of its inheritance tree
 * @param table whose rows differ, as SQL names it
 * @param id of the entity, as a JSON object of its values in their order, such as {@code {"0": "SE"}}
 * @param copies the shards that have it, those with equal copies together, the most of them first
 * @param missing the shards that do not have it
 * @since 0.1
 */
public record ReferenceDifference(
        String entityName, String table, String id, List<List<ShardId>> copies, List<ShardId> missing) {}
