package io.hibernateshards.spring.jdbc;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardingException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection that finds its shard when it is used. Spring keeps one connection of a data source for as long as a transaction
 * lasts, but the shard that is meant may change in between: so it is asked for at each statement.
 *
 * <p>In a session's transaction it is that session's connection, and leaves the end of the transaction to it. Otherwise it
 * has connections of its own, of several shards if need be, but in a transaction of its own of one only.
 */
final class RoutedConnection implements InvocationHandler {
    /** What would still hold for others when the transaction is over. */
    private static final Set<String> OUTLASTING = Set.of(
            "abort",
            "setCatalog",
            "setClientInfo",
            "setHoldability",
            "setNetworkTimeout",
            "setReadOnly",
            "setSchema",
            "setTransactionIsolation",
            "setTypeMap");

    private final ShardedDataSource shards;
    private final Supplier<ShardId> route;
    private final @Nullable ShardedSession session;
    private final Map<ShardId, Connection> own = new LinkedHashMap<>(1);
    private final Set<ShardId> readOnly = new HashSet<>(0);
    private boolean autoCommit = true;
    private boolean closed;

    RoutedConnection(ShardedDataSource shards, Supplier<ShardId> route) {
        this.shards = shards;
        this.route = route;
        session = shards.transaction();
    }

    Connection proxy() {
        return (Connection) Proxy.newProxyInstance(
                RoutedConnection.class.getClassLoader(), new Class<?>[] {Connection.class}, this);
    }

    @Override
    public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments) throws Throwable {
        Object first = arguments == null || arguments.length == 0 ? null : arguments[0];
        return switch (method.getName()) {
            case "equals" -> self == first;
            case "hashCode" -> System.identityHashCode(self);
            case "toString" -> "connection" + own.keySet() + (closed ? ", closed" : "");
            case "isClosed" -> closed;
            case "close" -> {
                close();
                yield null;
            }
            default -> {
                if (closed) {
                    throw new SQLException("the connection is closed", "08003");
                }
                if (first instanceof Class<?> type && type.isInstance(self)) { // isWrapperFor, unwrap
                    yield method.getReturnType() == boolean.class ? true : self;
                }
                yield session == null ? alone(method, arguments, first) : inSession(session, method, arguments, first);
            }
        };
    }

    private @Nullable Object alone(Method method, Object @Nullable [] arguments, @Nullable Object first)
            throws Throwable {
        return switch (method.getName()) {
            case "getAutoCommit" -> autoCommit;
            case "setAutoCommit" -> {
                setAutoCommit(Boolean.TRUE.equals(first));
                yield null;
            }
            case "commit", "rollback" -> own.isEmpty() ? null : call(target(), method, arguments);
            case "setShardingKey", "setShardingKeyIfValid" -> throw shardRefused();
            case "getMetaData", "isValid" -> call(anyTarget(), method, arguments);
            default -> call(target(), method, arguments);
        };
    }

    private @Nullable Object inSession(
            ShardedSession of, Method method, Object @Nullable [] arguments, @Nullable Object first) throws Throwable {
        String name = method.getName();
        boolean endsTransaction = name.equals("commit")
                || name.equals("rollback") && first == null
                || name.equals("setAutoCommit") && Boolean.TRUE.equals(first);
        if (endsTransaction || OUTLASTING.contains(name)) {
            throw new SQLException(
                    name + " on a connection whose transaction a session ends: use the transaction manager", "2D000");
        }
        if (name.startsWith("setShardingKey")) {
            throw shardRefused();
        }
        if (name.equals("getAutoCommit")) {
            return false;
        }
        if (name.equals("setAutoCommit")) {
            return null;
        }
        if (!of.isOpen() || !of.isJoinedToTransaction()) {
            throw new SQLException("the transaction that this connection is part of has ended", "08003");
        }
        return call(connectionOf(of), method, arguments);
    }

    private Connection connectionOf(ShardedSession of) throws SQLException {
        ShardId shard = route.get();
        Connection connection = of.connection(shard);
        if (of.isReadsOnly() && readOnly.add(shard)) {
            // the session itself refuses what would write; SQL that it does not see is refused by the server
            try (Statement statement = connection.createStatement()) {
                statement.execute("set transaction read only");
            }
        }
        return connection;
    }

    private static SQLFeatureNotSupportedException shardRefused() {
        return new SQLFeatureNotSupportedException(
                "a connection cannot be given another key: take another one from createConnectionBuilder()");
    }

    private Connection target() throws SQLException {
        return target(route.get());
    }

    private Connection target(ShardId shard) throws SQLException {
        Connection known = own.get(shard);
        if (known != null) {
            return known;
        }
        if (!autoCommit && !own.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "a connection has begun a transaction on shard \""
                            + own.keySet().iterator().next()
                            + "\" and was about to be used on shard \"" + shard
                            + "\". Use the JPA transaction manager, which commits on several shards together, or end the"
                            + " transaction first");
        }
        Connection connection = shards.shards().openConnection(shard);
        own.put(shard, connection);
        if (autoCommit) {
            connection.setAutoCommit(true); // the pools' connections do not, and what is not committed would be lost
        }
        return connection;
    }

    /** For what all servers answer alike, such as what product they are: the shard that is meant, else the first that answers. */
    private Connection anyTarget() throws SQLException {
        try {
            return target();
        } catch (ShardingException unknown) {
            if (unknown.code() != ShardErrorCode.ROUTE_MISSING) {
                throw unknown;
            }
        }
        if (!own.isEmpty()) {
            return own.values().iterator().next();
        }
        List<ShardId> all = shards.shards().getTopology().shards();
        for (ShardId shard : all.subList(0, all.size() - 1)) {
            try {
                return target(shard);
            } catch (ShardingException down) {
                if (down.code() != ShardErrorCode.SHARD_UNAVAILABLE) {
                    throw down;
                }
            }
        }
        return target(all.get(all.size() - 1));
    }

    private void setAutoCommit(boolean wanted) throws SQLException {
        if (!wanted && own.size() > 1) {
            throw new ShardingException(
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "a connection has been used on the shards " + own.keySet()
                            + ", and a transaction of its own is on one: take another connection");
        }
        for (Connection connection : own.values()) {
            connection.setAutoCommit(wanted);
        }
        autoCommit = wanted;
    }

    private void close() throws SQLException {
        closed = true;
        SQLException failure = null;
        for (Connection connection : own.values()) {
            try {
                connection.close();
            } catch (SQLException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        own.clear();
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable Object call(Connection target, Method method, Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }
}
