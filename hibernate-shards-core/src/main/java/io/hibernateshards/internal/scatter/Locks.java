package io.hibernateshards.internal.scatter;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** Row locks that a transaction takes and may let go of again: what is locked after a savepoint ends with a rollback to it. */
final class Locks {
    private Locks() {}

    static Savepoint savepoint(SharedSessionContractImplementor child) {
        try {
            return connection(child).setSavepoint();
        } catch (SQLException e) {
            throw converted(e, child);
        }
    }

    /** Ends a savepoint, and with {@code undone} all locks that were taken after it. */
    static void end(SharedSessionContractImplementor child, Savepoint before, boolean undone) {
        try {
            Connection connection = connection(child);
            if (undone) {
                connection.rollback(before);
            }
            connection.releaseSavepoint(before);
        } catch (SQLException e) {
            throw converted(e, child);
        }
    }

    private static Connection connection(SharedSessionContractImplementor child) {
        return child.getJdbcCoordinator().getLogicalConnection().getPhysicalConnection();
    }

    private static RuntimeException converted(SQLException e, SharedSessionContractImplementor child) {
        return child.getJdbcServices()
                .getSqlExceptionHelper()
                .convert(e, "could not limit locks on shard \"" + child.getTenantIdentifierValue() + "\"");
    }
}
