package io.hibernateshards.internal.session;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.SessionScope;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.lookup.EntityLookups;
import io.hibernateshards.internal.lookup.LookupSession;
import io.hibernateshards.internal.lookup.PendingLookups;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.observe.Observation;
import io.hibernateshards.internal.observe.PendingLeg;
import io.hibernateshards.internal.reference.Copies;
import io.hibernateshards.internal.reference.ReferenceChanges;
import io.hibernateshards.internal.reference.ReferenceComparison;
import io.hibernateshards.internal.replica.Readers;
import io.hibernateshards.internal.replica.SessionReads;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.scatter.QueryPlans;
import io.hibernateshards.internal.sql.ShardedProcedureCall;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.BranchCursor;
import io.hibernateshards.internal.transaction.Branches;
import io.hibernateshards.internal.transaction.ReadRoute;
import io.hibernateshards.internal.transaction.ShardedTransaction;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.Tier;
import jakarta.persistence.EntityGraph;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.hibernate.CacheMode;
import org.hibernate.Filter;
import org.hibernate.FlushMode;
import org.hibernate.SharedSessionBuilder;
import org.hibernate.SharedStatelessSessionBuilder;
import org.hibernate.StatelessSession;
import org.hibernate.Transaction;
import org.hibernate.engine.spi.ExceptionConverter;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.spi.StatelessSessionImplementor;
import org.hibernate.graph.RootGraph;
import org.hibernate.internal.scrollable.AbstractScrollableResults;
import org.hibernate.jdbc.ReturningWork;
import org.hibernate.jdbc.Work;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.procedure.ProcedureCall;
import org.hibernate.proxy.HibernateProxy;
import org.hibernate.proxy.LazyInitializer;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;

/**
 * What stateful and stateless sharded sessions have in common: the children, the logical transaction, the route of an
 * entity, and the options that hold for every child.
 */
@SuppressWarnings({"deprecation", "removal"})
abstract class AbstractShardedSession<S extends SharedSessionContractImplementor> extends QueryingSession<S>
        implements Branches, LookupSession, Copies {
    private static final long serialVersionUID = 1L;

    final transient ShardedSessionFactoryImpl factory;
    final transient ChildSessions<S> children;
    final transient ShardedTransaction transaction;

    private final transient @Nullable PendingLookups lookups;

    private final transient Map<String, ShardedFilter<S>> filters = new HashMap<>(0);
    private transient @Nullable Deadline deadline;
    private transient ConsistencyToken token = ConsistencyToken.NONE;
    private transient ConsistencyToken accepted = ConsistencyToken.NONE;
    private transient @Nullable Consistency consistency;
    private transient boolean readsOnly;

    /** Null if nobody wants to know what it does. */
    private final transient @Nullable Observation observation;

    /** Whether scopes are of no account now. */
    private transient boolean everywhere;

    /** The branch that was connected last, for the leg that is being made. */
    private transient @Nullable Branch<S> connected;

    /** Null while it may write. */
    private transient @Nullable ReadRoute readRoute;

    /** Shards that were written without being asked for a position; null if none was. Legs may be at work side by side. */
    private transient volatile @Nullable Set<ShardId> unasked;

    /** Null until a reference entity is written. */
    private transient @Nullable ReferenceChanges references;

    /** Read by those who cancel. */
    private transient volatile @Nullable Connection apart;

    AbstractShardedSession(
            ShardedSessionFactoryImpl factory,
            @Nullable StatementInspector inspector,
            Function<Branch<S>, S> opener,
            boolean autoJoin) {
        this.factory = factory;
        observation = factory.observer() == null ? null : new Observation(factory.observer());
        children = new ChildSessions<>(factory, inspector, opener);
        transaction = factory.newTransaction(this, autoJoin);
        children.joinTo(transaction);
        EntityLookups kept = factory.lookups();
        lookups = kept == null ? null : kept.pendingOf(this);
        transaction.pulse();
    }

    /** For the transaction that is active, if any, and those to come. */
    public void setTransactionMode(@Nullable TransactionMode mode) {
        checkOpen();
        transaction.setMode(mode == null ? factory.transactionMode() : mode);
    }

    /** For the transaction that is active, or else for the next one. */
    public void setTransactionIsolation(int level) {
        checkOpen();
        transaction.setIsolation(level);
    }

    // ---- what it has written, and where it reads

    public ConsistencyToken getConsistencyToken() {
        Set<ShardId> written = unasked;
        if (written != null && !transaction.isActive()) {
            for (ShardId shard : written) {
                token = token.merge(ConsistencyToken.of(shard, factory.positionOf(shard)));
            }
            unasked = null;
        }
        return token;
    }

    public void acceptConsistencyToken(ConsistencyToken any) {
        checkOpen();
        ConsistencyToken given = factory.own(any);
        token = token.merge(given);
        accepted = accepted.merge(given);
        route();
    }

    @Override
    public ConsistencyToken acceptedToken() {
        return accepted;
    }

    public void setConsistency(@Nullable Consistency level) {
        checkOpen();
        consistency = level;
        route();
    }

    @Override
    public Consistency getConsistency() {
        return consistency == null ? factory.consistency() : consistency;
    }

    public void setReadsOnly(boolean wanted) {
        checkOpen();
        if (transaction.isActive() && wanted != readsOnly) {
            throw new IllegalStateException("a transaction is active: call setReadsOnly before it begins");
        }
        readsOnly = wanted;
        route();
    }

    /** What its builder was told. */
    void reads(boolean only, @Nullable Consistency level, ConsistencyToken any) {
        ConsistencyToken given = factory.own(any);
        if (only || level != null || !given.equals(ConsistencyToken.NONE)) {
            readsOnly = only;
            consistency = level;
            token = given;
            accepted = given;
            route();
        }
    }

    public boolean isReadsOnly() {
        return readsOnly;
    }

    private void route() {
        readRoute = readsOnly ? routeOf(getConsistency()) : null;
    }

    private ReadRoute routeOf(Consistency level) {
        Readers readers = factory.readers();
        return readers.exist() && !factory.isJta()
                ? new SessionReads(readers, level, getConsistencyToken())
                : ReadRoute.PRIMARY;
    }

    @Override
    public @Nullable ReadRoute readRoute() {
        return readRoute;
    }

    /** Reads at that level what a transaction does not bind to the primary. */
    @Override
    public <T> T reading(@Nullable Consistency level, Supplier<T> work) {
        if (transaction.isActive() && !readsOnly || !factory.readers().exist()) {
            return work.get();
        }
        ReadRoute before = readRoute;
        readRoute = routeOf(level == null ? getConsistency() : level);
        try {
            return work.get();
        } finally {
            readRoute = before;
        }
    }

    @Override
    public synchronized void wroteUnasked(ShardId shard) {
        Set<ShardId> written = unasked;
        if (written == null) {
            written = ConcurrentHashMap.newKeySet();
            unasked = written;
        }
        written.add(shard);
    }

    // ---- reference entities

    private ReferenceChanges references() {
        ReferenceChanges changes = references;
        if (changes == null) {
            changes = new ReferenceChanges(factory.referenceTables(), this);
            references = changes;
        }
        return changes;
    }

    @Override
    public List<ShardId> shards() {
        return factory.getTopology().shards();
    }

    /** All copies of a reference entity, a root. */
    ReferenceComparison compared(String root) {
        return new ReferenceComparison(root, factory.referenceTables(), references(), this);
    }

    /** Whether a write of a reference entity has copies to write as well. */
    final boolean hasCopies() {
        return !factory.isSingleShard() && !factory.referenceTables().isEmpty();
    }

    /** Refuses what could not be written to all copies. */
    final void checkReferenceWrite(String entityName) {
        if (!factory.isSingleShard() && (!transaction.isActive() || transaction.writesOneShard())) {
            throw Refusals.referenceWrite(entityName, transaction.isActive());
        }
    }

    /** A leg is about to write a row of a reference entity. */
    final void beforeReferenceWrite(String entityName, String root) {
        if (factory.isSingleShard()) {
            return;
        }
        checkReferenceWrite(entityName);
        String largeObject = factory.referenceTables().largeObject(root);
        if (largeObject != null) {
            throw Refusals.operation(
                    "write of " + entityName,
                    "it is a reference entity, and the large objects of " + largeObject
                            + " cannot be copied to other shards",
                    "map the attribute as text or bytea, such as by @JdbcTypeCode(SqlTypes.LONG32VARCHAR) or LONG32VARBINARY");
        }
        if (transaction.isCommitting()) {
            throw Refusals.operation(
                    "write of " + entityName,
                    "it was changed while the transaction was being committed",
                    "change it before");
        }
        references().lock();
    }

    /** A leg has written a row of a reference entity. */
    final void referenceWritten(EntityPersister persister, Object id, SharedSessionContractImplementor child) {
        if (hasCopies()) {
            references().written(persister, id, child);
        }
    }

    /** Writes to the other copies what was written to one. */
    final void copyReferences() {
        if (references != null) {
            references.copy();
        }
    }

    // ---- where things live

    @Override
    public void checkOpen() {
        if (children.isClosed()) {
            throw new IllegalStateException("Session/EntityManager is closed");
        }
        factory.checkOpen();
        transaction.pulse();
    }

    @Override
    S singleShard(String operation) {
        checkOpen();
        if (factory.getTopology().shards().size() == 1) {
            return child(factory.getTopology().shards().get(0));
        }
        throw Refusals.operation(
                operation,
                "it does not say which of the " + factory.getTopology().shards().size() + " shards it is for",
                "use HQL or criteria, which are routed, or doReturningWork(shard, work)");
    }

    // ---- the shard that a scope gives all work to

    @Override
    public @Nullable ShardId scope() {
        SessionScope scope = everywhere ? null : factory.scope();
        return scope == null ? null : scope.shard(factory);
    }

    @Override
    public Target inScope(Target target, String what) {
        ShardId scope = scope();
        if (scope == null || target.shards().isEmpty()) {
            return target;
        }
        if (target.shards().contains(scope)) {
            return target.isOne() ? target : Target.one(scope);
        }
        throw Refusals.outOfScope(
                what, target.isOne() ? "shard \"" + target.shards().get(0) + "\"" : "shards " + target, scope);
    }

    /** Where an entity lives or is to be stored, which must be within the scope. */
    @Nullable
    ShardId inScope(@Nullable ShardId shard, EntityPlacement placement) {
        if (shard != null && scope() != null) {
            inScope(Target.one(shard), placement.entityName());
        }
        return shard;
    }

    /** The shard of a new row that could be on any. */
    ShardId shardForNew(EntityPlacement placement, Object entity) {
        ShardId any = factory.shardForNew(placement, entity);
        ShardId scope = scope();
        return scope == null ? any : scope;
    }

    /** Looks for what must not be overlooked, whatever the scope. */
    <T extends @Nullable Object> T everywhere(Supplier<T> look) {
        boolean before = everywhere;
        everywhere = true;
        try {
            return look.get();
        } finally {
            everywhere = before;
        }
    }

    /** The child that an instance or proxy is attached to. */
    @Nullable
    S owner(Object entity) {
        List<Branch<S>> open = children.branches();
        LazyInitializer lazy = HibernateProxy.extractLazyInitializer(entity);
        for (int i = 0; i < open.size(); i++) {
            S child = open.get(i).session();
            if (lazy == null ? holds(child, entity) : lazy.getSession() == child) {
                return child;
            }
        }
        return null;
    }

    abstract boolean holds(S child, Object entity);

    /** The shard of an attached entity, for the router. */
    @Override
    public @Nullable ShardId attachedShard(Object entity) {
        S child = owner(entity);
        return child == null ? null : (ShardId) child.getTenantIdentifierValue();
    }

    /** The shard where an instance lives or is to be stored; null if nothing tells. */
    @Nullable
    ShardId placeOf(EntityPlacement placement, Object entity) {
        if (placement instanceof EntityPlacement.Sharded sharded) {
            Place place = factory.router().placeOf(sharded, entity, this::attachedShard);
            return place == null ? null : place.shard();
        }
        if (placement instanceof EntityPlacement.Single single) {
            return single.shard();
        }
        throw Refusals.operation(
                "shard of " + placement.entityName(),
                "it is a reference entity and lives on every shard",
                "ask any shard");
    }

    /** The child for a write of an instance; null if nothing tells where it lives. */
    @Nullable
    S childForWrite(EntityPlacement placement, Object entity) {
        if (placement instanceof EntityPlacement.Reference) {
            checkReferenceWrite(placement.entityName());
            return children.any();
        }
        ShardId shard = inScope(placeOf(placement, entity), placement);
        return shard == null ? null : children.get(shard);
    }

    /** The shards to ask for an id; null if any shard can answer. */
    @Nullable
    Target targetOf(EntityPlacement placement, Object id) {
        if (placement instanceof EntityPlacement.Reference) {
            return null;
        }
        Target target = inScope(factory.router().byId(placement, id), placement, id);
        factory.hotKeys().asked(target.shards(), placement.entityName(), id);
        return target;
    }

    final Target inScope(Target target, EntityPlacement placement, Object id) {
        return scope() == null ? target : inScope(target, placement.entityName() + "#" + id);
    }

    public ShardId shardOf(Object entity) {
        checkOpen();
        ShardId attached = attachedShard(entity);
        if (attached != null) {
            return attached;
        }
        EntityPlacement placement = factory.placementOf(entity);
        ShardId shard = placeOf(placement, entity);
        if (shard == null) {
            throw Refusals.noPlace(placement.entityName());
        }
        return shard;
    }

    public Set<ShardId> usedShards() {
        return children.shards();
    }

    /** Runs one leg a shard at the same time; on the first failure the others' statements are cancelled. */
    <T extends @Nullable Object> List<T> onShards(Target target, Function<S, ? extends T> leg) {
        return inParallel(target.shards().size(), i -> {
            S child = connected(target.shards().get(i));
            return () -> leg.apply(child);
        });
    }

    /** The answer of the one shard that has one. */
    <T> @Nullable T inTarget(Target target, EntityPlacement placement, Object id, Function<S, @Nullable T> leg) {
        if (target.shards().isEmpty()) {
            return null;
        }
        List<@Nullable T> answers = observed(
                Operation.FIND,
                placement.entityName(),
                target.shards().size(),
                () -> this.<@Nullable T>onShards(target, leg));
        return only(answers, placement, id, target);
    }

    /** Looks for one entity on one child. */
    final <T extends @Nullable Object, C extends SharedSessionContractImplementor> T findBy(
            C child, EntityPlacement placement, Function<? super C, T> leg) {
        Observation seen = observation;
        return seen == null
                ? readBy(child, leg)
                : seen.operation(Operation.FIND, placement.entityName(), 1, () -> readBy(child, leg));
    }

    /** Reads on one child: on another server if the one that was asked is lost before it answers. */
    @Override
    public <T extends @Nullable Object> T read(
            SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, T> leg) {
        return readBy(child, leg);
    }

    final <T extends @Nullable Object, C extends SharedSessionContractImplementor> T readBy(
            C child, Function<? super C, T> leg) {
        ReadRoute route = readRoute;
        Branch<?> branch = route == null && observation == null ? null : Branch.of(child);
        return branch == null
                ? leg.apply(child)
                : leg(
                        branch,
                        () -> route == null
                                ? leg.apply(child)
                                : SecondReads.run(branch, route, () -> leg.apply(child)));
    }

    private <T extends @Nullable Object> T leg(Branch<?> branch, Supplier<T> work) {
        Observation seen = observation;
        return seen == null ? work.get() : branch.observed(seen.leg(branch.shard()), work::get);
    }

    @Override
    public <T> T write(SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, T> leg) {
        Branch<?> branch = observation == null ? null : Branch.of(child);
        return branch == null ? leg.apply(child) : leg(branch, () -> leg.apply(child));
    }

    @Override
    public int executeUpdate(
            SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, Integer> leg) {
        Branch<?> branch = Branch.of(child);
        return branch == null || !branch.hasCursors()
                ? write(child, leg)
                : children.write(branch.shard(), beside -> write(beside.session(), leg));
    }

    @Override
    public final @Nullable Observation observation() {
        return observation;
    }

    @Override
    public boolean isObserved() {
        return observation != null;
    }

    @Override
    public <T> T observed(Operation operation, @Nullable String entityName, int shards, Supplier<T> work) {
        Observation seen = observation;
        return seen == null ? work.get() : seen.operation(operation, entityName, shards, work);
    }

    @Override
    public void answered(Tier tier) {
        if (observation != null) {
            observation.answered(tier);
        }
    }

    private static <T> @Nullable T only(
            List<@Nullable T> answers, EntityPlacement placement, Object id, Target target) {
        T found = null;
        for (T answer : answers) {
            if (answer != null) {
                if (found != null) {
                    throw Refusals.ambiguous(placement.entityName(), id, target);
                }
                found = answer;
            }
        }
        return found;
    }

    /** Groups ids by shard, asks the shards at the same time, and puts the answers back in the order of the ids. */
    <E> List<E> multiple(
            EntityPlacement placement,
            List<?> ids,
            Function<Object, @Nullable Target> targets,
            boolean ordered,
            BiFunction<S, List<?>, List<E>> leg) {
        if (placement instanceof EntityPlacement.Reference || ids.isEmpty()) {
            return leg.apply(children.any(), ids);
        }
        List<ShardId> order = factory.getTopology().shards();
        Map<ShardId, List<Integer>> positions = new TreeMap<>(Comparator.comparingInt(order::indexOf));
        for (int i = 0; i < ids.size(); i++) {
            Target target = Objects.requireNonNull(targets.apply(ids.get(i)));
            for (ShardId shard : target.shards()) {
                positions.computeIfAbsent(shard, asked -> new ArrayList<>()).add(i);
            }
        }
        if (positions.isEmpty()) {
            return new ArrayList<>(Collections.nCopies(ordered ? ids.size() : 0, null));
        }
        List<ShardId> asked = List.copyOf(positions.keySet());
        List<List<E>> answers = observed(
                Operation.FIND_MULTIPLE,
                placement.entityName(),
                asked.size(),
                () -> inParallel(asked.size(), i -> {
                    S child = connected(asked.get(i));
                    List<?> part = positions.getOrDefault(asked.get(i), List.of()).stream()
                            .map(ids::get)
                            .toList();
                    return () -> leg.apply(child, part);
                }));
        List<E> merged = new ArrayList<>(Collections.nCopies(ordered ? ids.size() : 0, null));
        for (int a = 0; a < answers.size(); a++) {
            List<E> answer = answers.get(a);
            if (!ordered) {
                merged.addAll(answer); // null stands for one that has been removed, not for one that is missing
                continue;
            }
            List<Integer> at = positions.getOrDefault(asked.get(a), List.of());
            for (int i = 0; i < answer.size(); i++) {
                E entity = answer.get(i);
                if (entity != null && merged.set(at.get(i), entity) != null) {
                    throw Refusals.ambiguous(placement.entityName(), ids.get(at.get(i)), "asked");
                }
            }
        }
        return merged;
    }

    /** Of the connections and not of the statements, which may be just about to start. */
    private Cancellation cancellation() {
        return new Cancellation(factory.cancelRequests(), this::usedConnections);
    }

    /** Cancels what runs now, for another thread. */
    final void cancelStatements() {
        Cancellation now = cancellation();
        now.request();
        now.end();
    }

    /** Called by other threads: some may have been given back by now. */
    private List<Connection> usedConnections() {
        List<Connection> used = new ArrayList<>(4);
        for (Branch<S> branch : children.branches()) {
            Connection connection = branch.usedConnection();
            if (connection != null) {
                used.add(connection);
            }
        }
        Connection other = apart;
        if (other != null) {
            used.add(other);
        }
        return used;
    }

    // ---- for queries

    @Override
    public S child(ShardId shard) {
        children.use(shard);
        return children.get(shard);
    }

    @Override
    public S connected(ShardId shard) {
        children.use(shard);
        Branch<S> branch = children.branch(shard);
        ReadRoute route = readRoute;
        if (route == null || !branch.isToBeIsolated()) {
            branch.connect();
        } else { // which takes an answer of a server that may be lost
            SecondReads.run(branch, route, () -> {
                branch.connect();
                return branch;
            });
        }
        branch.useConnection();
        connected = branch;
        return branch.session();
    }

    @Override
    public <T> T apart(ShardId shard, Function<SharedSessionContractImplementor, T> work) {
        S child = children.get(shard);
        Connection connection = factory.connectionApart(shard);
        try {
            apart = connection;
            try (StatelessSession session = factory.inner()
                    .withStatelessOptions()
                    .tenantIdentifier((Object) shard)
                    .connection(connection)
                    .statementInspector(children.inspector())
                    .jdbcTimeZone(child.getJdbcTimeZone())
                    .openStatelessSession()) {
                return work.apply((StatelessSessionImplementor) session);
            } finally {
                apart = null;
                try {
                    connection.rollback();
                } finally {
                    factory.cancelRequests().giveBack(connection);
                }
            }
        } catch (SQLException e) {
            throw child.getJdbcServices()
                    .getSqlExceptionHelper()
                    .convert(e, "could not work apart on shard \"" + shard + "\"");
        }
    }

    @Override
    public S anyChild() {
        return children.any();
    }

    @Override
    public Router router() {
        return factory.router();
    }

    @Override
    public @Nullable Target byLookup(LookupAttribute attribute, List<Object> values, @Nullable FlushMode mode) {
        if (!isReady(attribute)) {
            return null;
        }
        flushBefore(factory.router().everywhere(), mode);
        return lookedUp(attribute, values);
    }

    /** The shards of what is stored with one of these values; null if the lookup does not know. */
    @Nullable
    Target lookedUp(LookupAttribute attribute, Collection<?> values) {
        EntityLookups kept = factory.lookups();
        return kept == null || !isReady(attribute) ? null : kept.shardsOf(attribute, values, this);
    }

    @Override
    public boolean isReady(LookupAttribute attribute) {
        EntityLookups kept = factory.lookups();
        return kept != null && kept.isReady(attribute);
    }

    @Override
    public QueryPlans plans() {
        return factory.plans();
    }

    @Override
    public void beforeWrites(Target target, String statement) {
        if (target.shards().size() > 1 && transaction.writesOneShard()) {
            throw Refusals.writesSeveral(target, statement);
        }
    }

    @Override
    public <T extends @Nullable Object> List<T> inParallel(
            int count, IntFunction<? extends Callable<? extends T>> leg) {
        if (deadline != null) {
            deadline.check();
        }
        ReadRoute route = readRoute;
        return factory.legs()
                .run(
                        count,
                        route == null && observation == null ? leg : onBranches(leg, route, observation),
                        this::cancellation);
    }

    /**
     * Legs of which each is observed, and can be read on another server. They are made on this thread, and connect as they
     * are made.
     */
    private <T extends @Nullable Object> IntFunction<Callable<? extends T>> onBranches(
            IntFunction<? extends Callable<? extends T>> leg, @Nullable ReadRoute route, @Nullable Observation seen) {
        return i -> {
            connected = null;
            Callable<? extends T> made = leg.apply(i);
            Branch<?> branch = connected;
            if (branch == null) {
                return made;
            }
            Callable<? extends T> read = route == null ? made : () -> SecondReads.run(branch, route, made::call);
            if (seen == null) {
                return read;
            }
            PendingLeg own = seen.leg(branch.shard());
            return () -> branch.observed(own, read::call);
        };
    }

    @Override
    public <T> T within(long millis, Supplier<String> what, Supplier<T> work) {
        Deadline outer = deadline;
        Deadline own = new Deadline(millis, what, cancellation());
        deadline = own;
        Watch watch = factory.legs().watch();
        watch.add(own);
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw own.errorOf(e);
        } finally {
            watch.remove(own);
            own.done();
            deadline = outer;
        }
    }

    @Override
    public void markRollbackOnly() {
        transaction.markRollbackOnly();
    }

    @Override
    public void makesTemporaryTables(ShardId shard) {
        children.branches().stream()
                .filter(branch -> branch.shard().equals(shard))
                .forEach(Branch::usesTemporaryTables);
    }

    @Override
    public void gathers(ShardId shard, boolean now) {
        children.branch(shard).gathers(now);
    }

    @Override
    public ShardId gatherOn(List<ShardId> asked) {
        List<ShardId> free = new ArrayList<>(asked);
        if (transaction.isJoined()) {
            for (Branch<S> branch : children.branches()) {
                if (branch.hasTemporaryTables() && asked.contains(branch.shard())) {
                    return branch.shard();
                }
                if (branch.hasWritten() || branch.mayHoldLocks()) {
                    free.remove(branch.shard());
                }
            }
        }
        List<ShardId> some = free.isEmpty() ? asked : free;
        return some.get(ThreadLocalRandom.current().nextInt(some.size()));
    }

    @Override
    public <T> T cursor(SharedSessionContractImplementor child, Supplier<T> work) {
        return Branch.cursor(child, work);
    }

    @Override
    public <R> ScrollableResultsImplementor<R> openCursor(
            SharedSessionContractImplementor child, Supplier<ScrollableResultsImplementor<R>> open) {
        return Branch.openCursor(child, open);
    }

    @Override
    public <R> AbstractScrollableResults<R> rowsOf(ScrollableResultsImplementor<R> cursor) {
        return BranchCursor.rowsOf(cursor);
    }

    // ---- transaction

    @Override
    public List<Branch<S>> open() {
        return children.branches();
    }

    @Override
    public boolean flushOpensBranches() {
        return lookups != null || hasCopies();
    }

    @Override
    public boolean isFlushDue() {
        if (children.isClosed()) {
            return false;
        }
        List<Branch<S>> open = children.branches();
        for (int i = 0; i < open.size(); i++) {
            Branch<S> branch = open.get(i);
            if (branch.isFlushDue() && branch.session().getHibernateFlushMode() != FlushMode.MANUAL) {
                return true;
            }
        }
        return references != null && references.isToBeCopied();
    }

    /** Legs commit one after the other, on the caller's thread. */
    @Override
    public void committed(ShardId shard, ConsistencyToken.@Nullable Position position) {
        if (position != null) {
            token = token.merge(ConsistencyToken.of(shard, position));
            route();
        }
    }

    @Override
    public void begins() {
        if (lookups != null) {
            lookups.clear();
        }
        if (references != null) {
            references.begins();
        }
    }

    @Override
    public @Nullable PendingLookups pendingLookups() {
        return lookups;
    }

    @Override
    public <T> T onBranch(ShardId shard, String sql, BranchWork<T> work) {
        if (transaction.isActive()
                && transaction.isCommitting()
                && !children.shards().contains(shard)) {
            throw Refusals.operation(
                    "a change of what @GlobalUnique or @ShardLookup keeps, made while the transaction commits,",
                    "shard \"" + shard + "\" has no part in it",
                    "make it before the commit, and flush");
        }
        return children.write(shard, branch -> {
            branch.inspect(sql);
            return branch.session().doReturningWork(work::on);
        });
    }

    @Override
    public <T> List<T> onOpenBranches(BranchWork<T> work) {
        if (!transaction.isActive()) {
            return List.of();
        }
        List<T> results = new ArrayList<>();
        for (Branch<S> branch : children.branches()) {
            if (branch.isToBeIsolated()) { // as work tells it nothing
                branch.connect();
            }
            results.add(branch.session().doReturningWork(work::on));
        }
        return results;
    }

    /** What several branches flush is one change to the lookups, and to the copies of reference entities. */
    void flushTogether(Runnable flushes) {
        if (lookups == null) {
            flushes.run();
        } else {
            lookups.after(flushes);
        }
        copyReferences();
    }

    @Override
    public ExceptionConverter exceptionConverter() {
        return template().getExceptionConverter();
    }

    @Override
    public boolean failsCommitOfRollbackOnly() {
        return factory.inner().getSessionFactoryOptions().getJpaCompliance().isJpaTransactionComplianceEnabled();
    }

    @Override
    public String describeWrite(String sql) {
        return factory.describeWrite(sql);
    }

    @Override
    public Transaction beginTransaction() {
        checkOpen();
        if (!transaction.isActive()) {
            transaction.begin();
        }
        return transaction;
    }

    @Override
    public Transaction getTransaction() {
        if (factory.isJta()) {
            if (failsCommitOfRollbackOnly()
                    && !factory.inner().getSessionFactoryOptions().isJtaTransactionAccessEnabled()) {
                throw new IllegalStateException(
                        "Transaction is not accessible when using JTA with JPA-compliant transaction access enabled");
            }
            if (isOpen() && !transaction.isJoined()) {
                transaction.pulse();
            }
        }
        return transaction;
    }

    @Override
    public void joinTransaction() {
        checkOpen();
        transaction.join(); // resource-local: there is nothing to join, and Hibernate only logs it
    }

    @Override
    public boolean isJoinedToTransaction() {
        checkOpen();
        return transaction.isJoined();
    }

    // ---- life

    @Override
    public void close() {
        if (!children.isClosed()) {
            transaction.closing();
            children.close();
        }
    }

    @Override
    public boolean isOpen() {
        return !children.isClosed();
    }

    @Override
    public boolean isConnected() {
        return isOpen()
                && children.branches().stream()
                        .allMatch(branch -> branch.session().isConnected());
    }

    @Override
    public ShardedSessionFactory getFactory() {
        return factory;
    }

    @Override
    public @Nullable String getTenantIdentifier() {
        return null; // the children have one each: their shard
    }

    @Override
    public @Nullable Object getTenantIdentifierValue() {
        return null;
    }

    @Override
    public SharedStatelessSessionBuilder statelessWithOptions() {
        throw Refusals.sharedSession("statelessWithOptions");
    }

    @Override
    public SharedSessionBuilder sessionWithOptions() {
        throw Refusals.sharedSession("sessionWithOptions");
    }

    private void writeObject(ObjectOutputStream stream) throws NotSerializableException {
        throw new NotSerializableException("a sharded session holds connections");
    }

    // ---- options

    /** Some child's answer, or the template's while none is open. */
    S anyOpen() {
        return children.branches().isEmpty() ? template() : children.any();
    }

    transient @Nullable CacheMode cacheMode;
    private transient @Nullable Integer jdbcBatchSize;

    @Override
    public CacheMode getCacheMode() {
        return cacheMode != null ? cacheMode : anyOpen().getCacheMode();
    }

    @Override
    public CacheMode cacheMode() {
        return getCacheMode();
    }

    @Override
    public void setCacheMode(CacheMode mode) {
        cacheMode = mode;
        children.option("cacheMode", child -> child.setCacheMode(mode));
    }

    @Override
    public @Nullable Integer getJdbcBatchSize() {
        return jdbcBatchSize != null ? jdbcBatchSize : anyOpen().getJdbcBatchSize();
    }

    @Override
    public void setJdbcBatchSize(@Nullable Integer size) {
        checkOpen();
        jdbcBatchSize = size;
        children.option("jdbcBatchSize", child -> child.setJdbcBatchSize(size));
    }

    @Override
    public Filter enableFilter(String name) {
        checkOpen();
        disableFilter(name);
        ShardedFilter<S> filter = new ShardedFilter<>(children, factory.getFilterDefinition(name));
        filters.put(name, filter);
        return filter;
    }

    @Override
    public @Nullable Filter getEnabledFilter(String name) {
        ShardedFilter<S> filter = filters.get(name);
        return filter != null ? filter : template().getEnabledFilter(name);
    }

    @Override
    public void disableFilter(String name) {
        checkOpen();
        ShardedFilter<S> filter = filters.remove(name);
        if (filter != null) {
            filter.disable();
        } else {
            children.option(ShardedFilter.option(name, ""), child -> child.disableFilter(name));
        }
    }

    // ---- what no shard needs to be asked for

    @Override
    public HibernateCriteriaBuilder getCriteriaBuilder() {
        checkOpen();
        return factory.getCriteriaBuilder();
    }

    @Override
    public <T> RootGraph<T> createEntityGraph(Class<T> rootType) {
        checkOpen();
        return template().createEntityGraph(rootType);
    }

    @Override
    public @Nullable RootGraph<?> createEntityGraph(String graphName) {
        checkOpen();
        return template().createEntityGraph(graphName);
    }

    @Override
    public @Nullable <T> RootGraph<T> createEntityGraph(Class<T> rootType, String graphName) {
        checkOpen();
        return template().createEntityGraph(rootType, graphName);
    }

    @Override
    public RootGraph<?> getEntityGraph(String graphName) {
        checkOpen();
        return template().getEntityGraph(graphName);
    }

    @Override
    public <T> List<EntityGraph<? super T>> getEntityGraphs(Class<T> entityClass) {
        checkOpen();
        return template().getEntityGraphs(entityClass);
    }

    // ---- one shard's connection

    @Override
    public void doWork(Work work) {
        doReturningWork(connection -> {
            work.execute(connection);
            return Boolean.TRUE;
        });
    }

    @Override
    public <T> T doReturningWork(ReturningWork<T> work) {
        checkOpen();
        if (factory.getTopology().shards().size() > 1) {
            throw Refusals.connection("doWork");
        }
        return doReturningWork(factory.getTopology().shards().get(0), work);
    }

    /** A connection may write without our seeing, so the shard counts as written. */
    public <T> T doReturningWork(ShardId shard, ReturningWork<T> work) {
        checkOpen();
        return children.write(shard, branch -> onConnection(branch, work));
    }

    private <T> T onConnection(Branch<S> branch, ReturningWork<T> work) {
        working(branch);
        T result;
        try {
            result = branch.session().doReturningWork(work);
        } catch (RuntimeException | Error e) {
            try {
                branch.afterWork(false);
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        branch.afterWork(true);
        return result;
    }

    /** The same for one that outlives the call. */
    public Connection connection(ShardId shard) {
        checkOpen();
        Branch<S> branch = children.branch(shard);
        working(branch);
        return branch.held().getPhysicalConnection();
    }

    private void working(Branch<S> branch) {
        if (readRoute == null) {
            branch.inspect("call " + Connection.class.getSimpleName() + " work");
        } else {
            branch.reads();
        }
        branch.beforeWork();
    }

    // ---- procedures

    private void checkProcedure(String name) {
        checkOpen();
        if (template().getFactory().getQueryEngine().getNamedObjectRepository().getCallableQueryMemento(name) == null) {
            markRollbackOnly();
            throw new IllegalArgumentException("No @NamedStoredProcedureQuery was found with that name : " + name);
        }
    }

    @Override
    public ProcedureCall getNamedProcedureCall(String name) {
        checkProcedure(name);
        return ShardedProcedureCall.of(this, name, child -> child.getNamedProcedureCall(name));
    }

    @Override
    public ProcedureCall createStoredProcedureCall(String name) {
        return ShardedProcedureCall.of(this, name, child -> child.createStoredProcedureCall(name));
    }

    @Override
    public ProcedureCall createStoredProcedureCall(String name, Class<?>... resultClasses) {
        return ShardedProcedureCall.of(this, name, child -> child.createStoredProcedureCall(name, resultClasses));
    }

    @Override
    public ProcedureCall createStoredProcedureCall(String name, String... resultSetMappings) {
        return ShardedProcedureCall.of(this, name, child -> child.createStoredProcedureCall(name, resultSetMappings));
    }

    @Override
    public ProcedureCall createNamedStoredProcedureQuery(String name) {
        checkProcedure(name);
        return ShardedProcedureCall.of(this, name, child -> child.createNamedStoredProcedureQuery(name));
    }

    @Override
    public ProcedureCall createStoredProcedureQuery(String name) {
        return ShardedProcedureCall.of(this, name, child -> child.createStoredProcedureQuery(name));
    }

    @Override
    public ProcedureCall createStoredProcedureQuery(String name, Class<?>... resultClasses) {
        return ShardedProcedureCall.of(this, name, child -> child.createStoredProcedureQuery(name, resultClasses));
    }

    @Override
    public ProcedureCall createStoredProcedureQuery(String name, String... resultSetMappings) {
        return ShardedProcedureCall.of(this, name, child -> child.createStoredProcedureQuery(name, resultSetMappings));
    }
}
