package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.hibernate.engine.jdbc.spi.JdbcCoordinator;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.sql.exec.spi.JdbcParameterBinder;
import org.hibernate.sql.exec.spi.JdbcSelect;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * The few rows of other shards that a query needs, sent as parameters of the query itself. For each table the SQL begins with
 * a common table expression of its name, which hides the table from the rest of the SQL and has its rows and those of the
 * other shards. Unlike a temporary table it changes no catalog, needs no savepoint, is allowed in a read-only transaction and
 * before {@code PREPARE TRANSACTION}, and its SQL is the same for each run, so that the server can prepare it.
 *
 * <p>Values travel as the text that the server writes and reads, without a type modifier: the column's own length or
 * precision has already shaped them.
 */
final class InlineRows {
    /** The most characters of one leg; more are copied into a temporary table. */
    private static final long CHARACTERS = 1 << 20;

    private final Shards shards;
    private final ColumnTypes types;
    private final ShardId destination;
    private final int limit;
    private final @Nullable Integer timeout;

    /**
     * Prepares them. Nothing is sent.
     *
     * @param limit the most rows of all tables from other shards
     * @param timeout of each statement, in seconds
     */
    InlineRows(Shards shards, ColumnTypes types, ShardId destination, int limit, @Nullable Integer timeout) {
        this.shards = shards;
        this.types = types;
        this.destination = destination;
        this.limit = limit;
        this.timeout = timeout;
    }

    /**
     * Reads the rows of the other shards.
     *
     * @return the select with these rows; null if they are too many or cannot take the place of the tables, and temporary tables
     *     are to be used
     */
    @Nullable
    JdbcSelect of(Translation query) {
        if (limit == 0
                || query.keys()
                || startsWithCommonTableExpression(query.select().getSqlString())) {
            return null;
        }
        List<Map<String, String>> columns = new ArrayList<>();
        for (CopiedTable table : query.tables()) {
            Map<String, String> known = CopiedTable.isQualified(table.name())
                    ? null
                    : types.of(table, shards.child(table.shards().get(0)));
            if (known == null) {
                return null;
            }
            columns.add(known);
        }
        List<List<Rows>> read = read(query.tables(), columns);
        return read == null ? null : rewritten(query.select(), query.tables(), columns, read);
    }

    /** A statement has one WITH clause, and within WITH RECURSIVE an expression of a table's name would read itself. */
    private static boolean startsWithCommonTableExpression(String sql) {
        return sql.stripLeading().regionMatches(true, 0, "with", 0, 4);
    }

    // ---- reading

    /** The rows of one table on one shard, by columns. */
    private record Rows(List<List<@Nullable String>> columns, int count) {}

    private @Nullable List<List<Rows>> read(List<CopiedTable> tables, List<Map<String, String>> columns) {
        List<ShardId> others = tables.stream()
                .flatMap(table -> table.shards().stream())
                .distinct()
                .filter(shard -> !shard.equals(destination))
                .toList();
        List<List<List<Rows>>> legs = shards.inParallel(others.size(), i -> {
            SharedSessionContractImplementor child = shards.child(others.get(i));
            return () -> leg(others.get(i), child, tables, columns);
        });
        List<List<Rows>> byTable = new ArrayList<>();
        int count = 0;
        for (int table = 0; table < tables.size(); table++) {
            List<Rows> ofTable = new ArrayList<>();
            for (List<List<Rows>> leg : legs) {
                if (leg.isEmpty()) {
                    return null;
                }
                ofTable.addAll(leg.get(table));
            }
            count += ofTable.stream().mapToInt(Rows::count).sum();
            byTable.add(ofTable);
        }
        return count > limit ? null : byTable;
    }

    /** For each table its rows, none where the shard has none to give; empty if there are too many. */
    private List<List<Rows>> leg(
            ShardId shard,
            SharedSessionContractImplementor child,
            List<CopiedTable> tables,
            List<Map<String, String>> columns) {
        List<List<Rows>> all = new ArrayList<>();
        long[] characters = new long[1];
        for (int i = 0; i < tables.size(); i++) {
            CopiedTable table = tables.get(i);
            if (table.shards().contains(shard)) {
                Rows rows = rows(table.withColumns(columns.get(i)), child, characters);
                if (rows.count() > limit || characters[0] > CHARACTERS) {
                    return List.of();
                }
                all.add(List.of(rows));
            } else {
                all.add(List.of());
            }
        }
        return all;
    }

    private Rows rows(CopiedTable table, SharedSessionContractImplementor child, long[] characters) {
        String sql = TempTable.rows(table, limit + 1L);
        JdbcCoordinator jdbc = child.getJdbcCoordinator();
        PreparedStatement statement = jdbc.getStatementPreparer().prepareQueryStatement(sql, false, null);
        try {
            RowFilter filter = table.filter();
            if (filter != null) {
                filter.parameters().bind(statement, child);
            }
            if (timeout != null) {
                statement.setQueryTimeout(timeout);
            }
            statement
                    .unwrap(PGStatement.class)
                    .setPrepareThreshold(0); // else the driver writes the text, in its own way
            ResultSet rows = jdbc.getResultSetReturn().extract(statement, sql);
            int width = Math.max(1, table.columns().size());
            List<List<@Nullable String>> columns = new ArrayList<>();
            for (int i = 0; i < width; i++) {
                columns.add(new ArrayList<>());
            }
            int count = 0;
            while (rows.next() && characters[0] <= CHARACTERS) {
                count++;
                for (int i = 0; i < width; i++) {
                    String value = rows.getString(i + 1);
                    characters[0] += value == null ? 1 : value.length();
                    columns.get(i).add(value);
                }
            }
            return new Rows(columns, count);
        } catch (SQLException e) {
            throw child.getJdbcServices()
                    .getSqlExceptionHelper()
                    .convert(e, "could not read rows of " + table.name() + " for a query over several shards", sql);
        } finally {
            jdbc.getLogicalConnection().getResourceRegistry().release(statement);
        }
    }

    // ---- writing

    private JdbcSelect rewritten(
            JdbcSelect select, List<CopiedTable> tables, List<Map<String, String>> columns, List<List<Rows>> read) {
        List<String> expressions = new ArrayList<>();
        List<JdbcParameterBinder> binders = new ArrayList<>();
        for (int i = 0; i < tables.size(); i++) {
            CopiedTable table = tables.get(i).withColumns(columns.get(i));
            boolean own = table.shards().contains(destination);
            expressions.add(expression(table, columns.get(i), own));
            int width = Math.max(1, table.columns().size());
            for (int column = 0; column < width; column++) {
                List<@Nullable String> values = new ArrayList<>();
                for (Rows rows : read.get(i)) {
                    values.addAll(rows.columns().get(column));
                }
                binders.add(array(values));
            }
        }
        binders.addAll(select.getParameterBinders());
        return new RewrittenSelect(
                select, "with " + String.join(", ", expressions) + " (" + select.getSqlString() + ")", binders);
    }

    /** Without an alias in front of a parenthesis, which would pass for the call of a function that may write. */
    private static String expression(CopiedTable table, Map<String, String> types, boolean own) {
        Map<String, String> columns = types.isEmpty() ? Map.of("nothing", "boolean") : types;
        String values = columns.entrySet().stream()
                .map(column -> "unnest(?::text[])::" + column.getValue() + " as " + column.getKey())
                .collect(Collectors.joining(", "));
        String there = types.isEmpty() ? "null::boolean as nothing" : String.join(", ", types.keySet());
        return table.name() + " as not materialized ("
                + (own ? "select " + there + " from " + table.name() + " union all " : "")
                + "select " + values + ")";
    }

    private static JdbcParameterBinder array(List<@Nullable String> values) {
        return (statement, position, bindings, context) -> {
            Connection connection = statement.getConnection();
            Array array = connection.createArrayOf("text", values.toArray());
            statement.setArray(position, array);
        };
    }
}
