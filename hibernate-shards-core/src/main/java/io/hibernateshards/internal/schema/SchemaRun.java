package io.hibernateshards.internal.schema;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.schema.ShardSchemas.ConnectionSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
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

    /**
     * What is to be done, the same for all shards.
     *
     * @param script the statements to load data with
     * @param places the schema of each shard that was met so far
     */
    record Task(
            Action action,
            Topology topology,
            Map<String, Object> settings,
            List<String> script,
            ConcurrentMap<String, ShardId> places) {}

    private final MetadataImplementor metadata;
    private final SchemaTool tool;
    private final ShardTables tables;
    private final BucketSql buckets;
    private final boolean guarded;

    /**
     * @param guarded whether the databases are to refuse a misplaced row
     */
    SchemaRun(MetadataImplementor metadata, SchemaTool tool, ShardTables tables, BucketSql buckets, boolean guarded) {
        this.metadata = metadata;
        this.tool = tool;
        this.tables = tables;
        this.buckets = buckets;
        this.guarded = guarded;
    }

    /**
     * Runs the task.
     *
     * @param lockers gives a second connection: its transaction holds a lock, which a pooler may keep, if the lock is a
     *     session's, after the session's next transaction has gone to another connection
     * @return what differs or failed, a line each
     */
    List<String> run(Task task, ShardId shard, Connection connection, ConnectionSource lockers) throws SQLException {
        connection.setAutoCommit(true);
        Map<String, Object> here = new HashMap<>(task.settings());
        here.put(JdbcSettings.JAKARTA_HBM2DDL_CONNECTION, connection);
        String schema = schema(connection, here);
        here.put(MappingSettings.DEFAULT_SCHEMA, schema);
        ShardId other = task.places().putIfAbsent(place(connection, schema), shard);
        if (other != null) {
            return List.of("it is the same schema as shard \"" + other + "\": " + schema + " of the database "
                    + connection.getCatalog() + "; each shard needs one of its own, set in its URL by currentSchema");
        }
        Buckets owned = task.topology().bucketsOf(shard);
        PlacementGuard guard = new PlacementGuard(connection, schema, buckets.expressions(), context(here));
        if (task.action() == Action.VALIDATE) {
            List<String> lines = validate(shard, here);
            lines.addAll(guarded ? guard.differences(owned) : List.of());
            return lines;
        }
        try (Connection locker = lockers.connection(shard);
                Statement lock = locker.createStatement()) {
            locker.setAutoCommit(false);
            lock.execute("select pg_advisory_xact_lock" + LOCK);
            List<String> lines = change(task.action(), shard, here, guard, owned);
            restore(connection);
            return lines.isEmpty() && !task.script().isEmpty()
                    ? LoadScript.run(
                            task.script(), connection, owned, buckets, tables.notOn(shard), metadata, context(here))
                    : lines;
        }
    }

    /** The statements that guard the tables of a shard, and of all others whose schema is called the same. */
    String guardScript(Topology topology, Map<String, Object> settings, Connection connection) throws SQLException {
        Map<String, Object> here = new HashMap<>(settings);
        String schema = schema(connection, here);
        here.put(MappingSettings.DEFAULT_SCHEMA, schema);
        return new PlacementGuard(connection, schema, buckets.expressions(), context(here)).script(topology);
    }

    /** Hibernate silences the messages of a connection before it drops tables, and the pool would lend it like that. */
    private static void restore(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("reset client_min_messages");
        }
    }

    private static String place(Connection connection, String schema) throws SQLException {
        return connection.getMetaData().getURL().replaceFirst("\\?.*", "") + " " + schema;
    }

    /** The schema, quoted, that tables without one of their own belong to: by settings, by mapping, or the connection's. */
    private String schema(Connection connection, Map<String, Object> settings) throws SQLException {
        String schema = currentSchema(connection, settings);
        if (schema != null) {
            return schema;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("show search_path")) {
            row.next();
            throw new SQLException("no schema of its search_path (" + row.getString(1)
                    + ") exists: create it, or correct currentSchema in the shard's URL");
        }
    }

    /** The schema by settings or by mapping; null if it is the connection's. */
    @Nullable
    String setSchema(Map<String, Object> settings) {
        Object set = settings.get(MappingSettings.DEFAULT_SCHEMA);
        var implicit = metadata.getDatabase().getPhysicalImplicitNamespaceName().schema();
        if (set != null && !set.toString().isBlank()) {
            return set.toString();
        }
        return implicit == null ? null : implicit.render(metadata.getDatabase().getDialect());
    }

    /** As above, or null if no schema of the search path exists. */
    @Nullable
    String currentSchema(Connection connection, Map<String, Object> settings) throws SQLException {
        String set = setSchema(settings);
        if (set != null) {
            return set;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select quote_ident(current_schema())")) {
            row.next();
            String current = row.getString(1);
            return current == null || current.startsWith("\"") ? current : '"' + current + '"';
        }
    }

    /** The object identifier of the schema; 0 if there is none. */
    long schemaId(Connection connection, Map<String, Object> settings) throws SQLException {
        connection.setAutoCommit(true);
        try (PreparedStatement find = connection.prepareStatement("select to_regnamespace(?)::oid::bigint")) {
            find.setString(1, currentSchema(connection, settings));
            try (ResultSet row = find.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private List<String> change(
            Action action, ShardId shard, Map<String, Object> settings, PlacementGuard guard, Buckets owned)
            throws SQLException {
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
        if (makes && lines.isEmpty() && guarded) {
            lines.addAll(guard.install(owned));
        }
        return lines;
    }

    private List<String> validate(ShardId shard, Map<String, Object> settings) {
        Differences differences = new Differences(tool, tool.filters(settings).getValidateFilter(), context(settings));
        differences.doValidation(metadata, options(settings, new ExceptionHandlerCollectingImpl()), included(shard));
        return new ArrayList<>(differences.lines());
    }

    SqlStringGenerationContext context(Map<String, Object> settings) {
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
