package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a shard is and how to connect to it.
 *
 * @param username null to take it from the URL
 * @param password null to take it from the URL, or none
 * @param pool values by {@link PoolSettings} name
 */
public record ShardSource(
        ShardId shard, String url, @Nullable String username, @Nullable String password, Map<String, String> pool) {
    public ShardSource {
        pool = Map.copyOf(pool);
    }

    /** The URL without its parameters, which may hold a password. */
    public String address() {
        int query = url.indexOf('?');
        return query < 0 ? url : url.substring(0, query);
    }

    /** Shard and address: no password. */
    @Override
    public String toString() {
        return shard + " at " + address();
    }
}
