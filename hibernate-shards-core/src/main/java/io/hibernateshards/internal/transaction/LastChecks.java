package io.hibernateshards.internal.transaction;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * What a commit would find out, found out before any branch commits: deferred constraints that do not hold, a statement
 * that failed before, a server that is gone.
 */
final class LastChecks {
    private LastChecks() {}

    static void run(Branch<?> branch) {
        SharedSessionContractImplementor session = branch.session();
        Connection connection =
                session.getJdbcCoordinator().getLogicalConnection().getPhysicalConnection();
        String sql = "set constraints all immediate";
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw session.getJdbcServices().getSqlExceptionHelper().convert(e, "could not commit", sql);
        }
    }
}
