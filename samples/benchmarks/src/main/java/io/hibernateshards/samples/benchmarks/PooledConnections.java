package io.hibernateshards.samples.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import org.hibernate.engine.jdbc.connections.spi.ConnectionProvider;
import org.hibernate.service.spi.Configurable;
import org.hibernate.service.spi.Stoppable;
import org.jspecify.annotations.Nullable;

/** HikariCP for plain Hibernate, set up just as the shards' pools are. */
public final class PooledConnections implements ConnectionProvider, Configurable, Stoppable {
    private static final long serialVersionUID = 1L;

    static final String URL = "pool.url";
    static final String USER = "pool.user";
    static final String PASSWORD = "pool.password";

    private transient @Nullable HikariDataSource pool;

    static HikariDataSource open(String url, String user, String password) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword(password);
        config.setAutoCommit(false);
        config.setMaximumPoolSize(10);
        return new HikariDataSource(config);
    }

    @Override
    public void configure(Map<String, Object> settings) {
        pool = open(text(settings, URL), text(settings, USER), text(settings, PASSWORD));
    }

    private static String text(Map<String, Object> settings, String name) {
        return (String) Objects.requireNonNull(settings.get(name), name);
    }

    @Override
    public Connection getConnection() throws SQLException {
        return Objects.requireNonNull(pool).getConnection();
    }

    @Override
    public void closeConnection(Connection connection) throws SQLException {
        connection.close();
    }

    @Override
    public boolean supportsAggressiveRelease() {
        return false;
    }

    @Override
    public boolean isUnwrappableAs(Class<?> type) {
        return false;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        throw new IllegalArgumentException(type.getName());
    }

    @Override
    public void stop() {
        Objects.requireNonNull(pool).close();
    }
}
