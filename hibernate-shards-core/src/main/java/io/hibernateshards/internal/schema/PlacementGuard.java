package io.hibernateshards.internal.schema;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.Topology;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.mapping.Table;

/**
 * The guard in the database of one shard: a trigger on each table refuses a row whose bucket the shard does not own, whoever
 * writes it. What the shard owns is kept in the table {@value #BUCKETS} next to the tables.
 */
final class PlacementGuard {
    static final String BUCKETS = "hs_buckets";

    private static final String COLUMNS = " (first int primary key, last int not null check (last >= first))";

    /** PostgreSQL fires triggers in the order of their names, and one of the application's may change the key. */
    private static final String TRIGGER = "zzz_hs_guard";

    /** Its name in databases of earlier versions. */
    private static final String FORMER = "hs_guard";

    private static final String FUNCTION = "hs_guard";

    /** {@code for each row}, {@code before}, {@code insert or update}, as {@code pg_trigger.tgtype} has it. */
    private static final int FIRES = 1 + 2 + 4 + 16;

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

    /** Views have no triggers of this kind: what is written through them is guarded in the tables behind, if those are. */
    private void leaveOutViews() throws SQLException {
        try (PreparedStatement find = connection.prepareStatement(
                "select exists (select 1 from pg_class where oid = to_regclass(?) and relkind in ('v', 'm'))")) {
            for (String table : List.copyOf(expressions.keySet())) {
                find.setString(1, table);
                try (ResultSet view = find.executeQuery()) {
                    if (view.next() && view.getBoolean(1)) {
                        expressions.remove(table);
                    }
                }
            }
        }
    }

    /**
     * Writes down what the shard owns, then guards every table. What is so already is not touched and not locked. Buckets
     * that are written down while there are rows stay: they say where these rows were placed.
     *
     * @return what contradicts, a line each
     */
    List<String> install(Buckets owned) throws SQLException {
        leaveOutViews();
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
                statement.execute(trigger(table));
                statement.execute("drop trigger if exists " + FORMER + " on " + table);
            }
        }
        return List.of();
    }

    /**
     * What {@link #install} does, for a database of which others make the schema: the same for all shards, of which the one
     * where it runs is named by the parameter {@value ShardedSessionFactory#SHARD_PARAMETER}.
     */
    String script(Topology topology) throws SQLException {
        leaveOutViews();
        String table = schema + "." + BUCKETS;
        String names = topology.shards().stream()
                .map(shard -> SqlLiteral.of(shard.name()))
                .collect(Collectors.joining(", "));
        String owned = topology.shards().stream()
                .flatMap(shard -> ranges(topology.bucketsOf(shard))
                        .map(range -> "(" + SqlLiteral.of(shard.name()) + ", " + range + ")"))
                .collect(Collectors.joining(", "));
        List<String> statements = new ArrayList<>();
        statements.add(
                """
                do $hs_guard$
                begin
                    if coalesce(current_setting('%1$s', true), '') not in (%2$s) then
                        raise exception 'the parameter %1$s does not name a shard'
                            using hint = 'Set it before, as by: set %1$s = %3$s';
                    end if;
                end $hs_guard$"""
                        .formatted(
                                ShardedSessionFactory.SHARD_PARAMETER,
                                names,
                                SqlLiteral.of(topology.shards().get(0).name()).replace("'", "''")));
        statements.add("create table if not exists " + table + COLUMNS);
        statements.add("grant select on " + table + " to public");
        statements.add("insert into " + table + " select first, last from (values " + owned
                + ") as owned (shard, first, last)\n    where shard = current_setting('"
                + ShardedSessionFactory.SHARD_PARAMETER
                + "') and not exists (select 1 from " + table + ")");
        expressions.forEach((name, bucket) -> {
            statements.add(function(name, bucket));
            statements.add(trigger(name));
        });
        return String.join(";\n\n", statements) + ";\n";
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
                + (owned.size() > 0 ? " insert into " + table + " values " + rows(owned) + ";" : "") + " commit";
    }

    private void write(Buckets owned) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists " + schema + "." + BUCKETS + COLUMNS);
            statement.execute("delete from " + schema + "." + BUCKETS);
            if (owned.size() > 0) {
                statement.execute("insert into " + schema + "." + BUCKETS + " values " + rows(owned));
            }
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** Some buckets as rows: {@code (first, last), (first, last)}. */
    static String rows(Buckets owned) {
        return ranges(owned).collect(Collectors.joining("), (", "(", ")"));
    }

    /** {@code first, last} of each run of buckets. */
    private static Stream<String> ranges(Buckets owned) {
        List<String> ranges = new ArrayList<>();
        for (int first = owned.next(0); first >= 0; ) {
            int end = first;
            while (owned.contains(end)) {
                end++;
            }
            ranges.add(first + ", " + (end - 1));
            first = owned.next(end);
        }
        return ranges.stream();
    }

    /**
     * Runs as its owner, so that whoever may write the table needs no rights on what the shard owns; and so by built-in
     * functions only, whatever the search path of the session.
     */
    private String function(String table, String bucket) {
        return "create or replace function " + functionName(table) + "() returns trigger language plpgsql"
                + " security definer set search_path = pg_catalog, pg_temp as $hs_guard$" + body(table, bucket)
                + "$hs_guard$";
    }

    private String trigger(String table) {
        return "create or replace trigger " + TRIGGER + " before insert or update on " + table
                + " for each row execute function " + functionName(table) + "()";
    }

    private String body(String table, String bucket) {
        return """

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
                end"""
                .formatted(bucket, schema, BUCKETS, SqlLiteral.of(table));
    }

    /** The table's name is hashed where the two together would be cut. */
    private String functionName(String table) {
        String bare = table.substring(table.lastIndexOf('.') + 1).replace("\"", "");
        String kept = bare.length() <= 40 ? bare : bare.substring(0, 40);
        return schema + ".\"" + FUNCTION + "_" + kept + "_" + Integer.toHexString(table.hashCode()) + "\"";
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
        leaveOutViews();
        List<String> lines = new ArrayList<>();
        for (String table : unguarded()) {
            lines.add(table + ": the trigger " + TRIGGER
                    + ", which guards the placement, is missing, disabled or not as it was made");
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

    /** Tables that lack the trigger, or of which a partition does; what is there may have been changed by hand. */
    private List<String> unguarded() throws SQLException {
        List<String> tables = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement("select bool_and(exists (select 1 from pg_trigger t join pg_proc p"
                        + " on p.oid = t.tgfoid where t.tgrelid = parts.id and t.tgname = ? and t.tgtype = " + FIRES
                        + " and t.tgenabled in ('O', 'A') and t.tgqual is null and t.tgattr::text = ''"
                        + " and p.oid = to_regproc(?) and p.prosrc = ? and p.prosecdef and p.proconfig is not null))"
                        + " from (select to_regclass(?)::oid as id"
                        + " union select relid::oid from pg_partition_tree(to_regclass(?))) parts")) {
            for (Map.Entry<String, String> table : expressions.entrySet()) {
                statement.setString(1, TRIGGER);
                statement.setString(2, functionName(table.getKey()));
                statement.setString(3, body(table.getKey(), table.getValue()));
                statement.setString(4, table.getKey());
                statement.setString(5, table.getKey());
                try (ResultSet row = statement.executeQuery()) {
                    if (!row.next() || !row.getBoolean(1)) {
                        tables.add(table.getKey());
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
