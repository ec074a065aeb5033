package io.hibernateshards.spring;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import org.jspecify.annotations.Nullable;

/**
 * A shard by its name, or by a key that it owns: which shard that is may change, so it is found out at each use.
 *
 * @param entity whose key it is, a class or a name; null if there is only one kind of keys
 */
record ShardRoute(@Nullable ShardId named, @Nullable Object entity, @Nullable ShardKeys key) {
    static ShardRoute of(ShardId shard) {
        return new ShardRoute(shard, null, null);
    }

    static ShardRoute of(@Nullable Object entity, Object key) {
        return new ShardRoute(null, entity, key instanceof ShardKeys keys ? keys : ShardKeys.of(key));
    }

    ShardId shard(ShardedSessionFactory factory) {
        if (key != null) {
            return factory.locate(key, entity);
        }
        if (named == null || !factory.getTopology().shards().contains(named)) {
            throw new ShardingException(
                    ShardErrorCode.ROUTE_MISSING,
                    "there is no shard \"" + named + "\", only "
                            + factory.getTopology().shards());
        }
        return named;
    }
}
