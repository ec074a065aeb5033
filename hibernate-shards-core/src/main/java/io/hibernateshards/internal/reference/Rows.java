package io.hibernateshards.internal.reference;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** Statements on one shard's copy, sent as Hibernate sends its own: logged, seen by inspectors, with its errors. */
final class Rows {
    private final SharedSessionContractImplementor session;

    Rows(SharedSessionContractImplementor session) {
        this.session = session;
    }

    @FunctionalInterface
    private interface Binding {
        void to(PreparedStatement statement) throws SQLException;
    }

    @FunctionalInterface
    private interface Execution<T> {
        T of(PreparedStatement statement) throws SQLException;
    }

    private <T> T send(String sql, Binding parameters, Execution<T> execution) {
        var coordinator = session.getJdbcCoordinator();
        coordinator.executeBatch(); // what Hibernate has not sent yet comes first
        PreparedStatement statement = coordinator.getStatementPreparer().prepareStatement(sql);
        try {
            parameters.to(statement);
            return execution.of(statement);
        } catch (SQLException e) {
            throw session.getJdbcServices()
                    .getSqlExceptionHelper()
                    .convert(e, "reference rows on shard \"" + session.getTenantIdentifier() + "\"", sql);
        } finally {
            coordinator.getLogicalConnection().getResourceRegistry().release(statement);
            coordinator.afterStatementExecution();
        }
    }

    private void update(String sql, Binding parameters) {
        send(sql, parameters, PreparedStatement::executeUpdate);
    }

    /** Waits until no other transaction writes reference entities here, and keeps others from it. */
    void lock(String name) {
        send(
                "select pg_advisory_xact_lock(hashtextextended(?, 0))",
                statement -> statement.setString(1, name),
                statement -> {
                    try (ResultSet row = statement.executeQuery()) {
                        return row.next();
                    }
                });
    }

    String read(ReferenceTable table, Keys keys) {
        return send(table.read(keys.condition(table)), statement -> keys.bind(statement, 1, session), statement -> {
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        });
    }

    void store(ReferenceTable table, String rows) {
        update(table.store(), statement -> statement.setString(1, rows));
    }

    void remove(ReferenceTable table, Keys keys, String but) {
        update(
                table.remove(keys.condition(table)),
                statement -> statement.setString(keys.bind(statement, 1, session), but));
    }

    void clear(ReferenceTable table, Keys keys) {
        update(table.clear(keys.condition(table)), statement -> keys.bind(statement, 1, session));
    }

    /** A digest of each id's rows. */
    Map<String, String> digests(ReferenceTable table) {
        return send(table.digests(), statement -> statement.setFetchSize(1000), statement -> {
            Map<String, String> digests = new LinkedHashMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    digests.put(row.getString(1), row.getString(2));
                }
            }
            return digests;
        });
    }
}
