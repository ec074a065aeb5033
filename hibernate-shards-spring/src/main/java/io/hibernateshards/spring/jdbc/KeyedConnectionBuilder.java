package io.hibernateshards.spring.jdbc;

import java.sql.Connection;
import java.sql.ConnectionBuilder;
import java.sql.SQLException;
import java.sql.ShardingKey;
import org.jspecify.annotations.Nullable;

/** Connections to the shard of a key, by the JDK's own names. */
final class KeyedConnectionBuilder implements ConnectionBuilder {
    private final ShardedDataSource shards;
    private boolean userGiven;
    private @Nullable ShardingKey key;
    private @Nullable ShardingKey entity;

    KeyedConnectionBuilder(ShardedDataSource shards) {
        this.shards = shards;
    }

    @Override
    public ConnectionBuilder user(@Nullable String username) {
        userGiven |= username != null;
        return this;
    }

    @Override
    public ConnectionBuilder password(@Nullable String password) {
        userGiven |= password != null;
        return this;
    }

    @Override
    public ConnectionBuilder shardingKey(@Nullable ShardingKey shardingKey) {
        key = shardingKey;
        return this;
    }

    @Override
    public ConnectionBuilder superShardingKey(@Nullable ShardingKey superShardingKey) {
        entity = superShardingKey;
        return this;
    }

    @Override
    public Connection build() throws SQLException {
        if (userGiven) {
            throw ShardedDataSource.userRefused();
        }
        if (key == null) {
            if (entity != null) {
                throw new SQLException("a superShardingKey, which names an entity, needs a shardingKey");
            }
            return shards.getConnection();
        }
        return shards.connection(shards.shardOf(Subkeys.of(key), entity == null ? null : Subkeys.of(entity)));
    }
}
