package io.hibernateshards.internal.gather;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/** A temporary table of the same name as a table, with the same columns, types and collations. */
final class TempTable {
    private final CopiedTable table;

    TempTable(CopiedTable table) {
        this.table = table;
    }

    /** The rows that are needed of one shard. */
    static String rows(CopiedTable table, long most) {
        RowFilter filter = table.filter();
        return "select " + columns(table) + " from " + table.name()
                + (filter == null ? "" : " " + filter.alias() + " where " + filter.condition())
                + " limit " + most;
    }

    /** Of a table whose rows are only counted, nothing: but a row has to have something. */
    private static String columns(CopiedTable table) {
        return table.columns().isEmpty() ? "null::boolean as nothing" : String.join(", ", table.columns());
    }

    /** Creates it with the rows that are there already. */
    void create(SharedSessionContractImplementor destination, Connection connection, RowBudget budget)
            throws SQLException {
        String sql = "create temp table " + table.copy() + " on commit drop as " + rows(table, budget.most());
        log(destination, sql);
        RowFilter filter = table.filter();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (filter != null) {
                filter.parameters().bind(statement, destination);
            }
            budget.take(table, statement.executeUpdate());
        }
    }

    /** Creates it where there is no such table, as one of its shards describes it. */
    void create(SharedSessionContractImplementor destination, Connection connection, Connection described)
            throws SQLException {
        String columns = table.columns().isEmpty()
                ? "nothing boolean"
                : first(
                        described,
                        table.name(),
                        """
                select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                        || case when a.attcollation <> t.typcollation
                                then ' collate ' || quote_ident(s.nspname) || '.' || quote_ident(c.collname)
                                else '' end, ', ' order by a.attnum)
                from pg_attribute a
                join pg_type t on t.oid = a.atttypid
                left join pg_collation c on c.oid = a.attcollation
                left join pg_namespace s on s.oid = c.collnamespace
                where a.attrelid = to_regclass(?) and a.attnum > 0 and not a.attisdropped""");
        if (columns == null) {
            throw new SQLException("there is no table " + table.name() + " on its shard");
        }
        execute(destination, connection, "create temp table " + table.copy() + " (" + columns + ") on commit drop");
    }

    String copyIn() {
        return "copy pg_temp." + table.copy()
                + (table.columns().isEmpty() ? "" : " (" + columns(table) + ")")
                + " from stdin (format binary)";
    }

    /** The same table, its columns by their names if all are meant, and with those of its primary key. */
    static CopiedTable complete(CopiedTable table, @Nullable String key, Connection connection) throws SQLException {
        List<String> columns = new ArrayList<>(table.columns());
        if (columns.contains(CopiedTable.ALL_COLUMNS)) {
            String all = first(
                    connection,
                    table.name(),
                    """
                    select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                    where attrelid = to_regclass(?) and attnum > 0 and not attisdropped""");
            columns = all == null ? columns : names(all);
        } else if (key != null) {
            Set<String> known = new LinkedHashSet<>();
            columns.forEach(column -> known.add(normal(column)));
            for (String column : names(key)) {
                if (known.add(normal(column))) {
                    columns.add(column);
                }
            }
        }
        return new CopiedTable(table.name(), columns, table.shards(), table.filter());
    }

    private static List<String> names(String columns) {
        return List.of(columns.split(", ", -1));
    }

    /** The columns of its primary key, separated by commas; null if it has none. */
    static @Nullable String key(CopiedTable table, Connection connection) throws SQLException {
        return first(
                connection,
                table.name(),
                """
                select string_agg(quote_ident(a.attname), ', ' order by k.position)
                from pg_index i
                cross join unnest(i.indkey) with ordinality k (number, position)
                join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
                where i.indrelid = to_regclass(?) and i.indisprimary""");
    }

    private static String normal(String column) {
        return column.startsWith("\"") ? column.substring(1, column.length() - 1) : column.toLowerCase(Locale.ROOT);
    }

    private static @Nullable String first(Connection connection, String parameter, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    static void execute(SharedSessionContractImplementor session, Connection connection, String sql)
            throws SQLException {
        log(session, sql);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    private static void log(SharedSessionContractImplementor session, String sql) {
        session.getJdbcServices().getSqlStatementLogger().logStatement(sql);
    }
}
