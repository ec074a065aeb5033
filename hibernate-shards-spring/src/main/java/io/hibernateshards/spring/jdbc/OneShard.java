package io.hibernateshards.spring.jdbc;

import io.hibernateshards.ShardId;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one shard. Spring keeps one connection of a data source for a transaction, so those of different shards
 * must differ, and those of one be equal.
 */
record OneShard(ShardedDataSource shards, ShardId shard) implements DataSource {
    @Override
    public Connection getConnection() {
        return shards.connection(shard);
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw ShardedDataSource.userRefused();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        shards.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return shards.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : shards.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this) || shards.isWrapperFor(type);
    }

    @Override
    public String toString() {
        return "data source of shard \"" + shard + "\"";
    }
}
