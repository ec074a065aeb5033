package io.hibernateshards.internal.gather;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.hibernate.engine.jdbc.spi.JdbcCoordinator;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * The rows of a table on one shard, read through the session's own connection, so that what it has written there is among
 * them. Parameters are bound as Hibernate binds them, which COPY could not; a cursor holds a few rows at a time.
 */
final class RowSource {
    private static final int FETCH = 256;
    private static final int ALWAYS_BINARY = -1;

    private final CopiedTable table;
    private final SharedSessionContractImplementor child;
    private final RowBudget budget;
    private final @Nullable Integer timeout;

    RowSource(CopiedTable table, SharedSessionContractImplementor child, RowBudget budget, @Nullable Integer timeout) {
        this.table = table;
        this.child = child;
        this.budget = budget;
        this.timeout = timeout;
    }

    void copyTo(CopyTarget target) {
        String sql = "select record_send(\"gathered row\") from (" + TempTable.rows(table, budget.most())
                + ") \"gathered row\"";
        JdbcCoordinator jdbc = child.getJdbcCoordinator();
        PreparedStatement statement = jdbc.getStatementPreparer().prepareQueryStatement(sql, false, null);
        try {
            prepare(statement);
            ResultSet rows = jdbc.getResultSetReturn().extract(statement, sql);
            CopyTarget.Writer writer = target.new Writer();
            while (rows.next()) {
                budget.take(table, 1);
                writer.row(rows.getBytes(1));
            }
            writer.flush();
        } catch (SQLException e) {
            throw child.getJdbcServices()
                    .getSqlExceptionHelper()
                    .convert(e, "could not copy rows of " + table.name() + " for a query over several shards", sql);
        } finally {
            jdbc.getLogicalConnection().getResourceRegistry().release(statement);
        }
    }

    private void prepare(PreparedStatement statement) throws SQLException {
        RowFilter filter = table.filter();
        if (filter != null) {
            filter.parameters().bind(statement, child);
        }
        statement.setFetchSize(FETCH);
        if (timeout != null) {
            statement.setQueryTimeout(timeout);
        }
        PGStatement driver = statement.unwrap(PGStatement.class);
        if (driver.getPrepareThreshold()
                != 0) { // else nothing may be prepared, as with a pooler, and text does as well
            driver.setPrepareThreshold(ALWAYS_BINARY);
        }
    }
}
