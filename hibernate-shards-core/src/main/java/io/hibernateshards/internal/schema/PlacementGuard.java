package io.hibernateshards.internal.schema;

import io.hibernateshards.Buckets;
import io.hibernateshards.internal.topology.SqlLiteral;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.mapping.Table;

/**
 * The guard in the database of one shard: a trigger on each table refuses a row whose bucket the shard does not own, whoever
 * writes it. What the shard owns is kept in the table {@value #BUCKETS} next to the tables.
 */
final class PlacementGuard {
    static final String BUCKETS = "hs_buckets";

    private static final String TRIGGER = "hs_guard";

    private static final String CONTRADICTS = " says that the shard owns the buckets ";

    private final Connection connection;
    private final String schema;
    private final Map<String, String> expressions = new LinkedHashMap<>();

    /**
     * @param schema quoted
     * @param tables the expression for the bucket by table
     */
    PlacementGuard(
            Connection connection, String schema, Map<Table, String> tables, SqlStringGenerationContext context) {
        this.connection = connection;
        this.schema = schema;
        tables.forEach((table, sql) -> expressions.put(context.format(table.getQualifiedTableName()), sql));
    }

    /**
     * Writes down what the shard owns, then guards every table. What is so already is not touched and not locked. Buckets
     * that are written down while there are rows stay: they say where these rows were placed.
     *
     * @return what contradicts, a line each
     */
    List<String> install(Buckets owned) throws SQLException {
        Buckets written = written();
        if (!written.equals(owned)) {
            if (written.size() > 0 && hasRows()) {
                return List.of(contradiction(written, owned));
            }
            write(owned);
        }
        try (Statement statement = connection.createStatement()) {
            for (Map.Entry<String, String> table : expressions.entrySet()) {
                statement.execute(function(table.getKey(), table.getValue()));
            }
            for (String table : unguarded()) {
                statement.execute("create or replace trigger " + TRIGGER + " before insert or update on " + table
                        + " for each row execute function " + functionName(table) + "()");
            }
        }
        return List.of();
    }

    private boolean hasRows() throws SQLException {
        try (PreparedStatement find = connection.prepareStatement("select to_regclass(?) is not null");
                Statement statement = connection.createStatement()) {
            for (String table : expressions.keySet()) {
                find.setString(1, table);
                try (ResultSet there = find.executeQuery()) {
                    if (!there.next() || !there.getBoolean(1)) {
                        continue;
                    }
                }
                try (ResultSet row = statement.executeQuery("select exists (select 1 from " + table + ")")) {
                    if (row.next() && row.getBoolean(1)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Whether a line says that the buckets which are written down are not those of the topology. */
    static boolean isContradiction(String line) {
        return line.contains(CONTRADICTS);
    }

    private String contradiction(Buckets written, Buckets owned) {
        String table = schema + "." + BUCKETS;
        return table + CONTRADICTS + written + ", the topology says " + owned
                + ". If its rows are where the topology says, run there: begin; delete from " + table + ";"
                + (owned.size() > 0 ? " insert into " + table + " values " + ranges(owned) + ";" : "") + " commit";
    }

    private void write(Buckets owned) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists " + schema + "." + BUCKETS
                    + " (first int primary key, last int not null check (last >= first))");
            statement.execute("delete from " + schema + "." + BUCKETS);
            if (owned.size() > 0) {
                statement.execute("insert into " + schema + "." + BUCKETS + " values " + ranges(owned));
            }
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** {@code (first, last), (first, last)} */
    static String ranges(Buckets owned) {
        StringBuilder ranges = new StringBuilder();
        for (int first = owned.next(0); first >= 0; ) {
            int end = first;
            while (owned.contains(end)) {
                end++;
            }
            ranges.append(ranges.isEmpty() ? "(" : ", (")
                    .append(first)
                    .append(", ")
                    .append(end - 1)
                    .append(')');
            first = owned.next(end);
        }
        return ranges.toString();
    }

    private String function(String table, String bucket) {
        String name = SqlLiteral.of(table);
        return """
                create or replace function %s() returns trigger language plpgsql as $hs_guard$
                declare
                    bucket int := %s;
                begin
                    if exists (select 1 from %s.%s where first <= bucket and last >= bucket) then
                        return new;
                    end if;
                    raise exception using
                        errcode = 'HS012',
                        table = tg_table_name,
                        schema = tg_table_schema,
                        message = format('HS-012 table %%s: a row of bucket %%s does not belong to this shard',
                            %s, coalesce(bucket::text, '(none: the key is null)')),
                        hint = 'Store it through the sharded session, which knows its shard.';
                end $hs_guard$"""
                .formatted(functionName(table), bucket, schema, BUCKETS, name);
    }

    /** The table's name is hashed where the two together would be cut. */
    private String functionName(String table) {
        String bare = table.substring(table.lastIndexOf('.') + 1).replace("\"", "");
        String kept = bare.length() <= 40 ? bare : bare.substring(0, 40);
        return schema + ".\"" + TRIGGER + "_" + kept + "_" + Integer.toHexString(table.hashCode()) + "\"";
    }

    /** What {@link #install} made and the tables' own end does not take along. */
    void remove() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String table : expressions.keySet()) {
                statement.execute("drop function if exists " + functionName(table) + "() cascade");
            }
            statement.execute("drop table if exists " + schema + "." + BUCKETS);
        }
    }

    /** What is not as {@link #install} would leave it, a line each. */
    List<String> differences(Buckets owned) throws SQLException {
        List<String> lines = new ArrayList<>();
        for (String table : unguarded()) {
            lines.add(table + ": the trigger " + TRIGGER + ", which guards the placement, is missing");
        }
        Buckets written = written();
        if (!written.equals(owned)) {
            lines.add(
                    written.size() == 0
                            ? schema + "." + BUCKETS + ", which says what the shard owns, is missing or empty"
                            : contradiction(written, owned));
        }
        return lines;
    }

    private List<String> unguarded() throws SQLException {
        List<String> tables = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "select 1 from pg_trigger where tgrelid = to_regclass(?) and tgname = ? and tgenabled <> 'D'"
                        + " and tgfoid = to_regproc(?)")) {
            for (String table : expressions.keySet()) {
                statement.setString(1, table);
                statement.setString(2, TRIGGER);
                statement.setString(3, functionName(table));
                try (ResultSet row = statement.executeQuery()) {
                    if (!row.next()) {
                        tables.add(table);
                    }
                }
            }
        }
        return tables;
    }

    /** None too if there is no such table. */
    private Buckets written() throws SQLException {
        BitSet bits = new BitSet();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery(
                    "select to_regclass(" + SqlLiteral.of(schema + "." + BUCKETS) + ") is null")) {
                row.next();
                if (row.getBoolean(1)) {
                    return Buckets.NONE;
                }
            }
            try (ResultSet rows = statement.executeQuery("select first, last from " + schema + "." + BUCKETS)) {
                while (rows.next()) {
                    bits.set(Math.max(rows.getInt(1), 0), Math.min(rows.getInt(2) + 1, Buckets.COUNT));
                }
            }
        }
        return Buckets.of(bits);
    }
}
