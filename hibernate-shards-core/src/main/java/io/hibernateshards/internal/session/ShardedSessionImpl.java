package io.hibernateshards.internal.session;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.ShardedTransaction;
import jakarta.persistence.CacheRetrieveMode;
import jakarta.persistence.CacheStoreMode;
import jakarta.persistence.ConnectionConsumer;
import jakarta.persistence.ConnectionFunction;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.FlushModeType;
import jakarta.persistence.LockModeType;
import jakarta.persistence.LockOption;
import jakarta.persistence.PersistenceException;
import jakarta.persistence.RefreshOption;
import jakarta.persistence.TransactionRequiredException;
import jakarta.persistence.criteria.CriteriaQuery;
import jakarta.persistence.criteria.CriteriaSelect;
import jakarta.persistence.metamodel.EntityType;
import jakarta.persistence.metamodel.Metamodel;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.hibernate.CacheMode;
import org.hibernate.FlushMode;
import org.hibernate.Hibernate;
import org.hibernate.LobHelper;
import org.hibernate.LockMode;
import org.hibernate.LockOptions;
import org.hibernate.ReplicationMode;
import org.hibernate.SessionEventListener;
import org.hibernate.UnknownProfileException;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.jpa.HibernateHints;
import org.hibernate.jpa.internal.util.ConfigurationHelper;
import org.hibernate.jpa.internal.util.FlushModeTypeHelper;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.hibernate.stat.SessionStatistics;
import org.jspecify.annotations.Nullable;

/**
 * A stateful session over all shards. An entity belongs to the child that holds it; one that none holds goes to the child
 * of the shard that its key, its parent or its id names.
 */
@SuppressWarnings({"deprecation", "removal"})
final class ShardedSessionImpl extends ShardedFinds implements ShardedSession {
    private static final long serialVersionUID = 1L;

    transient @Nullable FlushMode flushMode;
    transient @Nullable Integer fetchBatchSize;
    transient @Nullable Boolean subselectFetching;
    transient boolean defaultReadOnly;
    private final transient Map<String, Object> properties = new HashMap<>(0);
    private final transient Set<String> fetchProfiles = new HashSet<>(0);

    ShardedSessionImpl(
            ShardedSessionFactoryImpl factory,
            @Nullable StatementInspector inspector,
            Function<Branch<SessionImplementor>, SessionImplementor> opener,
            boolean autoJoin) {
        super(factory, inspector, opener, autoJoin);
    }

    @Override
    public <T> ShardedQuery<T> createQuery(CriteriaSelect<T> select) {
        return createQuery((CriteriaQuery<T>) select);
    }

    // ---- writing

    @Override
    public void persist(Object entity) {
        checkOpen();
        childForNew(placementOf(entity), entity).persist(entity);
    }

    @Override
    public void persist(@Nullable String entityName, Object entity) {
        if (entityName == null) {
            persist(entity);
            return;
        }
        checkOpen();
        childForNew(factory.placementOf(entityName), entity).persist(entityName, entity);
    }

    @Override
    public <T> T merge(T entity) {
        checkOpen();
        return childForMerge(placementOf(entity), entity).merge(entity);
    }

    @Override
    public <T> T merge(String entityName, T entity) {
        checkOpen();
        return childForMerge(factory.placementOf(entityName), entity).merge(entityName, entity);
    }

    @Override
    public <T> T merge(T entity, EntityGraph<? super T> loadGraph) {
        checkOpen();
        return childForMerge(placementOf(entity), entity).merge(entity, loadGraph);
    }

    @Override
    public void replicate(Object entity, ReplicationMode mode) {
        checkOpen();
        childForMerge(placementOf(entity), entity).replicate(entity, mode);
    }

    @Override
    public void replicate(String entityName, Object entity, ReplicationMode mode) {
        checkOpen();
        childForMerge(factory.placementOf(entityName), entity).replicate(entityName, entity, mode);
    }

    @Override
    public void remove(Object entity) {
        checkOpen();
        if (entity == null) {
            refusedBy(none -> {
                none.remove(entity);
                return true;
            });
        }
        EntityPlacement placement = placementOf(entity);
        if (placement instanceof EntityPlacement.Reference) {
            checkReferenceWrite(placement.entityName());
        }
        childForRemove(placement, entity).remove(entity);
    }

    /** A row must not be looked for, and not be found, on a shard that is only a guess. */
    private SessionImplementor childForRemove(EntityPlacement placement, Object entity) {
        SessionImplementor owner = owner(entity);
        if (owner != null) {
            return owner;
        }
        if (placement instanceof EntityPlacement.Reference) {
            return children.any();
        }
        Object id = factory.idOf(placement.entityName(), entity, template());
        ShardId shard = id == null || factory.isSingleShard() ? null : inScope(placeOf(placement, entity), placement);
        if (shard != null) {
            return children.get(shard);
        }
        if (id == null || factory.isSingleShard()) {
            return children.any();
        }
        throw Refusals.noPlace(placement.entityName() + "#" + id);
    }

    /** A root without a key whose id is still to be made may live anywhere: on the shard of a random bucket. */
    private SessionImplementor childForNew(EntityPlacement placement, Object entity) {
        SessionImplementor owner = owner(entity);
        if (owner != null) {
            return owner;
        }
        SessionImplementor child = childForWrite(placement, entity);
        return child != null ? child : children.get(shardForNew(placement, entity));
    }

    /** A detached instance whose key and id are silent is looked for on all shards. */
    private SessionImplementor childForMerge(EntityPlacement placement, Object entity) {
        SessionImplementor owner = owner(entity);
        if (owner != null) {
            return owner;
        }
        SessionImplementor child = childForWrite(placement, entity);
        Object id = factory.idOf(placement.entityName(), entity, template());
        if (child != null) {
            if (id != null && isSilent(placement)) {
                refuseRowElsewhere(placement, id, child);
            }
            return child;
        }
        if (id != null) {
            Object stored = this.<@Nullable Object>everywhere(() -> find(placement.entityName(), id));
            SessionImplementor holder = stored == null ? null : owner(stored);
            if (holder == null) {
                throw Refusals.noPlace(placement.entityName() + "#" + id);
            }
            return holder;
        }
        return children.get(shardForNew(placement, entity));
    }

    /**
     * A changed key leads to another shard, where the row would be stored a second time. What is found there is what
     * merge would read anyway; so only a row that is new costs a look at the other shards.
     */
    private void refuseRowElsewhere(EntityPlacement placement, Object id, SessionImplementor child) {
        if (factory.isSingleShard() || child.find(placement.entityName(), id) != null) {
            return;
        }
        Object stored = this.<@Nullable Object>everywhere(() -> find(placement.entityName(), id));
        SessionImplementor holder = stored == null ? null : owner(stored);
        if (holder != null && holder != child) {
            throw Refusals.movedByKey(
                    placement.entityName() + "#" + id,
                    holder.getTenantIdentifierValue(),
                    child.getTenantIdentifierValue());
        }
    }

    /** The child that holds the entity, else the one that would; Hibernate's own error follows where it is not managed. */
    private SessionImplementor childOf(Object entity) {
        SessionImplementor owner = owner(entity);
        if (owner != null) {
            return owner;
        }
        EntityPlacement placement = placementOf(entity);
        SessionImplementor only = children.only();
        if (placement instanceof EntityPlacement.Reference || only != null && factory.isSingleShard()) {
            return children.any();
        }
        var shard = inScope(placeOf(placement, entity), placement);
        return shard == null ? children.any() : children.get(shard);
    }

    /** The child that holds the entity; another one, which does not, gives Hibernate's own error otherwise. */
    private SessionImplementor ownerOrNone(Object entity) {
        checkOpen();
        SessionImplementor owner = owner(entity);
        return owner != null ? owner : transaction.isActive() ? children.any() : anyOpen();
    }

    // ---- flush

    @Override
    public void flush() {
        checkOpen();
        if (!transaction.isActive()) {
            throw new TransactionRequiredException("no transaction is in progress");
        }
        flushAll(branch -> true);
    }

    @Override
    public boolean flushBeforeCommit() {
        if (children.isClosed()) {
            return false; // before the JTA transaction ended: the children know whether they are to be flushed
        }
        flushAll(ShardedSessionImpl::isFlushedByItself);
        return true;
    }

    private static boolean isFlushedByItself(Branch<SessionImplementor> branch) {
        return branch.session().getHibernateFlushMode() != FlushMode.MANUAL;
    }

    /**
     * Flushes some branches, and again those that code of the application has given something to write meanwhile, until
     * there is nothing left.
     */
    private void flushAll(Predicate<Branch<SessionImplementor>> which) {
        flushTogether(() -> {
            List<Branch<SessionImplementor>> flushed =
                    new ArrayList<>(children.branches().size());
            for (Branch<SessionImplementor> branch : children.branches()) {
                if (which.test(branch)) {
                    flushed.add(branch);
                }
            }
            flush(flushed);
            if (!flushed.isEmpty()) {
                flushLeft(which, flushed.get(flushed.size() - 1));
            }
        });
    }

    private void flush(List<Branch<SessionImplementor>> branches) {
        if (transaction.writesOneShard() && children.branches().size() > 1) {
            // finds all that have something to write before any of them sends it
            branches.removeIf(branch -> !branch.session().isDirty());
            refuseSecondWriter(branches);
        }
        // in order: the first has the new rows of reference entities, to which others may refer on their own shards
        branches.forEach(branch -> branch.session().flush());
    }

    /**
     * Flushes what was written while others were flushed. Only code of the application can have changed entities since, so
     * that they are not looked at where there is none.
     */
    private void flushLeft(Predicate<Branch<SessionImplementor>> which, Branch<SessionImplementor> lastFlushed) {
        Branch<SessionImplementor> last = lastFlushed;
        List<Branch<?>> neverClean = null; // however often they are flushed, such as by values without equals
        List<Branch<SessionImplementor>> left = left(which, last, neverClean);
        for (int round = 0; !left.isEmpty(); round++) {
            if (round == ShardedTransaction.MOST_ROUNDS) {
                throw transaction.endless("the flush");
            }
            flush(left);
            for (Branch<SessionImplementor> branch : left) {
                if (!branch.isFlushDue() && branch.session().isDirty()) {
                    neverClean = neverClean == null ? new ArrayList<>() : neverClean;
                    neverClean.add(branch);
                }
                last = branch;
            }
            left = left(which, last, neverClean);
        }
    }

    private List<Branch<SessionImplementor>> left(
            Predicate<Branch<SessionImplementor>> which,
            Branch<SessionImplementor> last,
            @Nullable List<Branch<?>> neverClean) {
        List<Branch<SessionImplementor>> open = children.branches();
        boolean changes = open.size() > 1 && factory.flushHooks().exist(last.session());
        List<Branch<SessionImplementor>> left = null;
        for (int i = 0; i < open.size(); i++) {
            Branch<SessionImplementor> branch = open.get(i);
            boolean dirtied = changes
                    && branch != last
                    && !branch.isPostponed()
                    && (neverClean == null || !neverClean.contains(branch))
                    && which.test(branch)
                    && branch.session().isDirty();
            if (dirtied || branch.isFlushDue() && which.test(branch)) {
                left = left == null ? new ArrayList<>(open.size()) : left;
                left.add(branch);
            }
        }
        return left == null ? List.of() : left;
    }

    private void refuseSecondWriter(List<Branch<SessionImplementor>> dirty) {
        Branch<?> writer = transaction.writer();
        boolean second = dirty.size() > 1 || dirty.size() == 1 && writer != null && writer != dirty.get(0);
        if (!second) {
            return;
        }
        List<String> legs = new ArrayList<>();
        if (writer != null) {
            legs.add("shard \"" + writer + "\" has been sent " + transaction.describeFirstWrite());
        }
        for (Branch<SessionImplementor> branch : dirty) {
            legs.add("shard \"" + branch + "\" would be sent " + PendingWrites.describe(branch.session()));
        }
        throw transaction.refuse(legs);
    }

    /** All that is dirty in these shards; which tables the query reads decides nothing, as the legs are not to flush. */
    @Override
    public void flushBefore(Target target, @Nullable FlushMode mode) {
        if (!transaction.isActive() || mode == null || mode.lessThan(FlushMode.AUTO)) {
            return;
        }
        flushAll(branch -> flushOpensBranches() || target.shards().contains(branch.shard()));
    }

    @Override
    public boolean isDirty() {
        checkOpen();
        return children.branches().stream().anyMatch(branch -> branch.session().isDirty());
    }

    @Override
    public void setFlushMode(FlushModeType mode) {
        setHibernateFlushMode(FlushModeTypeHelper.getFlushMode(mode));
    }

    @Override
    public void setHibernateFlushMode(FlushMode mode) {
        checkOpen();
        flushMode = mode;
        children.option("flushMode", child -> child.setHibernateFlushMode(mode));
    }

    @Override
    public FlushModeType getFlushMode() {
        checkOpen();
        return FlushModeTypeHelper.getFlushModeType(getHibernateFlushMode());
    }

    @Override
    public FlushMode getHibernateFlushMode() {
        return flushMode != null ? flushMode : template().getHibernateFlushMode();
    }

    @Override
    public FlushMode flushMode() {
        return getHibernateFlushMode();
    }

    @Override
    public boolean readsOnlyEntities() {
        return isDefaultReadOnly();
    }

    // ---- one entity

    @Override
    public boolean contains(Object entity) {
        checkOpen();
        SessionImplementor owner = owner(entity);
        if (owner == null && entity != null) { // Hibernate says no to null
            placementOf(entity); // IllegalArgumentException if it is no entity
        }
        return owner != null && owner.contains(entity);
    }

    @Override
    public boolean contains(String entityName, Object entity) {
        checkOpen();
        SessionImplementor owner = owner(entity);
        return owner != null && owner.contains(entityName, entity);
    }

    @Override
    public void detach(Object entity) {
        ownerOrNone(entity).detach(entity);
    }

    @Override
    public void evict(Object entity) {
        ownerOrNone(entity).evict(entity);
    }

    @Override
    public void refresh(Object entity) {
        checkOpen();
        childOf(entity).refresh(entity);
    }

    @Override
    public void refresh(Object entity, Map<String, Object> hints) {
        checkOpen();
        childOf(entity).refresh(entity, hints);
    }

    @Override
    public void refresh(Object entity, LockModeType lockMode) {
        checkOpen();
        childOf(entity).refresh(entity, lockMode);
    }

    @Override
    public void refresh(Object entity, LockModeType lockMode, Map<String, Object> hints) {
        checkOpen();
        childOf(entity).refresh(entity, lockMode, hints);
    }

    @Override
    public void refresh(Object entity, RefreshOption... options) {
        checkOpen();
        childOf(entity).refresh(entity, options);
    }

    @Override
    public void refresh(Object entity, LockOptions lockOptions) {
        checkOpen();
        childOf(entity).refresh(entity, lockOptions);
    }

    @Override
    public void lock(Object entity, LockMode lockMode) {
        checkOpen();
        childOf(entity).lock(entity, lockMode);
    }

    @Override
    public void lock(Object entity, LockMode lockMode, LockOption... options) {
        checkOpen();
        childOf(entity).lock(entity, lockMode, options);
    }

    @Override
    public void lock(Object entity, LockOptions lockOptions) {
        checkOpen();
        childOf(entity).lock(entity, lockOptions);
    }

    @Override
    public void lock(Object entity, LockModeType lockMode) {
        checkOpen();
        childOf(entity).lock(entity, lockMode);
    }

    @Override
    public void lock(Object entity, LockModeType lockMode, Map<String, Object> hints) {
        checkOpen();
        childOf(entity).lock(entity, lockMode, hints);
    }

    @Override
    public void lock(Object entity, LockModeType lockMode, LockOption... options) {
        checkOpen();
        childOf(entity).lock(entity, lockMode, options);
    }

    @Override
    public void load(Object object, Object id) {
        checkOpen();
        EntityPlacement placement = factory.placementOf(object);
        var target = targetOf(placement, id);
        if (target != null && !target.isOne()) {
            throw Refusals.operation(
                    "load(object, id)",
                    placement.entityName() + "#" + id + " may be on any of " + target,
                    "use find, with ShardKeys where you know the key");
        }
        (target == null ? children.any() : children.get(target.shards().get(0))).load(object, id);
    }

    @Override
    public LockMode getCurrentLockMode(Object entity) {
        return ownerOrNone(entity).getCurrentLockMode(entity);
    }

    @Override
    public LockModeType getLockMode(Object entity) {
        return ownerOrNone(entity).getLockMode(entity);
    }

    @Override
    public Object getIdentifier(Object entity) {
        return ownerOrNone(entity).getIdentifier(entity);
    }

    @Override
    public String getEntityName(Object entity) {
        return ownerOrNone(entity).getEntityName(entity);
    }

    @Override
    public boolean isReadOnly(Object entity) {
        return ownerOrNone(entity).isReadOnly(entity);
    }

    @Override
    public void setReadOnly(Object entity, boolean readOnly) {
        ownerOrNone(entity).setReadOnly(entity, readOnly);
    }

    // ---- all children

    @Override
    boolean holds(SessionImplementor child, Object entity) {
        return child.getPersistenceContextInternal().getEntry(entity) != null;
    }

    @Override
    public void clear() {
        checkOpen();
        children.branches().forEach(branch -> branch.session().clear());
    }

    @Override
    public void cancelQuery() {
        checkOpen();
        cancelStatements();
    }

    @Override
    public SessionStatistics getStatistics() {
        checkOpen();
        return new ShardedSessionStatistics(children.branches().stream()
                .map(branch -> branch.session().getStatistics())
                .toList());
    }

    @Override
    public Collection<?> getManagedEntities() {
        return allOf(child -> child.getManagedEntities());
    }

    @Override
    public Collection<?> getManagedEntities(String entityName) {
        return allOf(child -> child.getManagedEntities(entityName));
    }

    @Override
    public <E> Collection<E> getManagedEntities(Class<E> entityType) {
        return allOf(child -> child.getManagedEntities(entityType));
    }

    @Override
    public <E> Collection<E> getManagedEntities(EntityType<E> entityType) {
        return allOf(child -> child.getManagedEntities(entityType));
    }

    private <E> Collection<E> allOf(Function<SessionImplementor, Collection<? extends E>> part) {
        checkOpen();
        List<E> all = new ArrayList<>();
        for (Branch<SessionImplementor> branch : children.branches()) {
            SessionImplementor child = branch.session();
            if (child.getPersistenceContextInternal().getEntityHoldersByKey() != null) { // else Hibernate fails
                all.addAll(part.apply(child));
            }
        }
        return all;
    }

    // ---- options

    private void option(String name, Consumer<SessionImplementor> option) {
        checkOpen();
        children.option(name, option);
    }

    @Override
    public CacheStoreMode getCacheStoreMode() {
        return getCacheMode().getJpaStoreMode();
    }

    @Override
    public CacheRetrieveMode getCacheRetrieveMode() {
        return getCacheMode().getJpaRetrieveMode();
    }

    @Override
    public void setCacheStoreMode(CacheStoreMode mode) {
        setCacheMode(CacheMode.fromJpaModes(getCacheRetrieveMode(), mode));
    }

    @Override
    public void setCacheRetrieveMode(CacheRetrieveMode mode) {
        setCacheMode(CacheMode.fromJpaModes(mode, getCacheStoreMode()));
    }

    @Override
    public int getFetchBatchSize() {
        return fetchBatchSize != null ? fetchBatchSize : anyOpen().getFetchBatchSize();
    }

    @Override
    public void setFetchBatchSize(int size) {
        fetchBatchSize = size;
        option("fetchBatchSize", child -> child.setFetchBatchSize(size));
    }

    @Override
    public boolean isSubselectFetchingEnabled() {
        return subselectFetching != null ? subselectFetching : anyOpen().isSubselectFetchingEnabled();
    }

    @Override
    public void setSubselectFetchingEnabled(boolean enabled) {
        subselectFetching = enabled;
        option("subselectFetching", child -> child.setSubselectFetchingEnabled(enabled));
    }

    @Override
    public boolean isDefaultReadOnly() {
        return defaultReadOnly;
    }

    @Override
    public void setDefaultReadOnly(boolean readOnly) {
        defaultReadOnly = readOnly;
        children.option("defaultReadOnly", child -> child.setDefaultReadOnly(readOnly));
    }

    @Override
    public boolean isFetchProfileEnabled(String name) throws UnknownProfileException {
        return fetchProfiles.contains(name) || template().isFetchProfileEnabled(name);
    }

    @Override
    public void enableFetchProfile(String name) throws UnknownProfileException {
        template().isFetchProfileEnabled(name); // UnknownProfileException
        fetchProfiles.add(name);
        option("fetchProfile " + name, child -> child.enableFetchProfile(name));
    }

    @Override
    public void disableFetchProfile(String name) throws UnknownProfileException {
        template().isFetchProfileEnabled(name);
        fetchProfiles.remove(name);
        option("fetchProfile " + name, child -> child.disableFetchProfile(name));
    }

    @Override
    public void addEventListeners(SessionEventListener... listeners) {
        option("eventListeners " + System.identityHashCode(listeners), child -> child.addEventListeners(listeners));
    }

    @Override
    public void setProperty(@Nullable String name, @Nullable Object value) {
        checkOpen();
        if (name == null || value != null && !(value instanceof Serializable)) {
            template().setProperty(name, value); // which logs that it is passed over
            return;
        }
        if (name.equals(ShardHints.TRANSACTION_MODE)) {
            setTransactionMode(TransactionMode.of(value));
        } else if (name.equals(ShardHints.CONSISTENCY)) {
            setConsistency(Consistency.of(value));
        } else if (name.equals(ShardHints.READS_ONLY)) {
            setReadsOnly(value != null && Boolean.parseBoolean(value.toString()));
        } else if (value != null) {
            interpret(name, value);
        }
        option("property " + name, child -> child.setProperty(name, value));
        properties.put(name, value);
    }

    /** Those that the session shows; a value that is wrong must not wait for the next child to be opened. */
    private void interpret(String name, Object value) {
        switch (name) {
            case HibernateHints.HINT_FLUSH_MODE ->
                setHibernateFlushMode(ConfigurationHelper.getFlushMode(value, FlushMode.AUTO));
            case AvailableSettings.JPA_SHARED_CACHE_RETRIEVE_MODE,
                    AvailableSettings.JAKARTA_SHARED_CACHE_RETRIEVE_MODE ->
                setCacheRetrieveMode((CacheRetrieveMode) value);
            case AvailableSettings.JPA_SHARED_CACHE_STORE_MODE, AvailableSettings.JAKARTA_SHARED_CACHE_STORE_MODE ->
                setCacheStoreMode((CacheStoreMode) value);
            case HibernateHints.HINT_FETCH_PROFILE -> enableFetchProfile((String) value);
            case AvailableSettings.USE_SUBSELECT_FETCH, HibernateHints.HINT_ENABLE_SUBSELECT_FETCH ->
                setSubselectFetchingEnabled(Boolean.parseBoolean(value.toString()));
            case AvailableSettings.DEFAULT_BATCH_FETCH_SIZE, HibernateHints.HINT_BATCH_FETCH_SIZE ->
                setFetchBatchSize(Integer.parseInt(value.toString()));
            case AvailableSettings.STATEMENT_BATCH_SIZE, HibernateHints.HINT_JDBC_BATCH_SIZE ->
                setJdbcBatchSize(Integer.parseInt(value.toString()));
            default -> {}
        }
    }

    @Override
    public Map<String, Object> getProperties() {
        Map<String, Object> all = new HashMap<>(template().getProperties());
        all.put(HibernateHints.HINT_FLUSH_MODE, getHibernateFlushMode());
        all.putAll(properties);
        return all;
    }

    // ---- what the session is

    @Override
    public SessionImplementor template() {
        return factory.template();
    }

    @Override
    public ShardedSessionFactory getSessionFactory() {
        return factory;
    }

    @Override
    public ShardedSessionFactory getEntityManagerFactory() {
        checkOpen();
        return factory;
    }

    @Override
    public Metamodel getMetamodel() {
        checkOpen();
        return factory.getMetamodel();
    }

    @Override
    public LobHelper getLobHelper() {
        return Hibernate.getLobHelper();
    }

    @Override
    public Object getDelegate() {
        checkOpen();
        return this;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        checkOpen();
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new PersistenceException("a sharded session cannot be unwrapped as " + type.getName()
                + ": it is one Hibernate session for each of " + children.shards()
                + (type == SharedSessionContractImplementor.class ? REFERENCE : ""));
    }

    @Override
    public <C> void runWithConnection(ConnectionConsumer<C> action) {
        singleShard("runWithConnection").runWithConnection(action);
    }

    @Override
    public <C, T> T callWithConnection(ConnectionFunction<C, T> function) {
        return singleShard("callWithConnection").callWithConnection(function);
    }
}
