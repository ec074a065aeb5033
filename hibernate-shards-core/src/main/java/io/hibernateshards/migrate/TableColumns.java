package io.hibernateshards.migrate;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The columns of tables as a database has them. */
final class TableColumns {
    private TableColumns() {}

    /** The type of each column that can be written, by its quoted name; none if there is no such table. */
    static Map<String, String> of(Connection connection, String table) throws SQLException {
        Map<String, String> columns = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(
                """
                select quote_ident(attname), format_type(atttypid, atttypmod) from pg_attribute
                where attrelid = to_regclass(?) and attnum > 0 and not attisdropped and attgenerated = ''
                order by attname collate "C\"""")) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    columns.put(row.getString(1), row.getString(2));
                }
            }
        }
        return columns;
    }
}
