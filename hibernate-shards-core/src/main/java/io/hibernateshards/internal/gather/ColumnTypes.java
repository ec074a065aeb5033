package io.hibernateshards.internal.gather;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * The types of the columns of tables, as the server writes them, without a modifier and with the collation if it is not the
 * type's own. Each table is asked for once, and again for a column that it did not have then. Safe for use by several
 * threads.
 */
final class ColumnTypes {
    private static final String COLUMNS =
            """
            select a.attname, format_type(a.atttypid, -1)
                || case when a.attcollation <> t.typcollation
                    then ' collate ' || quote_ident(s.nspname) || '.' || quote_ident(c.collname) else '' end
            from pg_attribute a
            join pg_type t on t.oid = a.atttypid
            left join pg_collation c on c.oid = a.attcollation
            left join pg_namespace s on s.oid = c.collnamespace
            where a.attrelid = to_regclass(?) and a.attnum > 0 and not a.attisdropped order by a.attnum""";

    private final Map<String, Map<String, String>> byTable = new ConcurrentHashMap<>();

    /**
     * The types of the columns that are read, by their names as SQL has them.
     *
     * @param child the session of a shard that has the table
     * @return null if a column is none of the table's, such as a system column
     */
    @Nullable
    Map<String, String> of(CopiedTable table, SharedSessionContractImplementor child) {
        Map<String, String> found = some(table, byTable.getOrDefault(table.name(), Map.of()));
        if (found == null) {
            Map<String, String> all = read(table.name(), child);
            byTable.put(table.name(), all);
            found = some(table, all);
        }
        return found;
    }

    private static @Nullable Map<String, String> some(CopiedTable table, Map<String, String> all) {
        Map<String, String> some = new LinkedHashMap<>();
        if (table.columns().contains(CopiedTable.ALL_COLUMNS)) {
            all.forEach((name, type) -> some.put('"' + name.replace("\"", "\"\"") + '"', type));
            return all.isEmpty() ? null : some;
        }
        for (String column : table.columns()) {
            String type = all.get(plain(column));
            if (type == null) {
                return null;
            }
            some.put(column, type);
        }
        return some;
    }

    private static String plain(String column) {
        return column.startsWith("\"")
                ? column.substring(1, column.length() - 1).replace("\"\"", "\"")
                : column.toLowerCase(Locale.ROOT);
    }

    private static Map<String, String> read(String table, SharedSessionContractImplementor child) {
        Connection connection =
                child.getJdbcCoordinator().getLogicalConnection().getPhysicalConnection();
        Map<String, String> types = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    types.put(row.getString(1), row.getString(2));
                }
            }
            return types;
        } catch (SQLException e) {
            throw child.getJdbcServices()
                    .getSqlExceptionHelper()
                    .convert(e, "could not read the columns of " + table, COLUMNS);
        }
    }
}
