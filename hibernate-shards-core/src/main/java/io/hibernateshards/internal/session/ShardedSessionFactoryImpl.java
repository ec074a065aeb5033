package io.hibernateshards.internal.session;

import io.hibernateshards.ClusterIdentity;
import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.HotKey;
import io.hibernateshards.InDoubtBranch;
import io.hibernateshards.Lookups;
import io.hibernateshards.ReferenceData;
import io.hibernateshards.ServerStatus;
import io.hibernateshards.SessionScope;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionBuilder;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardedStatelessSessionBuilder;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.connection.CancelRequests;
import io.hibernateshards.internal.connection.OpenedConnection;
import io.hibernateshards.internal.connection.ShardConnectionProvider;
import io.hibernateshards.internal.connection.Shutdown;
import io.hibernateshards.internal.hot.HotKeySettings;
import io.hibernateshards.internal.hot.HotKeys;
import io.hibernateshards.internal.jta.JtaTransaction;
import io.hibernateshards.internal.jta.JtaTransactions;
import io.hibernateshards.internal.jta.RecoveryResource;
import io.hibernateshards.internal.lookup.EntityLookups;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.reference.ReferenceTables;
import io.hibernateshards.internal.replica.Readers;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.scatter.CursorSigner;
import io.hibernateshards.internal.scatter.QueryBudget;
import io.hibernateshards.internal.scatter.QueryHints;
import io.hibernateshards.internal.scatter.QueryPlans;
import io.hibernateshards.internal.schema.ShardSchemas;
import io.hibernateshards.internal.transaction.Branches;
import io.hibernateshards.internal.transaction.ShardedTransaction;
import io.hibernateshards.internal.transaction.TwoPhase;
import io.hibernateshards.spi.Catalog;
import io.hibernateshards.spi.ShardObserver;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceUnitTransactionType;
import jakarta.persistence.PersistenceUnitUtil;
import jakarta.persistence.Query;
import jakarta.persistence.SynchronizationType;
import jakarta.persistence.TypedQuery;
import jakarta.persistence.TypedQueryReference;
import jakarta.persistence.metamodel.Metamodel;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.naming.Reference;
import javax.transaction.xa.XAResource;
import org.hibernate.Cache;
import org.hibernate.StatelessSession;
import org.hibernate.boot.spi.SessionFactoryOptions;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;
import org.hibernate.engine.spi.FilterDefinition;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.spi.StatelessSessionImplementor;
import org.hibernate.graph.RootGraph;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.hibernate.relational.SchemaManager;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.hibernate.stat.Statistics;
import org.jspecify.annotations.Nullable;

/** Wraps the one multi-tenant factory whose tenants are the shards. */
@SuppressWarnings({"deprecation", "removal"})
public final class ShardedSessionFactoryImpl implements ShardedSessionFactory {
    private static final long serialVersionUID = 1L;

    private final transient SessionFactoryImplementor inner;
    private final transient Router router;
    private final transient TransactionMode transactionMode;
    private final transient TwoPhase twoPhase;
    private final transient @Nullable EntityLookups lookups;
    private final transient @Nullable JtaTransactions jta;
    private final transient Legs legs;
    private final transient ReferenceTables referenceTables;
    private final transient SchemaManager schemaManager;
    private final transient Placements placements;
    private final transient SessionImplementor template;
    private final transient StatelessSessionImplementor statelessTemplate;
    private final transient QueryPlans plans;
    private final transient HotKeys hotKeys;
    private final transient ShardConnectionProvider pools;
    private final transient AtomicBoolean closing = new AtomicBoolean();
    private final transient Runnable beforeClose;
    private final transient Readers readers;
    private final transient Consistency consistency;
    private final transient @Nullable ShardObserver observer;
    private final transient Supplier<ClusterIdentity> identity;
    private final transient ShardedCache cache;
    private final transient ReferenceData referenceData;
    private final transient CurrentSessions currentSessions;
    private final transient FlushHooks flushHooks;
    private transient volatile @Nullable SessionScope scope;
    private final transient AtomicInteger turn = new AtomicInteger();

    /**
     * @param inner the multi-tenant factory
     * @param parallelism the most workers that legs of operations may occupy at a time
     * @param budget of queries without hints
     * @param transactionMode what one transaction may write
     * @param twoPhase commits on several shards, and recovers what a crash left
     * @param lookups of the mapping, or null if it has none
     * @param jta null if transactions are resource-local
     * @param cursors of pages
     * @param referenceTables of which every shard has a copy
     * @param schemaManager works on every shard
     * @param hotKeySettings how they are counted
     * @param readers of replicas
     * @param consistency of sessions that only read
     * @param observer of all sessions, or null
     * @param identity of the cluster as it is known now
     * @param beforeClose runs while the shards can still be reached, and closes all connections
     */
    public ShardedSessionFactoryImpl(
            SessionFactoryImplementor inner,
            Router router,
            int parallelism,
            QueryBudget budget,
            TransactionMode transactionMode,
            TwoPhase twoPhase,
            @Nullable EntityLookups lookups,
            @Nullable JtaTransactions jta,
            CursorSigner cursors,
            ReferenceTables referenceTables,
            SchemaManager schemaManager,
            HotKeySettings hotKeySettings,
            Readers readers,
            Consistency consistency,
            @Nullable ShardObserver observer,
            Supplier<ClusterIdentity> identity,
            Runnable beforeClose) {
        this.identity = identity;
        this.observer = observer;
        this.beforeClose = beforeClose;
        plans = new QueryPlans(router.mapping(), budget, cursors, inner);
        this.inner = inner;
        pools = inner.getServiceRegistry()
                .requireService(MultiTenantConnectionProvider.class)
                .unwrap(ShardConnectionProvider.class);
        this.router = router;
        this.transactionMode = transactionMode;
        this.twoPhase = twoPhase;
        this.lookups = lookups;
        this.jta = jta;
        this.readers = readers;
        this.consistency = consistency;
        this.referenceTables = referenceTables;
        this.schemaManager = schemaManager;
        hotKeys = new HotKeys(hotKeySettings, name -> persister(name).getRootEntityName());
        legs = new Legs(parallelism);
        placements = new Placements(inner, router.mapping());
        ShardId first = router.topology().shards().get(0);
        template = inner.withOptions().tenantIdentifier((Object) first).openSession();
        statelessTemplate = (StatelessSessionImplementor)
                inner.withStatelessOptions().tenantIdentifier((Object) first).openStatelessSession();
        cache = new ShardedCache(this, inner);
        referenceData = new ReferenceWriter(this);
        currentSessions = new CurrentSessions(this, inner.getSessionFactoryOptions());
        flushHooks = new FlushHooks(inner);
    }

    // ---- for the sessions

    SessionFactoryImplementor inner() {
        return inner;
    }

    /** The code of the application that runs in flushes. */
    FlushHooks flushHooks() {
        return flushHooks;
    }

    /** For a session that holds connections of its shards. */
    Connection connectionApart(ShardId shard) {
        return pools.connectionApart(shard);
    }

    /**
     * Refuses work once this is closed.
     *
     * @throws io.hibernateshards.ShardingException if it is
     */
    void checkOpen() {
        twoPhase.shutdown().check();
    }

    CancelRequests cancelRequests() {
        return pools.cancelRequests();
    }

    ShardConnectionProvider pools() {
        return pools;
    }

    /**
     * The transaction of a new session.
     *
     * @param autoJoin whether it joins JTA transactions that it finds
     */
    ShardedTransaction newTransaction(Branches session, boolean autoJoin) {
        return jta == null
                ? new ShardedTransaction(session, transactionMode, twoPhase)
                : new JtaTransaction(session, transactionMode, twoPhase, jta, autoJoin);
    }

    /** Who has the connections of sessions that only read. */
    Readers readers() {
        return readers;
    }

    @Nullable
    ShardObserver observer() {
        return observer;
    }

    Consistency consistency() {
        return consistency;
    }

    /** Returns a token without positions of other clusters: they say nothing about these shards. */
    ConsistencyToken own(ConsistencyToken any) {
        return any.equals(ConsistencyToken.NONE) ? any : any.filter(this::mayBeOwn);
    }

    /** Returns whether a position is of this cluster, as far as is known. */
    private boolean mayBeOwn(ShardId shard, Position position) {
        if (position.cluster() == 0) {
            return true;
        }
        int own = pools.identities().fingerprint(shard);
        return own == 0 || own == position.cluster();
    }

    /** Where the primary of a shard is now in its write-ahead log. */
    Position positionOf(ShardId shard) {
        try (Connection connection = connectionApart(shard)) {
            return twoPhase.riders().position(shard, connection);
        } catch (SQLException e) {
            throw inner.getJdbcServices()
                    .getSqlExceptionHelper()
                    .convert(e, "could not ask shard \"" + shard + "\" for its position");
        }
    }

    TransactionMode transactionMode() {
        return transactionMode;
    }

    ReferenceTables referenceTables() {
        return referenceTables;
    }

    boolean isJta() {
        return jta != null;
    }

    @Nullable
    JtaTransactions jta() {
        return jta;
    }

    @Nullable
    EntityLookups lookups() {
        return lookups;
    }

    /** Also for what copies rows past sessions. */
    public Router router() {
        return router;
    }

    /** The catalog of a shard. */
    public Catalog catalog(ShardId shard) {
        return twoPhase.catalog(shard);
    }

    Legs legs() {
        return legs;
    }

    HotKeys hotKeys() {
        return hotKeys;
    }

    QueryPlans plans() {
        return plans;
    }

    SessionImplementor template() {
        return template;
    }

    StatelessSessionImplementor statelessTemplate() {
        return statelessTemplate;
    }

    EntityPlacement placementOf(Object entity) {
        return placements.of(entity);
    }

    EntityPlacement placementOf(Class<?> type) {
        return placements.of(type);
    }

    EntityPlacement placementOf(String entityName) {
        return placements.of(entityName);
    }

    EntityPersister persister(String entityName) {
        return inner.getMappingMetamodel().getEntityDescriptor(entityName);
    }

    @Nullable
    Object idOf(String entityName, Object entity, SharedSessionContractImplementor session) {
        return persister(entityName).getIdentifier(entity, session);
    }

    Map<String, ?> naturalIdValues(String entityName, Object naturalId) {
        return placements.naturalIdValues(entityName, naturalId);
    }

    ShardId shardForNew(EntityPlacement placement, Object entity) {
        return placements.shardForNew(placement, entity, router.topology());
    }

    /** The application's own inspector, which each branch's hands on to. */
    @Nullable
    StatementInspector statementInspector() {
        return inner.getSessionFactoryOptions().getStatementInspector();
    }

    boolean isSingleShard() {
        return router.topology().shards().size() == 1;
    }

    /** Shards in turn, for what any of them can answer. */
    ShardId nextShard() {
        List<ShardId> shards = router.everywhere().shards();
        return shards.get(Math.floorMod(turn.getAndIncrement(), shards.size()));
    }

    String describeWrite(String sql) {
        return placements.describeWrite(sql);
    }

    void notFound(String entityName, Object id) {
        inner.getEntityNotFoundDelegate().handleEntityNotFound(entityName, id);
    }

    // ---- ShardedSessionFactory

    @Override
    public Topology getTopology() {
        return router.topology();
    }

    @Override
    public ShardId locate(Class<?> entityClass, Object... key) {
        EntityPlacement placement = placementOf(entityClass);
        if (placement instanceof EntityPlacement.Single single) {
            return single.shard();
        }
        if (placement instanceof EntityPlacement.Sharded sharded) {
            Target target = router.byKey(sharded, List.of(key));
            if (target.isOne()) {
                return target.shards().get(0);
            }
            throw new ShardingException(
                    ShardErrorCode.SHARD_KEY_MISSING,
                    placement.entityName() + ": no shard is assigned to the key " + List.of(key));
        }
        throw new ShardingException(
                ShardErrorCode.OPERATION_REFUSED,
                placement.entityName() + " is a reference entity: every shard has a copy");
    }

    @Override
    public ShardId locate(ShardKeys key, @Nullable Object entity) {
        QueryHints hints = new QueryHints();
        hints.set(ShardHints.KEY, key);
        hints.set(ShardHints.ENTITY, entity);
        return Objects.requireNonNull(hints.one(router, template())).shards().get(0);
    }

    @Override
    public void setScope(@Nullable SessionScope wanted) {
        scope = wanted;
    }

    @Nullable
    SessionScope scope() {
        return scope;
    }

    @Override
    public Connection openConnection(ShardId shard) {
        return OpenedConnection.of(pools.primaryConnection(shard));
    }

    @Override
    public ReferenceData getReferenceData() {
        return referenceData;
    }

    @Override
    public Lookups getLookups() {
        EntityLookups kept = lookups;
        if (kept == null) {
            throw Refusals.operation(
                    "getLookups()",
                    "no attribute has @GlobalUnique or @ShardLookup",
                    "put one on the attribute that entities are found by");
        }
        return kept;
    }

    @Override
    public Map<ShardId, List<HotKey>> getHotKeys() {
        return hotKeys.of(getTopology().shards());
    }

    @Override
    public ClusterIdentity getClusterIdentity() {
        return identity.get();
    }

    @Override
    public String guardScript(ShardId shard) {
        return ShardSchemas.guardScript(schemaManager, shard);
    }

    @Override
    public List<ServerStatus> getServers() {
        List<ServerStatus> servers = new ArrayList<>();
        for (ShardId shard : getTopology().shards()) {
            pools.servers(shard).servers().forEach(server -> servers.add(server.status()));
        }
        return List.copyOf(servers);
    }

    @Override
    public List<InDoubtBranch> getInDoubtBranches() {
        return twoPhase.recovery().inDoubt();
    }

    @Override
    public int recoverTransactions() {
        return twoPhase.recovery().run();
    }

    @Override
    public List<XAResource> getXaResources() {
        List<XAResource> resources = new ArrayList<>();
        for (ShardId shard : getTopology().shards()) {
            resources.add(
                    new RecoveryResource(shard, pools, () -> twoPhase.riders().committedElsewhere(shard)));
        }
        return List.copyOf(resources);
    }

    @Override
    public ShardedSession openSession() {
        return new ShardedSessionBuilderImpl(this).openSession();
    }

    @Override
    public ShardedSession getCurrentSession() {
        return currentSessions.current();
    }

    @Override
    public ShardedSessionBuilder withOptions() {
        return new ShardedSessionBuilderImpl(this);
    }

    @Override
    public ShardedStatelessSessionBuilder withStatelessOptions() {
        return new ShardedStatelessSessionBuilderImpl(this);
    }

    @Override
    public ShardedStatelessSession openStatelessSession() {
        return new ShardedStatelessSessionBuilderImpl(this).openStatelessSession();
    }

    @Override
    public StatelessSession openStatelessSession(Connection connection) {
        throw Refusals.connection("openStatelessSession(connection)");
    }

    @Override
    public ShardedSession createEntityManager() {
        return openSession();
    }

    @Override
    public ShardedSession createEntityManager(@Nullable Map<?, ?> map) {
        return createEntityManager(openSession(), map);
    }

    private ShardedSession withJoin(boolean autoJoin) {
        ShardedSessionBuilderImpl builder = new ShardedSessionBuilderImpl(this);
        builder.autoJoinTransactions(autoJoin);
        return builder.openSession();
    }

    private static ShardedSession createEntityManager(ShardedSession session, @Nullable Map<?, ?> map) {
        if (map != null) {
            map.forEach((name, value) -> {
                if (name instanceof String property) {
                    session.setProperty(property, value);
                }
            });
        }
        return session;
    }

    @Override
    public ShardedSession createEntityManager(SynchronizationType synchronizationType) {
        return createEntityManager(synchronizationType, Map.of());
    }

    @Override
    public ShardedSession createEntityManager(SynchronizationType synchronizationType, @Nullable Map<?, ?> map) {
        if (!isJta()) {
            throw new IllegalStateException(
                    "a SynchronizationType is for JTA; this factory's transactions are resource-local");
        }
        return createEntityManager(withJoin(synchronizationType == SynchronizationType.SYNCHRONIZED), map);
    }

    @Override
    public void runInTransaction(Consumer<EntityManager> work) {
        inTransaction(work);
    }

    @Override
    public <R> R callInTransaction(Function<EntityManager, R> work) {
        return fromTransaction(work);
    }

    @Override
    public SchemaManager getSchemaManager() {
        return schemaManager;
    }

    @Override
    public Cache getCache() {
        return cache;
    }

    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        Shutdown shutdown = pools.shutdown();
        shutdown.begin();
        boolean interrupted = Thread.interrupted(); // a pool that is closed by an interrupted thread keeps connections
        try {
            shutdown.awaitCommits();
            beforeClose.run();
        } finally {
            try {
                legs.close();
                template.close();
                statelessTemplate.close();
            } finally {
                inner.close();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(this) ? type.cast(this) : inner.unwrap(type);
    }

    @Override
    public Reference getReference() {
        throw Refusals.operation("getReference", "a sharded factory is not kept in JNDI", "keep it in your container");
    }

    private void writeObject(ObjectOutputStream stream) throws NotSerializableException {
        throw new NotSerializableException("a sharded session factory holds connection pools");
    }

    // ---- the same for every shard

    @Override
    public boolean isClosed() {
        return inner.isClosed();
    }

    @Override
    public boolean isOpen() {
        return inner.isOpen();
    }

    @Override
    public String getJndiName() {
        return inner.getJndiName();
    }

    @Override
    public String getName() {
        return inner.getName();
    }

    @Override
    public Statistics getStatistics() {
        return inner.getStatistics();
    }

    @Override
    public HibernateCriteriaBuilder getCriteriaBuilder() {
        return inner.getCriteriaBuilder();
    }

    @Override
    public Metamodel getMetamodel() {
        return inner.getMetamodel();
    }

    @Override
    public Map<String, Object> getProperties() {
        return inner.getProperties();
    }

    @Override
    public PersistenceUnitUtil getPersistenceUnitUtil() {
        return inner.getPersistenceUnitUtil();
    }

    @Override
    public PersistenceUnitTransactionType getTransactionType() {
        return inner.getTransactionType();
    }

    @Override
    public void addNamedQuery(String name, Query query) {
        inner.addNamedQuery(name, query);
    }

    @Override
    public <R> TypedQueryReference<R> addNamedQuery(String name, TypedQuery<R> query) {
        return inner.addNamedQuery(name, query);
    }

    @Override
    public <R> Map<String, TypedQueryReference<R>> getNamedQueries(Class<R> resultType) {
        return inner.getNamedQueries(resultType);
    }

    @Override
    public <T> void addNamedEntityGraph(String name, EntityGraph<T> graph) {
        inner.addNamedEntityGraph(name, graph);
    }

    @Override
    public <E> Map<String, EntityGraph<? extends E>> getNamedEntityGraphs(Class<E> entityType) {
        return inner.getNamedEntityGraphs(entityType);
    }

    @Override
    public <T> List<EntityGraph<? super T>> findEntityGraphsByType(Class<T> entityClass) {
        return inner.findEntityGraphsByType(entityClass);
    }

    @Override
    public RootGraph<?> findEntityGraphByName(String name) {
        return inner.findEntityGraphByName(name);
    }

    @Override
    public RootGraph<Map<String, ?>> createGraphForDynamicEntity(String entityName) {
        return inner.createGraphForDynamicEntity(entityName);
    }

    @Override
    public <T> RootGraph<T> parseEntityGraph(Class<T> rootType, CharSequence graphText) {
        return inner.parseEntityGraph(rootType, graphText);
    }

    @Override
    public <T> RootGraph<T> parseEntityGraph(String rootEntityName, CharSequence graphText) {
        return inner.parseEntityGraph(rootEntityName, graphText);
    }

    @Override
    public <T> RootGraph<T> parseEntityGraph(CharSequence graphText) {
        return inner.parseEntityGraph(graphText);
    }

    @Override
    public Set<String> getDefinedFilterNames() {
        return inner.getDefinedFilterNames();
    }

    @Override
    public FilterDefinition getFilterDefinition(String filterName) {
        return inner.getFilterDefinition(filterName);
    }

    /** Hibernate's default looks among the names of filters. */
    @Override
    public boolean containsFetchProfileDefinition(String name) {
        return inner.containsFetchProfileDefinition(name);
    }

    @Override
    public Set<String> getDefinedFetchProfileNames() {
        return inner.getDefinedFetchProfileNames();
    }

    @Override
    public SessionFactoryOptions getSessionFactoryOptions() {
        return inner.getSessionFactoryOptions();
    }

    @Override
    public String toString() {
        return "ShardedSessionFactory" + router.topology().shards();
    }
}
