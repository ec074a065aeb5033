package io.hibernateshards.internal.schema;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.boot.model.relational.internal.SqlStringGenerationContextImpl;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.cfg.MappingSettings;
import org.hibernate.engine.jdbc.env.spi.JdbcEnvironment;
import org.hibernate.tool.schema.Action;
import org.hibernate.tool.schema.internal.ExceptionHandlerCollectingImpl;
import org.hibernate.tool.schema.spi.ContributableMatcher;
import org.hibernate.tool.schema.spi.ExecutionOptions;
import org.hibernate.tool.schema.spi.SchemaManagementToolCoordinator;
import org.jspecify.annotations.Nullable;

/** One action on one shard. */
final class SchemaRun {
    /** Keeps the JVMs that start at once from changing one schema at once. */
    private static final String LOCK = "(hashtextextended('hibernate-shards schema ' || current_schema(), 0))";

    private final MetadataImplementor metadata;
    private final SchemaTool tool;
    private final ShardTables tables;
    private final @Nullable BucketSql guarded;

    /**
     * @param guarded the tables to guard in the database, or null for no guard
     */
    SchemaRun(MetadataImplementor metadata, SchemaTool tool, ShardTables tables, @Nullable BucketSql guarded) {
        this.metadata = metadata;
        this.tool = tool;
        this.tables = tables;
        this.guarded = guarded;
    }

    /**
     * Runs the action.
     *
     * @return what differs or failed, a line each
     */
    List<String> run(
            Action action, ShardId shard, Connection connection, Topology topology, Map<String, Object> settings)
            throws SQLException {
        connection.setAutoCommit(true);
        Map<String, Object> here = new HashMap<>(settings);
        here.put(JdbcSettings.JAKARTA_HBM2DDL_CONNECTION, connection);
        String schema = schema(connection, here);
        here.put(MappingSettings.DEFAULT_SCHEMA, schema);
        if (action == Action.VALIDATE) {
            return validate(shard, connection, topology, here, schema);
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_lock" + LOCK);
            try {
                return change(action, shard, connection, topology, here, schema);
            } finally {
                statement.execute("select pg_advisory_unlock" + LOCK);
            }
        }
    }

    /** The schema, quoted, that tables without one of their own belong to: by settings, by mapping, or the connection's. */
    private String schema(Connection connection, Map<String, Object> settings) throws SQLException {
        Object set = settings.get(MappingSettings.DEFAULT_SCHEMA);
        var implicit = metadata.getDatabase().getPhysicalImplicitNamespaceName().schema();
        if (set != null && !set.toString().isBlank()) {
            return set.toString();
        }
        if (implicit != null) {
            return implicit.render(metadata.getDatabase().getDialect());
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select quote_ident(current_schema()), current_setting('search_path')")) {
            row.next();
            String current = row.getString(1);
            if (current == null) {
                throw new SQLException("no schema of its search_path (" + row.getString(2)
                        + ") exists: create it, or correct currentSchema in the shard's URL");
            }
            return current.startsWith("\"") ? current : '"' + current + '"';
        }
    }

    private List<String> change(
            Action action,
            ShardId shard,
            Connection connection,
            Topology topology,
            Map<String, Object> settings,
            String schema)
            throws SQLException {
        PlacementGuard guard = guard(connection, settings, schema);
        boolean drops = action == Action.DROP || action == Action.CREATE || action == Action.CREATE_DROP;
        if (drops) {
            guard.remove();
        }
        ExceptionHandlerCollectingImpl failures = new ExceptionHandlerCollectingImpl();
        SchemaManagementToolCoordinator.performDatabaseAction(
                action, metadata, tool, tool.getServiceRegistry(), options(settings, failures), included(shard));
        List<String> lines = new ArrayList<>();
        failures.getExceptions().forEach(failure -> lines.add(ShardReport.line(failure)));
        boolean makes = action == Action.UPDATE || action == Action.CREATE_ONLY || drops && action != Action.DROP;
        if (makes && lines.isEmpty() && guarded != null) {
            guard.install(topology.bucketsOf(shard));
        }
        return lines;
    }

    private List<String> validate(
            ShardId shard, Connection connection, Topology topology, Map<String, Object> settings, String schema)
            throws SQLException {
        Differences differences = new Differences(tool, tool.filters(settings).getValidateFilter(), context(settings));
        differences.doValidation(metadata, options(settings, new ExceptionHandlerCollectingImpl()), included(shard));
        List<String> lines = new ArrayList<>(differences.lines());
        if (guarded != null) {
            lines.addAll(guard(connection, settings, schema).differences(topology.bucketsOf(shard)));
        }
        return lines;
    }

    /** Without a guard it can still remove one that was made when there was. */
    private PlacementGuard guard(Connection connection, Map<String, Object> settings, String schema) {
        return new PlacementGuard(
                connection, schema, guarded == null ? Map.of() : guarded.expressions(), context(settings));
    }

    private SqlStringGenerationContext context(Map<String, Object> settings) {
        return SqlStringGenerationContextImpl.fromConfigurationMap(
                tool.getServiceRegistry().requireService(JdbcEnvironment.class), metadata.getDatabase(), settings);
    }

    private ContributableMatcher included(ShardId shard) {
        return object -> tables.isOn(shard, object);
    }

    private static ExecutionOptions options(Map<String, Object> settings, ExceptionHandlerCollectingImpl failures) {
        return SchemaManagementToolCoordinator.buildExecutionOptions(settings, failures);
    }
}
