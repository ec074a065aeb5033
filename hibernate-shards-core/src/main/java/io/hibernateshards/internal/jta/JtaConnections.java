package io.hibernateshards.internal.jta;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.ShardConnectionProvider;
import io.hibernateshards.internal.connection.ShardServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;
import org.hibernate.resource.jdbc.spi.LogicalConnectionImplementor;
import org.hibernate.service.UnknownUnwrapTypeException;
import org.jspecify.annotations.Nullable;

/**
 * Gives a session in a JTA transaction that transaction's connection, and any other one of the pool. Which of them is said by
 * {@link #connect} for one call: legs work on threads of which the transaction manager knows nothing.
 */
public final class JtaConnections implements MultiTenantConnectionProvider<ShardId> {
    private static final long serialVersionUID = 1L;

    private final transient ShardConnectionProvider pools;

    private transient volatile BiConsumer<ShardId, Integer> doubts = (shard, backend) -> {};

    private transient volatile Consumer<ShardId> committedElsewhere = shard -> {};

    @SuppressWarnings("ThreadLocalUsage") // set for one call only
    private final transient ThreadLocal<@Nullable XaBranch> wanted = new ThreadLocal<>();

    @SuppressWarnings("serial")
    private final transient Map<Connection, XaBranch> held = new ConcurrentHashMap<>();

    public JtaConnections(ShardConnectionProvider pools) {
        this.pools = pools;
    }

    /** Sets what is given the shard and the process of the server when a commit was not answered. */
    public void onDoubt(BiConsumer<ShardId, Integer> listener) {
        doubts = listener;
    }

    void doubt(ShardId shard, int backend) {
        doubts.accept(shard, backend);
    }

    /** Sets what is given the shard of a branch that was committed on another connection than its own. */
    public void onCommittedElsewhere(Consumer<ShardId> listener) {
        committedElsewhere = listener;
    }

    void committedElsewhere(ShardId shard) {
        committedElsewhere.accept(shard);
    }

    ShardConnectionProvider pools() {
        return pools;
    }

    ShardServers servers(ShardId shard) {
        return pools.servers(shard);
    }

    /** Has a session that holds no connection take that of the branch. */
    void connect(LogicalConnectionImplementor session, XaBranch branch) {
        wanted.set(branch);
        try {
            session.getPhysicalConnection();
        } finally {
            wanted.remove();
        }
    }

    @Override
    public Connection getConnection(ShardId shard) {
        XaBranch branch = wanted.get();
        if (branch == null) {
            return pools.getConnection(shard);
        }
        Connection connection = branch.hold();
        held.put(connection, branch);
        return connection;
    }

    @Override
    public void releaseConnection(ShardId shard, Connection connection) throws SQLException {
        XaBranch branch = held.get(connection);
        if (branch == null) {
            pools.releaseConnection(shard, connection);
        } else {
            branch.release();
        }
    }

    /** The pool has the connection again, and wraps it anew for the next who asks. */
    void giveBack(ShardId shard, Connection lent, Connection connection) throws SQLException {
        held.remove(lent);
        pools.releaseConnection(shard, connection);
    }

    @Override
    public Connection getAnyConnection() {
        return pools.getAnyConnection();
    }

    @Override
    public void releaseAnyConnection(Connection connection) throws SQLException {
        pools.releaseAnyConnection(connection);
    }

    @Override
    public boolean supportsAggressiveRelease() {
        return false;
    }

    @Override
    public boolean isUnwrappableAs(Class<?> type) {
        return type.isInstance(this) || pools.isUnwrappableAs(type);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        if (!pools.isUnwrappableAs(type)) {
            throw new UnknownUnwrapTypeException(type);
        }
        return pools.unwrap(type);
    }
}
