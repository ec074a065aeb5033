package io.hibernateshards.internal.connection;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Connections to one server of a shard. The pool is made at the first use and needs no running server to be made. */
final class ShardPool implements AutoCloseable {
    /** The shortest time-out that HikariCP takes, in milliseconds. */
    private static final long SLICE = 250;

    private final Server server;
    private final ShardSource source;
    private final String name;
    private final Map<String, String> settings;
    private volatile @Nullable HikariDataSource pool;
    private volatile long timeout;
    private boolean closed;

    /**
     * A pool.
     *
     * @param settings values by {@link PoolSettings} name
     */
    ShardPool(Server server, String name, Map<String, String> settings) {
        this.server = server;
        source = server.source();
        this.name = name;
        this.settings = Map.copyOf(settings);
    }

    /** A small pool beside the one of sessions, for those who hold a connection of that one. */
    static ShardPool apart(Server server, String purpose) {
        ShardSource source = server.source();
        Map<String, String> settings = new TreeMap<>(source.pool());
        settings.put("maximumPoolSize", "2");
        settings.put("minimumIdle", "0");
        settings.put("idleTimeout", "60000");
        settings.put("transactionIsolation", "TRANSACTION_READ_COMMITTED");
        return new ShardPool(server, "shard-" + source.name() + "-" + purpose, settings);
    }

    /**
     * A connection with auto-commit off.
     *
     * @throws ShardingException if there is none in time
     */
    Connection connection() {
        HikariDataSource opened = pool;
        if (opened == null) {
            opened = open();
        }
        long start = System.nanoTime();
        while (true) {
            if (opened.isClosed()) {
                throw Shutdown.error(null);
            }
            server.checkUp();
            try {
                return opened.getConnection();
            } catch (SQLException e) {
                long waited = System.nanoTime() - start;
                if (!(e instanceof SQLTransientConnectionException)
                        || opened.isClosed()
                        || waited + TimeUnit.MILLISECONDS.toNanos(SLICE / 2) > timeout) {
                    throw unavailable(opened, waited, e);
                }
            }
        }
    }

    private synchronized HikariDataSource open() {
        HikariDataSource opened = pool;
        if (closed) {
            throw Shutdown.error(null);
        }
        if (opened == null) {
            opened = new HikariDataSource(config());
            pool = opened;
        }
        return opened;
    }

    /** Whether it was closed for good. */
    synchronized boolean isClosed() {
        return closed;
    }

    /** How full it is, in the words of the pool; null before its first use. */
    @Nullable
    HikariPoolMXBean state() {
        HikariDataSource opened = pool;
        return opened == null ? null : opened.getHikariPoolMXBean();
    }

    /** How many connections it may hold; 0 before its first use. */
    int size() {
        HikariDataSource opened = pool;
        return opened == null ? 0 : opened.getMaximumPoolSize();
    }

    private HikariConfig config() {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        ShardDataSource connections = new ShardDataSource(source, "hibernate-shards " + name, server);
        config.setDataSource(connections);
        PoolSettings.apply(config, settings);
        long wait = config.getConnectionTimeout();
        connections.setLoginTimeout((int) Math.max(1, Math.min(Integer.MAX_VALUE, (wait + 500) / 1000)));
        timeout = TimeUnit.MILLISECONDS.toNanos(wait);
        config.setConnectionTimeout(Math.min(wait, SLICE)); // in between it is seen whether the server went down
        config.setAutoCommit(false);
        config.setIsolateInternalQueries(true); // else a first rollback undoes what connection-init-sql has set
        config.setInitializationFailTimeout(-1);
        config.setExceptionOverride(new ServerErrors(server));
        return config;
    }

    private ShardingException unavailable(HikariDataSource opened, long nanos, SQLException failure) {
        String shard = source.described();
        if (opened.isClosed()) {
            return Shutdown.error(null);
        }
        HikariPoolMXBean state = opened.getHikariPoolMXBean();
        Throwable reason = failure.getCause();
        if (reason instanceof RefusedConnectionException refused && state.getTotalConnections() == 0) {
            return refused.refusal();
        }
        // a reason may be left from an earlier failure to connect
        boolean exhausted = state.getActiveConnections() >= opened.getMaximumPoolSize();
        String why = reason == null || exhausted
                ? "all connections are in use: close sessions sooner, or raise"
                        + " hibernate.shards.pool.maximum-pool-size (now " + opened.getMaximumPoolSize() + ")"
                : "the server said: " + reason.getMessage();
        return new ShardingException(
                ShardErrorCode.SHARD_UNAVAILABLE,
                shard + " gave no connection in " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms (total="
                        + state.getTotalConnections() + ", active=" + state.getActiveConnections() + ", idle="
                        + state.getIdleConnections() + ", waiting=" + state.getThreadsAwaitingConnection() + "); "
                        + why,
                failure);
    }

    /** Closes all connections, those that are in use, too; the next one opens the pool again. */
    void cut() {
        HikariDataSource opened;
        synchronized (this) {
            opened = pool;
            pool = null;
        }
        if (opened != null) {
            opened.close();
        }
    }

    @Override
    public void close() {
        HikariDataSource opened;
        synchronized (this) {
            closed = true;
            opened = pool;
        }
        if (opened != null) {
            opened.close();
        }
    }
}
