package io.hibernateshards.boot;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedIdGenerator;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.connection.Identities;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.connection.ShardConnectionProvider;
import io.hibernateshards.internal.connection.ShardServers;
import io.hibernateshards.internal.id.Clock;
import io.hibernateshards.internal.id.ShardedIds;
import io.hibernateshards.internal.invalidation.Invalidations;
import io.hibernateshards.internal.jta.JtaConnections;
import io.hibernateshards.internal.jta.JtaCoordinators;
import io.hibernateshards.internal.mapping.Functions;
import io.hibernateshards.internal.replica.Readers;
import io.hibernateshards.internal.topology.BucketFunctions;
import io.hibernateshards.internal.topology.IdFunction;
import io.hibernateshards.internal.transaction.BranchCoordinators;
import io.hibernateshards.internal.transaction.TwoPhase;
import io.hibernateshards.spi.BucketFunction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.engine.jdbc.connections.spi.ConnectionProvider;
import org.hibernate.service.Service;
import org.hibernate.service.spi.Stoppable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a sharded factory has besides Hibernate's: pools, catalog, ids and bucket functions. Made from the settings before
 * the mapping is read, and stopped with the registry, whether a factory came of it or not.
 */
final class ShardRuntime implements Service, Stoppable, Functions {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(ShardRuntime.class);

    /** How long each part gets to stop. */
    private static final int STOP_SECONDS = 5;

    private final transient Settings settings;
    private final transient Map<String, Object> given;
    private final transient ShardConnectionProvider connections;
    private final transient @Nullable JtaConnections jtaConnections;
    private final transient Placement placement;
    private final transient Map<ShardId, JdbcCatalog> catalogs = new LinkedHashMap<>();
    private final transient TwoPhase twoPhase;
    private final transient Readers readers;
    private final transient ShardedIds ids;
    private final transient Map<String, BucketFunction> functions;
    private final transient Map<IdStyle, BucketFunction> idFunctions = new EnumMap<>(IdStyle.class);

    private transient volatile @Nullable Invalidations invalidations;

    private final transient AtomicBoolean stopped = new AtomicBoolean();

    private ShardRuntime(
            Settings settings,
            Map<String, Object> given,
            ShardConnectionProvider connections,
            Placement placement,
            Map<ShardId, JdbcCatalog> catalogs,
            Map<String, BucketFunction> functions) {
        this.settings = settings;
        this.given = given;
        this.placement = placement;
        this.catalogs.putAll(catalogs);
        this.functions = functions;
        this.connections = connections;
        readers = new Readers(connections, settings.probeInterval(), settings.maxWait());
        jtaConnections = HibernateSettings.isJta(given) ? new JtaConnections(connections) : null;
        ids = new ShardedIds(settings.ids(), Clock.SYSTEM);
        Object name = given.get("hibernate.session_factory_name");
        twoPhase = new TwoPhase(
                name == null ? settings.catalogSchema() : name.toString(),
                catalogs,
                connections.cancelRequests(),
                connections.shutdown(),
                settings.recoveryInterval(),
                settings.lockTimeout(),
                settings.decisions());
    }

    /**
     * Checks the settings and prepares a registry for them. Connects to nothing.
     *
     * @throws ShardingException with all that is wrong
     */
    static void contribute(StandardServiceRegistryBuilder builder) {
        List<String> problems = new ArrayList<>();
        Map<String, Object> given = Placeholders.resolve(builder.getSettings(), problems);
        HibernateSettings.check(given, problems);
        Settings settings = new SettingsReader(given, problems).read();
        Map<String, BucketFunction> functions = Map.of();
        ShardConnectionProvider connections = new ShardConnectionProvider(
                settings.sources(), new Identities(settings.catalogSchema(), HibernateSettings.defaultSchema(given)));
        Map<ShardId, JdbcCatalog> catalogs = new LinkedHashMap<>();
        for (ShardServers shard : connections.shards()) {
            catalogs.put(shard.shard(), new JdbcCatalog(shard, settings.catalogSchema()));
        }
        Placement placement = new Placement(settings.topology(), catalogs, settings.catalogShard());
        try {
            functions = BucketFunctions.create(settings.functions(), placement::topology, placement);
        } catch (IllegalArgumentException e) {
            problems.addAll(String.valueOf(e.getMessage()).lines().toList());
        }
        if (!problems.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    problems.size() + (problems.size() == 1 ? " setting" : " settings") + " cannot be used:\n  "
                            + String.join("\n  ", problems));
        }
        given.forEach((name, value) -> {
            if (name.startsWith(ShardSettings.CACHE + ".")) {
                builder.applySetting(name, value); // as resolved here
            }
        });
        HibernateSettings.takeSchemaActions(builder.getSettings());
        HibernateSettings.askAShardForItsVersion(builder.getSettings());
        Secret.hide(builder.getSettings());
        Secret.hide(given);
        ShardRuntime runtime = new ShardRuntime(settings, given, connections, placement, catalogs, functions);
        builder.applySetting(
                        HibernateSettings.COORDINATOR,
                        runtime.jtaConnections != null ? new JtaCoordinators() : new BranchCoordinators())
                .applySetting(
                        "hibernate.multi_tenant_connection_provider",
                        runtime.jtaConnections != null ? runtime.jtaConnections : runtime.connections)
                .applySetting("hibernate.connection.provider_disables_autocommit", "true")
                .addService(ShardRuntime.class, runtime)
                .addService(ConnectionProvider.class, new StopsWithUnit(runtime))
                .addService(ShardedIdGenerator.Source.class, runtime.ids);
    }

    Settings settings() {
        return settings;
    }

    /** All settings of the application, as they were given but for passwords and URLs. */
    Map<String, Object> given() {
        return given;
    }

    Topology topology() {
        return placement.topology();
    }

    /** The topology and the catalog that are in force, which the databases may know better than the settings. */
    Placement placement() {
        return placement;
    }

    ShardConnectionProvider connections() {
        return connections;
    }

    /** Null if transactions are resource-local. */
    @Nullable
    JtaConnections jtaConnections() {
        return jtaConnections;
    }

    JdbcCatalog catalog() {
        return placement.catalog();
    }

    /** The catalog of each shard. */
    Map<ShardId, JdbcCatalog> catalogs() {
        return catalogs;
    }

    TwoPhase twoPhase() {
        return twoPhase;
    }

    Readers readers() {
        return readers;
    }

    ShardedIds ids() {
        return ids;
    }

    @Override
    public Optional<BucketFunction> named(String name) {
        return Optional.ofNullable(functions.get(name));
    }

    @Override
    public synchronized BucketFunction ofId(IdStyle style) {
        return idFunctions.computeIfAbsent(style, IdFunction::new);
    }

    @Override
    public Collection<String> names() {
        Collection<String> names = new TreeSet<>(functions.keySet());
        names.add("id");
        return names;
    }

    /** Stops with this. */
    void invalidations(@Nullable Invalidations started) {
        invalidations = started;
    }

    /** May be called again. */
    @Override
    public void stop() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        if (connections.shutdown().begin()) {
            connections.shutdown().awaitCommits();
        }
        Invalidations started = invalidations;
        if (started != null) {
            stop("the listener of invalidations", started::close);
        }
        stop("the watch of replicas", readers::close);
        stop("recovery", twoPhase::close);
        stop("the worker lease", ids::close);
        connections.close();
    }

    /** Not for ever: what it needs of a server may hang, and fails once the connections are closed. */
    private static void stop(String what, Runnable close) {
        try {
            bounded(STOP_SECONDS, close);
        } catch (RuntimeException e) {
            LOG.warn("{} could not be stopped in order", what, e);
        }
    }

    /**
     * Does something on another thread, and waits for it, but not for ever.
     *
     * @throws ShardingException if it takes longer; what it throws itself is thrown
     */
    static void bounded(int seconds, Runnable work) {
        try {
            CompletableFuture.runAsync(work, task -> {
                        Thread thread = new Thread(task, "hibernate-shards-stop");
                        thread.setDaemon(true);
                        thread.start();
                    })
                    .orTimeout(seconds, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw new ShardingException(
                        ShardErrorCode.FACTORY_CLOSED,
                        "the session factory was closed, but a server did not answer in " + seconds
                                + " s, so that its part was not done",
                        e);
            }
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
