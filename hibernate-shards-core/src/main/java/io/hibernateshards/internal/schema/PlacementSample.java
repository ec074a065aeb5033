package io.hibernateshards.internal.schema;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.dialect.Dialect;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.PrimaryKey;
import org.hibernate.mapping.Table;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads rows of each table of one shard, and says which of them a topology places on another shard. Of a small table these
 * are all rows, of a large one those of some pages all over it: rows that came later stand together behind the others.
 */
final class PlacementSample {
    private static final Logger LOG = LoggerFactory.getLogger(PlacementSample.class);

    private static final long PAGES = 60;

    /** More than so many pages of narrow rows have. */
    private static final int ROWS = 20_000;

    private static final int PAGE = 8192;

    /** Told of one table; more would be more of the same. */
    private static final int EXAMPLES = 2;

    /** No such table, column or right to read: nothing that this application could misplace. */
    static final Set<String> NOT_THERE = Set.of("42P01", "42703", "42501", "3F000");

    private final Connection connection;
    private final ShardId here;
    private final Topology topology;
    private final SqlStringGenerationContext context;
    private final Dialect dialect;

    /**
     * @param connection commits by itself
     */
    PlacementSample(Connection connection, ShardId here, Topology topology, SqlStringGenerationContext context) {
        this.connection = connection;
        this.here = here;
        this.topology = topology;
        this.context = context;
        this.dialect = context.getDialect();
    }

    /** A line for some of the rows that belong elsewhere. */
    List<String> misplaced(Table table, TableKey key) throws SQLException {
        String name = context.format(table.getQualifiedTableName());
        List<Column> id = id(table);
        try (Statement statement = connection.createStatement()) {
            String from = from(name);
            if (from == null) {
                return List.of();
            }
            String columns = Stream.concat(key.columns().stream(), id.stream())
                    .map(column -> column.getQuotedName(dialect))
                    .collect(Collectors.joining(", "));
            try (ResultSet rows = statement.executeQuery("select " + columns + " from " + from + " limit " + ROWS)) {
                return misplaced(rows, table, key, id.size());
            }
        } catch (SQLException e) {
            if (!NOT_THERE.contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
            LOG.debug("table {} cannot be read", name, e);
            return List.of();
        }
    }

    private List<String> misplaced(ResultSet rows, Table table, TableKey key, int idColumns) throws SQLException {
        List<String> lines = new ArrayList<>();
        int read = 0;
        int wrong = 0;
        while (rows.next()) {
            read++;
            String belongs = elsewhere(rows, key);
            if (belongs != null && ++wrong <= EXAMPLES) {
                lines.add("entity " + key.entity() + ", table " + table.getName() + ": the row with "
                        + values(rows, key, idColumns) + " is on shard \"" + here + "\", and " + belongs);
            }
        }
        if (wrong > EXAMPLES) {
            lines.add("entity " + key.entity() + ", table " + table.getName() + ": so do " + wrong + " of the " + read
                    + " rows that were looked at on shard \"" + here + "\"");
        }
        return lines;
    }

    /** Where the row belongs, for people; null if it is here. */
    private @Nullable String elsewhere(ResultSet row, TableKey key) throws SQLException {
        Object[] values = new Object[key.types().size()];
        for (int i = 0; i < values.length; i++) {
            Object value = value(row, i + 1, key.types().get(i));
            if (value == null) {
                return null; // the guard in the JVM refuses it when it is written
            }
            values[i] = value;
        }
        int bucket;
        try {
            bucket = key.function().find(values);
        } catch (IllegalArgumentException e) {
            return "the settings give its key no bucket: " + e.getMessage();
        }
        if (bucket < 0) {
            return "the settings give its key no bucket";
        }
        ShardId owner = topology.shardOf(bucket);
        return owner.equals(here) ? null : "these settings place it on shard \"" + owner + "\" (bucket " + bucket + ")";
    }

    private static @Nullable Object value(ResultSet row, int column, Class<?> type) throws SQLException {
        if (type == String.class) {
            return row.getString(column);
        }
        if (type == UUID.class) {
            return uuid(row.getObject(column));
        }
        if (type == Long.class || type == Integer.class || type == Short.class) {
            long value = row.getLong(column); // whatever the column's type, as numeric or text
            return row.wasNull()
                    ? null
                    : type == Long.class ? (Object) value : type == Integer.class ? (int) value : (short) value;
        }
        return row.getObject(column, type);
    }

    private static @Nullable UUID uuid(@Nullable Object value) {
        if (value instanceof byte[] bytes) {
            ByteBuffer bits = ByteBuffer.wrap(bytes);
            return new UUID(bits.getLong(), bits.getLong());
        }
        return value == null || value instanceof UUID
                ? (UUID) value
                : UUID.fromString(value.toString().strip());
    }

    private static String values(ResultSet row, TableKey key, int idColumns) throws SQLException {
        int first = idColumns == 0 ? 1 : key.columns().size() + 1;
        int count = idColumns == 0 ? key.columns().size() : idColumns;
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(row.getMetaData().getColumnName(first + i) + " = " + row.getString(first + i));
        }
        return String.join(", ", values);
    }

    private static List<Column> id(Table table) {
        PrimaryKey id = table.getPrimaryKey();
        return id == null ? List.of() : List.copyOf(id.getColumns());
    }

    /** The table, or pages of it; null if it is not there. */
    private @Nullable String from(String name) throws SQLException {
        try (PreparedStatement size = connection.prepareStatement("select coalesce((select sum(pg_relation_size(relid))"
                + " from pg_partition_tree(to_regclass(?))), pg_relation_size(to_regclass(?)))::bigint")) {
            size.setString(1, name);
            size.setString(2, name);
            try (ResultSet row = size.executeQuery()) {
                row.next();
                long pages = row.getLong(1) / PAGE;
                if (row.wasNull()) {
                    return null;
                }
                return pages <= PAGES
                        ? name
                        : name + " tablesample system (" + String.format(Locale.ROOT, "%.6f", 100.0 * PAGES / pages)
                                + ")";
            }
        }
    }
}
