package io.hibernateshards.internal.mapping;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the rows of one entity live. Every entity of an inheritance tree has one, equal in all but the name. */
public sealed interface EntityPlacement {
    /** Hibernate's entity name. */
    String entityName();

    /** A copy on every shard. */
    record Reference(String entityName) implements EntityPlacement {}

    /** All rows on one shard. */
    record Single(String entityName, ShardId shard) implements EntityPlacement {}

    /**
     * Placed by a shard key.
     *
     * @param group the domain that its keys belong to; entities of equal groups with equal keys are co-located
     * @param key how an instance leads to its key
     * @param id what the id says about the bucket
     * @param idStyle how the id is made, or null if it is no {@code @ShardedId}
     */
    record Sharded(String entityName, KeyGroup group, KeySource key, IdPlacement id, @Nullable IdStyle idStyle)
            implements EntityPlacement {}

    /** How an instance leads to its key. */
    sealed interface KeySource {}

    /** The entity is a root: the key's values are its own attributes, in the order of the key. */
    record OwnKey(List<KeyAttribute> attributes) implements KeySource {}

    /**
     * The entity lives with the one that a to-one association leads to.
     *
     * @param association the attribute path, dots reach into embeddables and composite ids
     * @param parentEntity the entity name it points to; it has a {@link Sharded} placement of the same group
     * @param foreignKey what the foreign key's value, which is the parent's id, says about the bucket: the parent's own
     */
    record ParentKey(String association, String parentEntity, IdPlacement foreignKey) implements KeySource {}

    /** What an id's value says about the bucket. */
    sealed interface IdPlacement {}

    /** The id carries the bucket in its bits. */
    record CarriesBucket(IdStyle style) implements IdPlacement {}

    /**
     * The id is the key, or an embedded or class id has all values of the key among its attributes.
     *
     * @param paths for each value of the key the attribute path inside the id; an empty path is the id itself
     */
    record HoldsKey(List<String> paths) implements IdPlacement {}

    /** The id says nothing: a find asks all shards. */
    record Silent() implements IdPlacement {}
}
