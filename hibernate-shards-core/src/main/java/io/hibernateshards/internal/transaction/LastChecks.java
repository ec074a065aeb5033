package io.hibernateshards.internal.transaction;

import java.sql.SQLException;
import java.sql.Statement;

/**
 * What a commit would find out, found out before any branch commits: deferred constraints that do not hold, a statement
 * that failed before, a server that is gone.
 */
final class LastChecks {
    private LastChecks() {}

    static void run(Branch<?> branch) {
        String sql = "set constraints all immediate";
        try (Statement statement = branch.connection().createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw branch.session().getJdbcServices().getSqlExceptionHelper().convert(e, "could not commit", sql);
        }
    }
}
