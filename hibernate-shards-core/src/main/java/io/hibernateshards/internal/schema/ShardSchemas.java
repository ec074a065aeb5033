package io.hibernateshards.internal.schema;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.cfg.MappingSettings;
import org.hibernate.cfg.SchemaToolingSettings;
import org.hibernate.engine.jdbc.spi.JdbcServices;
import org.hibernate.mapping.Table;
import org.hibernate.relational.SchemaManager;
import org.hibernate.service.ServiceRegistry;
import org.hibernate.tool.schema.Action;
import org.hibernate.tool.schema.internal.ExceptionHandlerLoggedImpl;
import org.hibernate.tool.schema.internal.SchemaCreatorImpl;
import org.hibernate.tool.schema.spi.GenerationTarget;
import org.hibernate.tool.schema.spi.SchemaManagementToolCoordinator;
import org.hibernate.tool.schema.spi.SchemaManagementToolCoordinator.ActionGrouping;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables of all shards: created, updated, checked, dropped on all of them at once, and reported together. */
public final class ShardSchemas {
    /** The rule of a table of which each shard has a copy. */
    public static final String EVERYWHERE = "on every shard";

    private static final Logger LOG = LoggerFactory.getLogger(ShardSchemas.class);

    private static final int MAX_THREADS = 8;

    private static final Set<Action> LOADING =
            EnumSet.of(Action.CREATE, Action.CREATE_DROP, Action.CREATE_ONLY, Action.TRUNCATE, Action.POPULATE);

    private static final Set<Action> EMPTYING =
            EnumSet.of(Action.CREATE, Action.CREATE_DROP, Action.DROP, Action.TRUNCATE);

    private static final Set<Action> EMPTY =
            EnumSet.of(Action.CREATE, Action.CREATE_DROP, Action.CREATE_ONLY, Action.TRUNCATE);

    private static final Set<Action> MOVING =
            EnumSet.of(Action.CREATE, Action.CREATE_DROP, Action.CREATE_ONLY, Action.DROP, Action.SYNCHRONIZE);

    /** Gives a connection of one shard, auto-commit off or on; closed by the receiver. */
    public interface ConnectionSource {
        Connection connection(ShardId shard) throws SQLException;
    }

    /** Called on a shard after its schema was dropped, or dropped and made anew. */
    public interface Replaced {
        /**
         * Takes note of the new schema.
         *
         * @param before object identifier of the schema
         * @param after that of the schema of this name now; 0 if there is none
         */
        void schema(Connection connection, long before, long after) throws SQLException;
    }

    /** Whether the databases refuse a row of a bucket that is not their shard's. */
    public enum Guard {
        /** They do not. */
        NONE,
        /** A trigger on each table does. */
        CHECK
    }

    private final MetadataImplementor metadata;
    private final Map<String, Object> settings;
    private final Supplier<Topology> topology;
    private final ConnectionSource connections;
    private final ConnectionSource lockers;
    private final SchemaTool tool;
    private final BucketSql buckets;
    private final TablePlacements placements;
    private final SchemaRun run;
    private volatile Runnable sequencesChanged = () -> {};
    private volatile Runnable emptying = () -> {};
    private volatile Runnable emptied = () -> {};
    private volatile Replaced replaced = (connection, before, after) -> {};

    /**
     * @param metadata the model the session factory was built from; the sequences of ids are added to it
     * @param settings Hibernate's, those of schema generation among them
     * @param lockers another pool than that of the connections, with auto-commit off
     */
    public ShardSchemas(
            MetadataImplementor metadata,
            ServiceRegistry registry,
            Map<String, Object> settings,
            Supplier<Topology> topology,
            ShardMapping mapping,
            ConnectionSource connections,
            ConnectionSource lockers,
            Guard guard) {
        this.metadata = metadata;
        this.settings = usable(settings);
        this.topology = topology;
        this.connections = connections;
        this.lockers = lockers;
        ShardTables.addIdSequences(metadata, mapping);
        tool = new SchemaTool(registry);
        complete(metadata, tool);
        buckets = BucketSql.of(metadata, mapping);
        placements = new TablePlacements(metadata, mapping);
        if (guard == Guard.CHECK && !buckets.open().isEmpty()) {
            LOG.info(
                    "no placement guard in the database for {}: SQL cannot tell their bucket",
                    buckets.open().stream().map(Table::getName).sorted().toList());
        }
        run = new SchemaRun(metadata, tool, ShardTables.of(metadata, mapping), buckets, guard == Guard.CHECK);
    }

    /** The product's name would make Hibernate resolve a dialect again for each shard. */
    private static Map<String, Object> usable(Map<String, Object> settings) {
        Map<String, Object> usable = new HashMap<>(settings);
        usable.remove(JdbcSettings.JAKARTA_HBM2DDL_DB_NAME);
        usable.remove("javax.persistence.database-product-name");
        return usable;
    }

    /**
     * Generating statements writes into the model (unique keys, SQL types), which is not made for several threads. Once it
     * was all written, they only read.
     */
    private void complete(MetadataImplementor metadata, SchemaTool tool) {
        new SchemaCreatorImpl(tool.getServiceRegistry())
                .createFromMetadata(
                        metadata,
                        SchemaManagementToolCoordinator.buildExecutionOptions(
                                settings, ExceptionHandlerLoggedImpl.INSTANCE),
                        tool.getServiceRegistry()
                                .requireService(JdbcServices.class)
                                .getDialect(),
                        org.hibernate.engine.jdbc.internal.FormatStyle.NONE.getFormatter(),
                        new GenerationTarget[0]);
    }

    /** What Hibernate's settings ask to be done at start; {@code CREATE_DROP} also asks for {@code DROP} at the end. */
    public static Action actionOf(Map<String, ?> settings) {
        return ActionGrouping.interpret(settings).databaseAction();
    }

    /**
     * Does it on all shards, at the same time.
     *
     * @throws ShardingException that names each shard where it failed and what was wrong there
     */
    public void run(Action action) {
        run(action, Map.of());
    }

    /** Calls back after sequences were made anew or moved, so that ids which were fetched before are given up. */
    public void onSequencesChanged(Runnable listener) {
        sequencesChanged = listener;
    }

    /** Calls back before all rows of all tables are removed. */
    public void onEmptying(Runnable listener) {
        emptying = listener;
    }

    /** Calls back after the schema of a shard was dropped. */
    public void onReplaced(Replaced listener) {
        replaced = listener;
    }

    /** Calls back after tables were made, or all rows were removed. */
    public void onEmptied(Runnable listener) {
        emptied = listener;
    }

    /** The model that the tables of a manager of {@link #manager()} come from. */
    public static MetadataImplementor metadataOf(SchemaManager manager) {
        return ((AllSchemas) manager).shards().metadata;
    }

    /**
     * The statements of the guard, for {@link io.hibernateshards.ShardedSessionFactory#guardScript}.
     *
     * @param manager one of {@link #manager()}
     * @throws ShardingException if the shard cannot be asked
     */
    public static String guardScript(SchemaManager manager, ShardId shard) {
        return ((AllSchemas) manager).shards().guardScript(shard);
    }

    String guardScript(ShardId shard) {
        try (Connection connection = connections.connection(shard)) {
            connection.setAutoCommit(true);
            return run.guardScript(topology.get(), settings, connection);
        } catch (SQLException e) {
            throw new ShardingException(
                    ShardErrorCode.SCHEMA,
                    "shard \"" + shard + "\": the name of its schema could not be read: " + ShardReport.text(e),
                    e);
        }
    }

    /** Hibernate's interface to the same, each method for all shards. */
    public SchemaManager manager() {
        return new AllSchemas(this, Map.of());
    }

    /** The rule that places the rows of each table, by its SQL name. */
    public Map<String, String> placements() {
        return placements.all();
    }

    /** Whether an action drops all tables, so that no row is left which a topology could misplace. */
    public static boolean dropsAll(Action action) {
        return action == Action.CREATE || action == Action.CREATE_DROP || action == Action.DROP;
    }

    /**
     * Those of some tables that are there and have a row.
     *
     * @param connection of the shard, which commits by itself
     * @param tables SQL names, as {@link #placements} has them
     */
    public List<String> withRows(Connection connection, Collection<String> tables) throws SQLException {
        String schema = run.currentSchema(connection, settings);
        List<String> with = new ArrayList<>();
        try (PreparedStatement find = connection.prepareStatement("select to_regclass(?) is not null");
                Statement statement = connection.createStatement()) {
            for (String table : tables) {
                String name = name(table, schema);
                find.setString(1, name);
                boolean there;
                try (ResultSet row = find.executeQuery()) {
                    there = row.next() && row.getBoolean(1);
                }
                if (there) {
                    try (ResultSet row = statement.executeQuery("select exists (select 1 from " + name + ")")) {
                        if (row.next() && row.getBoolean(1)) {
                            with.add(table);
                        }
                    }
                }
            }
        }
        return with;
    }

    /**
     * Where the statements of sessions find tables: equal for two shards of a database if both use one table.
     *
     * @param connection of the shard, which commits by itself
     * @param tables SQL names, as {@link #placements} has them
     * @return by table, without those that are not there
     */
    public Map<String, String> resolved(Connection connection, Collection<String> tables) throws SQLException {
        String schema = run.setSchema(settings);
        Map<String, String> resolved = new TreeMap<>();
        try (PreparedStatement find = connection.prepareStatement("select to_regclass(?)::oid::text")) {
            for (String table : tables) {
                find.setString(1, name(table, schema));
                try (ResultSet row = find.executeQuery()) {
                    String place = row.next() ? row.getString(1) : null;
                    if (place != null) {
                        resolved.put(table, place);
                    }
                }
            }
        }
        return resolved;
    }

    /** The same for those whose schema the mapping says, there or not. */
    public Map<String, String> mapped(Connection connection, Collection<String> tables) throws SQLException {
        Map<String, String> mapped = new TreeMap<>();
        try (PreparedStatement parse = connection.prepareStatement("select array_length(parse_ident(?), 1)")) {
            for (String table : tables) {
                parse.setString(1, table);
                try (ResultSet row = parse.executeQuery()) {
                    if (row.next() && row.getInt(1) > 1) {
                        mapped.put(table, table);
                    }
                }
            }
        }
        return mapped;
    }

    /** How many rows a table has, and a number that is the same for the same rows; of none if it is not there. */
    public String contents(Connection connection, String table) throws SQLException {
        if (withRows(connection, List.of(table)).isEmpty()) {
            return "no rows";
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) || ' rows, checksum ' ||"
                        + " sum(hashtextextended(t::text, 0)) from "
                        + name(table, run.currentSchema(connection, settings))
                        + " t")) {
            row.next();
            return row.getString(1);
        }
    }

    private static String name(String table, @Nullable String schema) {
        return table.contains(".") || schema == null ? table : schema + "." + table;
    }

    /**
     * Looks at some rows of tables of a shard; of named ones also whether rows that tell no bucket have their parents there.
     *
     * @param connection of the shard, which commits by itself
     * @param tables SQL names, as {@link #placements} has them; null for all
     * @return a line for each row found that the topology places elsewhere, but not more than a few for each table
     */
    public List<String> misplaced(
            ShardId shard, Connection connection, Topology topology, @Nullable Collection<String> tables)
            throws SQLException {
        String schema = run.currentSchema(connection, settings);
        if (schema == null) {
            return List.of();
        }
        Map<String, Object> here = new HashMap<>(settings);
        here.put(MappingSettings.DEFAULT_SCHEMA, schema);
        SqlStringGenerationContext context = run.context(here);
        PlacementSample sample = new PlacementSample(connection, shard, topology, context);
        List<String> lines = new ArrayList<>();
        for (Map.Entry<Table, TableKey> table : buckets.keys().entrySet()) {
            if (tables == null || tables.contains(placements.name(table.getKey()))) {
                lines.addAll(sample.misplaced(table.getKey(), table.getValue()));
            }
        }
        if (tables != null) {
            for (Map.Entry<Table, ParentRows> table : buckets.parents().entrySet()) {
                if (tables.contains(placements.name(table.getKey()))) {
                    lines.addAll(table.getValue().misplaced(shard, connection, table.getKey(), context));
                }
            }
        }
        return lines;
    }

    void run(Action action, Map<String, Object> overrides) {
        if (action == Action.NONE) {
            return;
        }
        Map<String, Object> effective = new HashMap<>(settings);
        effective.putAll(overrides);
        Topology now = topology.get();
        SchemaRun.Task task = new SchemaRun.Task(
                action,
                now,
                LoadScript.without(effective),
                LOADING.contains(action) ? LoadScript.statements(tool, effective) : List.of(),
                new ConcurrentHashMap<>());
        if (EMPTYING.contains(action) && effective.get(SchemaToolingSettings.HBM2DDL_FILTER_PROVIDER) == null) {
            emptying.run();
        }
        long start = System.nanoTime();
        String name = action.name().toLowerCase(Locale.ROOT).replace('_', '-');
        ShardReport report = new ShardReport("schema " + name);
        AtomicBoolean differs = new AtomicBoolean();
        inParallel(now.shards(), shard -> {
            try (Connection connection = connections.connection(shard)) {
                long before = MOVING.contains(action) ? run.schemaId(connection, effective) : 0;
                List<String> lines = run.run(task, shard, connection, lockers);
                long after = before == 0 ? 0 : run.schemaId(connection, effective);
                if (before != after) {
                    replaced.schema(connection, before, after);
                }
                if (lines.isEmpty()) {
                    report.done(shard);
                } else {
                    differs.compareAndSet(false, !lines.stream().allMatch(PlacementGuard::isContradiction));
                    report.failed(shard, lines, null);
                }
            } catch (SQLException | RuntimeException e) {
                differs.set(true);
                report.failed(shard, List.of(ShardReport.text(e)), e);
            }
        });
        if (MOVING.contains(action)) {
            sequencesChanged.run();
        }
        report.throwIfFailed(
                !differs.get()
                        ? "The guard's buckets are not changed while its tables have rows"
                        : action == Action.VALIDATE
                                ? "Migrate those shards, or start once with hibernate.hbm2ddl.auto=update, which adds what is"
                                        + " missing but changes no type"
                                : "Correct those shards and repeat; what is done already may be repeated too");
        if (EMPTY.contains(action)) {
            emptied.run();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        LOG.info(String.format(
                Locale.ROOT,
                "schema %s: done on %d shards in %.1f s",
                name,
                now.shards().size(),
                seconds));
    }

    private interface Work {
        void on(ShardId shard);
    }

    private static void inParallel(List<ShardId> shards, Work work) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(MAX_THREADS, shards.size()), task -> {
            Thread thread = new Thread(task, "hibernate-shards-schema");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> running = new ArrayList<>();
            for (ShardId shard : shards) {
                running.add(threads.submit(() -> work.on(shard)));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ShardingException(
                    ShardErrorCode.SCHEMA, "interrupted; what was done on which of " + shards + " is not known", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }
}
