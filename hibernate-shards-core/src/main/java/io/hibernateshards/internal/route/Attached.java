package io.hibernateshards.internal.route;

import io.hibernateshards.ShardId;
import org.jspecify.annotations.Nullable;

/** Tells which child session an instance is attached to. */
@FunctionalInterface
public interface Attached {
    /** Knows of no instance. */
    Attached NOWHERE = instance -> null;

    /** The shard of that session, or null if it is attached to none. */
    @Nullable
    ShardId shardOf(Object instance);
}
