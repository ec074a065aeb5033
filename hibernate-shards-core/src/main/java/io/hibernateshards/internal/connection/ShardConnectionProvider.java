package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;
import org.hibernate.service.UnknownUnwrapTypeException;
import org.hibernate.service.spi.Stoppable;

/** Gives Hibernate the connections of the shard that a session belongs to: one pool a shard. */
public final class ShardConnectionProvider implements MultiTenantConnectionProvider<ShardId>, Stoppable, AutoCloseable {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // Hibernate declares the interface serializable; nothing ever serializes a pool
    private final transient Map<ShardId, ShardPool> pools = new LinkedHashMap<>();

    @SuppressWarnings("serial")
    private final transient Map<ShardId, ShardPool> apart = new LinkedHashMap<>();

    /** Pools for all the shards; connects to none of them yet. */
    public ShardConnectionProvider(Collection<ShardSource> sources) {
        for (ShardSource source : sources) {
            pools.put(source.shard(), new ShardPool(source, "shard-" + source.shard(), source.pool()));
            apart.put(source.shard(), ShardPool.apart(source, "apart"));
        }
    }

    /**
     * A connection of a shard, auto-commit off; close it to give it back.
     *
     * @throws ShardingException if there is no such shard, or it has no connection to give in time
     */
    @Override
    public Connection getConnection(ShardId shard) {
        return connection(pools, shard);
    }

    /**
     * A connection of a shard for a session that holds one of each shard already, and waits for nothing while it has this
     * one; so the few that there are always come back.
     *
     * @throws ShardingException if there is no such shard, or it has no connection to give in time
     */
    public Connection connectionApart(ShardId shard) {
        return connection(apart, shard);
    }

    private static Connection connection(Map<ShardId, ShardPool> pools, ShardId shard) {
        ShardPool pool = pools.get(shard);
        if (pool == null) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION, "there is no shard \"" + shard + "\"; there are " + pools.keySet());
        }
        return pool.connection();
    }

    @Override
    public void releaseConnection(ShardId shard, Connection connection) throws SQLException {
        connection.close();
    }

    /** Serves start-up, where any shard is as good as another: the first one that answers. */
    @Override
    public Connection getAnyConnection() {
        List<ShardingException> failures = new ArrayList<>();
        for (ShardPool pool : pools.values()) {
            try {
                return pool.connection();
            } catch (ShardingException e) {
                failures.add(e);
            }
        }
        ShardingException none = new ShardingException(
                ShardErrorCode.SHARD_UNAVAILABLE,
                "no shard answers:\n"
                        + failures.stream().map(Throwable::getMessage).collect(Collectors.joining("\n")));
        failures.forEach(none::addSuppressed);
        throw none;
    }

    @Override
    public void releaseAnyConnection(Connection connection) throws SQLException {
        connection.close();
    }

    @Override
    public boolean supportsAggressiveRelease() {
        return false;
    }

    @Override
    public boolean isUnwrappableAs(Class<?> type) {
        return type.isInstance(this);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (!type.isInstance(this)) {
            throw new UnknownUnwrapTypeException(type);
        }
        return type.cast(this);
    }

    @Override
    public void stop() {
        close();
    }

    /** Closes all connections. May be called again. */
    @Override
    public void close() {
        pools.values().forEach(ShardPool::close);
        apart.values().forEach(ShardPool::close);
    }
}
