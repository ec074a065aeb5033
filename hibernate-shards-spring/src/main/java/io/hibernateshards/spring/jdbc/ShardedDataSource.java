package io.hibernateshards.spring.jdbc;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.spring.ShardContext;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ConnectionBuilder;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKey;
import java.sql.ShardingKeyBuilder;
import java.util.List;
import java.util.function.Supplier;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.orm.jpa.EntityManagerFactoryUtils;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * JDBC over the shards. SQL is text to this library, so somebody has to say which shard it is for:
 *
 * <ul>
 *   <li>{@link ShardContext}, around the work;
 *   <li>{@link #onShard}, a data source of one shard;
 *   <li>the JDK's own sharding API: {@link #createShardingKeyBuilder} makes a key of the values of a shard key, which
 *       {@link #createConnectionBuilder} takes as {@code shardingKey}. Where entities are placed by several kinds of keys,
 *       {@code superShardingKey} says which one is meant: a key of one value, the entity's class or its name;
 *   <li>nobody, if there is only one shard.
 * </ul>
 *
 * <p>A connection without a key of its own may change shards from statement to statement, with the context. If it does not
 * know the shard when a statement is made, that fails with {@code HS-033}.
 *
 * <p>In a transaction of the JPA transaction manager, what is done here is part of that transaction: it uses the very
 * connections of its session, sees what the session has flushed and the other way round, and commits together with
 * it, on several shards too. Otherwise connections are the primaries', from the pools of the shards, and statements commit by
 * themselves.
 *
 * @since 0.1
 */
public final class ShardedDataSource implements DataSource {
    private final Supplier<? extends EntityManagerFactory> factories;
    private volatile @Nullable EntityManagerFactory known;

    /**
     * A data source that asks for its factory when it is first used, so that the two can be made in any order.
     *
     * @param factory one that unwraps to {@link ShardedSessionFactory}; that of the transaction manager, if there is one
     */
    public ShardedDataSource(Supplier<? extends EntityManagerFactory> factory) {
        factories = factory;
    }

    private EntityManagerFactory factory() {
        EntityManagerFactory factory = known;
        if (factory == null) {
            factory = factories.get();
            known = factory;
        }
        return factory;
    }

    ShardedSessionFactory shards() {
        return factory().unwrap(ShardedSessionFactory.class);
    }

    /** The session of the Spring transaction that this thread is in; null if none is active. */
    @Nullable
    ShardedSession transaction() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            return null;
        }
        EntityManager entityManager = EntityManagerFactoryUtils.getTransactionalEntityManager(factory());
        if (entityManager == null) {
            return null;
        }
        ShardedSession session = entityManager.unwrap(ShardedSession.class);
        return session.isJoinedToTransaction() ? session : null;
    }

    /** The shard of the scope that this thread is in, or the only one. */
    private ShardId currentShard() {
        ShardedSessionFactory factory = shards();
        ShardId current = ShardContext.currentShard(factory);
        if (current != null) {
            return current;
        }
        List<ShardId> all = factory.getTopology().shards();
        if (all.size() == 1) {
            return all.get(0);
        }
        throw new ShardingException(
                ShardErrorCode.ROUTE_MISSING,
                "a statement by JDBC does not say which of the shards " + all
                        + " it is for. Do it within ShardContext.onKey or onShard, or give"
                        + " createConnectionBuilder() a sharding key");
    }

    @Override
    public Connection getConnection() {
        return new RoutedConnection(this, this::currentShard).proxy();
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw userRefused();
    }

    static SQLFeatureNotSupportedException userRefused() {
        return new SQLFeatureNotSupportedException(
                "the user of each shard is in its settings, hibernate.shards.shard.<name>.username");
    }

    /**
     * A data source whose connections are those of one shard.
     *
     * @param shard which one
     * @return equal to every other of that shard
     */
    public DataSource onShard(ShardId shard) {
        return new OneShard(this, shard);
    }

    Connection connection(ShardId shard) {
        return new RoutedConnection(this, () -> shard).proxy();
    }

    /** The shard of a key: looked up when a connection is made. */
    ShardId shardOf(Subkeys key, @Nullable Subkeys entity) throws SQLException {
        if (entity != null && entity.values().size() != 1) {
            throw new SQLException("a superShardingKey is one value, an entity's class or name; it has "
                    + entity.values().size());
        }
        return shards().locate(
                        key.keys(), entity == null ? null : entity.values().get(0));
    }

    /**
     * Makes connections to the shard of a key.
     *
     * @return takes {@code shardingKey} and, where there are several kinds of keys, {@code superShardingKey}; no {@code user}
     */
    @Override
    public ConnectionBuilder createConnectionBuilder() {
        return new KeyedConnectionBuilder(this);
    }

    /**
     * Makes a sharding key of the values of a shard key, in the order of the key.
     *
     * @return takes any value that the key's attribute can hold or be read from; types are not needed otherwise, and ignored
     * @see ShardHints#KEY
     */
    @Override
    public ShardingKeyBuilder createShardingKeyBuilder() {
        return new Subkeys.Builder();
    }

    /**
     * The sharding key of one value.
     *
     * @param value as {@link #createShardingKeyBuilder} takes it
     * @return the key
     */
    public ShardingKey shardingKey(Object value) {
        return new Subkeys(List.of(value));
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        throw new SQLFeatureNotSupportedException("set hibernate.shards.pool.connection-timeout");
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger(ShardedDataSource.class.getPackageName());
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new SQLException("a data source over shards cannot be unwrapped as " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }
}
