package io.hibernateshards.internal.connection;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * New connections to one shard. The driver logs the URL of each, and the pool logs its own properties: so the parameters
 * of the URL, of which some are passwords, travel apart from both.
 */
final class ShardDataSource implements DataSource {
    private final ShardSource source;
    private final @Nullable Server server;
    private final Properties properties = new Properties();
    private volatile int loginTimeout;

    /** Connections for a probe, which must not take long to find out. */
    static ShardDataSource ofProbe(ShardSource source, int seconds) {
        ShardDataSource connections = new ShardDataSource(source, "hibernate-shards probe", null);
        for (String timeout : new String[] {"connectTimeout", "socketTimeout", "loginTimeout", "cancelSignalTimeout"}) {
            connections.properties.setProperty(timeout, String.valueOf(seconds));
        }
        return connections;
    }

    /**
     * @param server is told how connecting goes, if given
     */
    ShardDataSource(ShardSource source, String applicationName, @Nullable Server server) {
        this.source = source;
        this.server = server;
        properties.setProperty("ApplicationName", applicationName);
        // the driver then sends two settings with its first message, and not in a round trip each
        properties.setProperty("assumeMinServerVersion", "9.4");
        properties.putAll(UrlParameters.of(source.url()));
        if (source.username() != null) {
            properties.setProperty("user", source.username());
        }
        if (source.password() != null) {
            properties.setProperty("password", source.password());
        }
    }

    /** How long the driver waits for the answer to a cancel request; zero for ever. */
    static Duration cancelSignalTimeout(ShardSource source) {
        String seconds =
                UrlParameters.of(source.url()).getProperty("cancelSignalTimeout", "10"); // the driver's default
        try {
            return Duration.ofSeconds(Integer.parseInt(seconds));
        } catch (NumberFormatException e) {
            return Duration.ZERO; // the driver refuses it
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        Server asked = server;
        if (asked == null) {
            return connect();
        }
        Connection connection = null;
        try {
            connection = connect();
            asked.connected(connection);
            return connection;
        } catch (SQLException e) {
            asked.failed(e);
            if (connection != null) {
                connection.close();
            }
            throw e;
        }
    }

    private Connection connect() throws SQLException {
        Connection connection;
        try {
            connection = PostgresDriver.INSTANCE.connect(source.address(), properties);
        } catch (SQLException e) {
            throw RefusedConnectionException.orFailure(source, e);
        }
        if (connection == null) {
            throw new SQLException("PostgreSQL's driver does not take the URL of shard " + source.shard());
        }
        return connection;
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("a shard has one user");
    }

    /** The time-out of whoever sets it first, if the URL has none. */
    @Override
    public void setLoginTimeout(int seconds) {
        if (loginTimeout == 0) {
            loginTimeout = seconds;
            properties.putIfAbsent("loginTimeout", String.valueOf(seconds));
        }
    }

    /** A pool that is closed waits as long for a connection that it is just opening, which would be left open otherwise. */
    @Override
    public int getLoginTimeout() {
        return loginTimeout;
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return PostgresDriver.INSTANCE.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("nothing is wrapped");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
