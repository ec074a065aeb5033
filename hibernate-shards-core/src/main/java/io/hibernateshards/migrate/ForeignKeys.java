package io.hibernateshards.migrate;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;

/** Which tables a table's foreign keys point to, as the database has them: the mapping may know more, or less. */
final class ForeignKeys {
    private ForeignKeys() {}

    /** What PostgreSQL calls a table. */
    static String nameOf(Connection connection, String table) throws SQLException {
        return names(connection, "select to_regclass(?)::text", table)
                .iterator()
                .next();
    }

    static Set<String> of(Connection connection, String table) throws SQLException {
        return names(
                connection,
                "select confrelid::regclass::text from pg_constraint where contype = 'f' and conrelid = to_regclass(?)",
                table);
    }

    private static Set<String> names(Connection connection, String sql, String table) throws SQLException {
        Set<String> names = new LinkedHashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    names.add(row.getString(1));
                }
            }
        }
        return names;
    }
}
