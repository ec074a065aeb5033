package io.hibernateshards.internal.schema;

import io.hibernateshards.Buckets;
import io.hibernateshards.internal.topology.SqlLiteral;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.boot.Metadata;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.cfg.SchemaToolingSettings;
import org.hibernate.dialect.Dialect;
import org.hibernate.engine.jdbc.spi.JdbcServices;
import org.hibernate.mapping.Table;
import org.hibernate.tool.schema.internal.ExceptionHandlerHaltImpl;
import org.hibernate.tool.schema.internal.SchemaPopulatorImpl;
import org.hibernate.tool.schema.spi.GenerationTarget;
import org.hibernate.tool.schema.spi.SchemaManagementToolCoordinator;

/**
 * {@code import.sql} and the other load scripts. Every shard runs all of it and keeps the rows that are its own: a
 * reference entity's all, a sharded entity's by their bucket, a single-shard entity's on its shard. Triggers and tables
 * that are gone before the commit see to that. Keys must be literals: a value that each shard draws anew has no one shard.
 */
final class LoadScript {
    /** Before the guard's trigger in PostgreSQL's order of names. */
    private static final String TRIGGER = "hs_a_load";

    private static final String OWNED = "pg_temp.hs_load_buckets";

    private LoadScript() {}

    /** The statements; read once, for a script may be given as a reader. */
    static List<String> statements(SchemaTool tool, Map<String, Object> settings) {
        List<String> statements = new ArrayList<>();
        Dialect dialect =
                tool.getServiceRegistry().requireService(JdbcServices.class).getDialect();
        new SchemaPopulatorImpl(tool)
                .doPopulation(
                        dialect,
                        SchemaManagementToolCoordinator.buildExecutionOptions(
                                settings, ExceptionHandlerHaltImpl.INSTANCE),
                        new Collecting(statements));
        return statements;
    }

    /** The settings without any load script. */
    static Map<String, Object> without(Map<String, Object> settings) {
        Map<String, Object> rest = new HashMap<>(settings);
        rest.put(SchemaToolingSettings.HBM2DDL_SKIP_DEFAULT_IMPORT_FILE, true);
        rest.remove(SchemaToolingSettings.JAKARTA_HBM2DDL_LOAD_SCRIPT_SOURCE);
        rest.remove("javax.persistence.sql-load-script-source");
        rest.remove("hibernate.hbm2ddl.import_files");
        return rest;
    }

    private record Collecting(List<String> statements) implements GenerationTarget {
        @Override
        public void prepare() {}

        @Override
        public void accept(String statement) {
            statements.add(statement);
        }

        @Override
        public void release() {}
    }

    /**
     * Runs the statements in one transaction.
     *
     * @param elsewhere tables that are on other shards only
     * @return what failed; nothing was loaded then
     */
    static List<String> run(
            List<String> script,
            Connection connection,
            Buckets owned,
            BucketSql buckets,
            Collection<Table> elsewhere,
            Metadata metadata,
            SqlStringGenerationContext context)
            throws SQLException {
        List<String> before = new ArrayList<>();
        List<String> after = new ArrayList<>();
        before.add("create temporary table hs_load_buckets (first int, last int) on commit drop");
        if (owned.size() > 0) {
            before.add("insert into " + OWNED + " values " + PlacementGuard.rows(owned));
        }
        buckets.expressions()
                .forEach((table, sql) -> filter(context.format(table.getQualifiedTableName()), sql, before, after));
        buckets.open().forEach(table -> refuse(context.format(table.getQualifiedTableName()), before, after));
        for (Table table : elsewhere) {
            String name = context.format(table.getQualifiedTableName());
            if (!exists(connection, name)) {
                before.addAll(
                        List.of(context.getDialect().getTableExporter().getSqlCreateStrings(table, metadata, context)));
                after.add("drop table " + name);
            }
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (List<String> part : List.of(before, script, after)) {
                for (String sql : part) {
                    try {
                        statement.execute(sql);
                    } catch (SQLException e) {
                        connection.rollback();
                        return List.of("load script: " + sql.strip() + ": " + ShardReport.line(e));
                    }
                }
            }
            connection.commit();
            return List.of();
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static boolean exists(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select to_regclass(" + SqlLiteral.of(table) + ") is not null")) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static void filter(String table, String bucket, List<String> before, List<String> after) {
        trigger(
                table,
                """
                declare
                    bucket int := %s;
                begin
                    if exists (select 1 from %s where first <= bucket and last >= bucket) then
                        return new;
                    elsif tg_op = 'INSERT' and bucket between 0 and %d then
                        return null;
                    end if;
                    raise exception 'the key of a row of %% has no bucket of this shard', tg_table_name;
                end"""
                        .formatted(bucket, OWNED, Buckets.COUNT - 1),
                before,
                after);
    }

    private static void refuse(String table, List<String> before, List<String> after) {
        trigger(
                table,
                """
                begin
                    raise exception 'SQL cannot tell the shard of a row of %; store it through the session', tg_table_name;
                end""",
                before,
                after);
    }

    private static void trigger(String table, String body, List<String> before, List<String> after) {
        String function = "pg_temp.hs_load_" + before.size() + "()";
        before.add("create function " + function + " returns trigger language plpgsql as $hs_load$ " + body
                + " $hs_load$");
        before.add("create trigger " + TRIGGER + " before insert or update on " + table
                + " for each row execute function " + function);
        after.add("drop trigger " + TRIGGER + " on " + table);
        after.add("drop function " + function);
    }
}
