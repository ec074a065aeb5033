package io.hibernateshards.boot;

import java.sql.Connection;
import java.sql.SQLException;
import org.hibernate.engine.jdbc.connections.spi.ConnectionProvider;
import org.hibernate.service.UnknownUnwrapTypeException;
import org.hibernate.service.spi.Stoppable;

/**
 * Stops the runtime of a persistence unit that did not start. Hibernate's builder of persistence units leaves the registry
 * of such a one open, and stops the connection provider alone; a multi-tenant factory has no other use for one.
 *
 * @param runtime what to stop
 */
record StopsWithUnit(ShardRuntime runtime) implements ConnectionProvider, Stoppable {
    private static final long serialVersionUID = 1L;

    @Override
    public Connection getConnection() {
        return runtime.connections().getAnyConnection();
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
        runtime.stop();
    }
}
