package io.hibernateshards.internal.session;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.internal.cache.StatelessChanges;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.transaction.Branch;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.PersistenceException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.FlushMode;
import org.hibernate.LockMode;
import org.hibernate.collection.spi.PersistentCollection;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.spi.StatelessSessionImplementor;
import org.hibernate.graph.GraphSemantic;
import org.hibernate.graph.spi.RootGraphImplementor;
import org.hibernate.proxy.HibernateProxy;
import org.hibernate.proxy.LazyInitializer;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;

/** A stateless session over all shards: rows go to their shards as they come, several at a time grouped by shard. */
@SuppressWarnings({"deprecation", "removal"})
final class ShardedStatelessSessionImpl extends AbstractShardedSession<StatelessSessionImplementor>
        implements ShardedStatelessSession {
    private static final long serialVersionUID = 1L;

    ShardedStatelessSessionImpl(
            ShardedSessionFactoryImpl factory,
            @Nullable StatementInspector inspector,
            Function<Branch<StatelessSessionImplementor>, StatelessSessionImplementor> opener) {
        super(factory, inspector, opener, true);
    }

    @Override
    public StatelessSessionImplementor template() {
        return factory.statelessTemplate();
    }

    /** Nothing is attached to a stateless session, but for proxies. */
    @Override
    boolean holds(StatelessSessionImplementor child, Object entity) {
        return false;
    }

    @Override
    public boolean flushBeforeCommit() {
        flushTogether(() -> {}); // statements were sent as they came
        return true;
    }

    @Override
    public void flushBefore(Target target, @Nullable FlushMode mode) {
        // statements were sent as they came
    }

    @Override
    public FlushMode flushMode() {
        return template().getHibernateFlushMode();
    }

    @Override
    public boolean readsOnlyEntities() {
        return template().isDefaultReadOnly();
    }

    // ---- writing one row

    @Override
    public Object insert(Object entity) {
        return inserted(placement(entity), entity, child -> child.insert(entity));
    }

    @Override
    public Object insert(String entityName, Object entity) {
        return inserted(placement(entityName), entity, child -> child.insert(entityName, entity));
    }

    @Override
    public void update(Object entity) {
        write(placement(entity), entity, child -> child.update(entity));
    }

    @Override
    public void update(String entityName, Object entity) {
        write(placement(entityName), entity, child -> child.update(entityName, entity));
    }

    @Override
    public void delete(Object entity) {
        write(placement(entity), entity, child -> child.delete(entity));
    }

    @Override
    public void delete(String entityName, Object entity) {
        write(placement(entityName), entity, child -> child.delete(entityName, entity));
    }

    @Override
    public void upsert(Object entity) {
        write(placement(entity), entity, child -> child.upsert(entity));
    }

    @Override
    public void upsert(String entityName, Object entity) {
        write(placement(entityName), entity, child -> child.upsert(entityName, entity));
    }

    private void write(EntityPlacement placement, Object entity, Consumer<StatelessSessionImplementor> row) {
        flushTogether(() -> write(shardForRow(placement, entity, false), Set.of(placement), false, row));
    }

    private void write(
            ShardId shard,
            Collection<EntityPlacement> written,
            boolean isNew,
            Consumer<StatelessSessionImplementor> rows) {
        children.<@Nullable Void>write(shard, branch -> {
            rows.accept(branch.session());
            written.forEach(entity -> StatelessChanges.rows(branch.session(), entity.entityName(), isNew));
            return null;
        });
    }

    private Object inserted(
            EntityPlacement placement, Object entity, Function<StatelessSessionImplementor, Object> insert) {
        Object[] id = new Object[1];
        flushTogether(() -> write(
                shardForRow(placement, entity, true), Set.of(placement), true, child -> id[0] = insert.apply(child)));
        return id[0];
    }

    private EntityPlacement placement(Object entity) {
        checkOpen();
        return factory.placementOf(entity);
    }

    private EntityPlacement placement(Class<?> type) {
        checkOpen();
        return factory.placementOf(type);
    }

    private EntityPlacement placement(String entityName) {
        checkOpen();
        return factory.placementOf(entityName);
    }

    private StatelessSessionImplementor childForRow(EntityPlacement placement, Object entity, boolean isNew) {
        return children.get(shardForRow(placement, entity, isNew));
    }

    private ShardId shardForRow(EntityPlacement placement, Object entity, boolean isNew) {
        if (placement instanceof EntityPlacement.Reference) {
            return (ShardId) children.any().getTenantIdentifierValue();
        }
        ShardId shard = attachedShard(entity);
        if (shard == null) {
            shard = inScope(placeOf(placement, entity), placement);
        }
        if (shard == null) {
            if (!isNew) {
                throw Refusals.noPlace(placement.entityName());
            }
            shard = shardForNew(placement, entity);
        }
        return shard;
    }

    // ---- writing several rows

    @Override
    public void insertMultiple(List<?> entities) {
        grouped(entities, true, StatelessSessionImplementor::insertMultiple);
    }

    @Override
    public void updateMultiple(List<?> entities) {
        grouped(entities, false, StatelessSessionImplementor::updateMultiple);
    }

    @Override
    public void deleteMultiple(List<?> entities) {
        grouped(entities, false, StatelessSessionImplementor::deleteMultiple);
    }

    @Override
    public void upsertMultiple(List<?> entities) {
        grouped(entities, false, StatelessSessionImplementor::upsertMultiple);
    }

    /** All places are known, and a second written shard is refused, before the first row is sent. */
    private void grouped(List<?> entities, boolean isNew, BiConsumer<StatelessSessionImplementor, List<?>> write) {
        checkOpen();
        Map<ShardId, List<Object>> byShard = new LinkedHashMap<>();
        for (Object entity : entities) {
            ShardId shard = shardForRow(factory.placementOf(entity), entity, isNew);
            byShard.computeIfAbsent(shard, s -> new ArrayList<>()).add(entity);
        }
        beforeRows(byShard);
        Set<EntityPlacement> written = new LinkedHashSet<>();
        entities.forEach(entity -> written.add(factory.placementOf(entity)));
        flushTogether(() ->
                byShard.forEach((shard, rows) -> write(shard, written, isNew, child -> write.accept(child, rows))));
    }

    private void beforeRows(Map<ShardId, List<Object>> byShard) {
        Branch<?> writer = transaction.writer();
        boolean second = byShard.size() > 1 || writer != null && !byShard.containsKey(writer.shard());
        if (!transaction.isActive() || byShard.isEmpty() || !second || !transaction.writesOneShard()) {
            return;
        }
        List<String> legs = new ArrayList<>();
        if (writer != null) {
            legs.add("shard \"" + writer + "\" has been sent " + transaction.describeFirstWrite());
        }
        byShard.forEach((shard, rows) -> legs.add("shard \"" + shard + "\" would be sent " + rows.size() + " of "
                + factory.placementOf(rows.get(0)).entityName()));
        throw transaction.refuse(legs);
    }

    // ---- reading

    @Override
    public @Nullable Object get(String entityName, Object id) {
        return byId(placement(entityName), id, child -> child.get(entityName, id));
    }

    @Override
    public <T> @Nullable T get(Class<T> type, Object id) {
        return byId(placement(type), id, child -> child.get(type, id));
    }

    @Override
    public @Nullable Object get(String entityName, Object id, LockMode lockMode) {
        return byId(placement(entityName), id, child -> child.get(entityName, id, lockMode));
    }

    @Override
    public <T> @Nullable T get(Class<T> type, Object id, LockMode lockMode) {
        return byId(placement(type), id, child -> child.get(type, id, lockMode));
    }

    @Override
    public <T> @Nullable T get(EntityGraph<T> graph, Object id) {
        return byId(root(graph), id, child -> child.get(graph, id));
    }

    @Override
    public <T> @Nullable T get(EntityGraph<T> graph, Object id, LockMode lockMode) {
        return byId(root(graph), id, child -> child.get(graph, id, lockMode));
    }

    @Override
    public <T> @Nullable T get(EntityGraph<T> graph, GraphSemantic semantic, Object id) {
        return byId(root(graph), id, child -> child.get(graph, semantic, id));
    }

    @Override
    public <T> @Nullable T get(EntityGraph<T> graph, GraphSemantic semantic, Object id, LockMode lockMode) {
        return byId(root(graph), id, child -> child.get(graph, semantic, id, lockMode));
    }

    private EntityPlacement root(EntityGraph<?> graph) {
        return placement(((RootGraphImplementor<?>) graph).getGraphedType().getTypeName());
    }

    private <T> @Nullable T byId(
            EntityPlacement placement, Object id, Function<StatelessSessionImplementor, @Nullable T> leg) {
        Target target = targetOf(placement, id);
        if (target == null) {
            return findBy(children.any(), placement, leg);
        }
        if (target.isOne()) {
            return findBy(children.get(target.shards().get(0)), placement, leg);
        }
        return inTarget(target, placement, id, leg);
    }

    @Override
    public <T> List<T> getMultiple(Class<T> type, List<?> ids) {
        return multiple(placement(type), ids, (child, part) -> child.getMultiple(type, part));
    }

    @Override
    public <T> List<T> getMultiple(Class<T> type, List<?> ids, LockMode lockMode) {
        return multiple(placement(type), ids, (child, part) -> child.getMultiple(type, part, lockMode));
    }

    @Override
    public <T> List<T> getMultiple(EntityGraph<T> graph, List<?> ids) {
        return multiple(root(graph), ids, (child, part) -> child.getMultiple(graph, part));
    }

    @Override
    public <T> List<T> getMultiple(EntityGraph<T> graph, GraphSemantic semantic, List<?> ids) {
        return multiple(root(graph), ids, (child, part) -> child.getMultiple(graph, semantic, part));
    }

    private <T> List<T> multiple(
            EntityPlacement placement, List<?> ids, BiFunction<StatelessSessionImplementor, List<?>, List<T>> leg) {
        return multiple(placement, ids, id -> targetOf(placement, id), true, leg);
    }

    // ---- instances

    @Override
    public void refresh(Object entity) {
        childForRow(placement(entity), entity, false).refresh(entity);
    }

    @Override
    public void refresh(String entityName, Object entity) {
        childForRow(placement(entityName), entity, false).refresh(entityName, entity);
    }

    @Override
    public void refresh(Object entity, LockMode lockMode) {
        childForRow(placement(entity), entity, false).refresh(entity, lockMode);
    }

    @Override
    public void refresh(String entityName, Object entity, LockMode lockMode) {
        childForRow(placement(entityName), entity, false).refresh(entityName, entity, lockMode);
    }

    @Override
    public void fetch(Object association) {
        checkOpen();
        childOf(association).fetch(association);
    }

    /** The child that a proxy or collection came from, else the one where its row must be. */
    private StatelessSessionImplementor childOf(Object association) {
        StatelessSessionImplementor owner = owner(association);
        if (owner != null) {
            return owner;
        }
        LazyInitializer lazy = HibernateProxy.extractLazyInitializer(association);
        if (lazy != null) {
            EntityPlacement placement = factory.placementOf(lazy.getEntityName());
            Target target = targetOf(placement, lazy.getInternalIdentifier());
            if (target != null && !target.isOne()) {
                throw Refusals.operation(
                        "fetch",
                        "the id of " + placement.entityName() + " does not tell its shard",
                        "use a fetch join, or get it by HQL");
            }
            return target == null
                    ? children.any()
                    : children.get(target.shards().get(0));
        }
        if (association instanceof PersistentCollection<?> collection && collection.getOwner() != null) {
            return childForRow(placement(collection.getOwner()), collection.getOwner(), false);
        }
        return children.any();
    }

    @Override
    public Object getIdentifier(Object entity) {
        checkOpen();
        return template().getIdentifier(entity);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type == SharedSessionContractImplementor.class) {
            throw new PersistenceException("a sharded session cannot be unwrapped as " + type.getName()
                    + ": it is one Hibernate session for each of " + children.shards() + REFERENCE);
        }
        return ShardedStatelessSession.super.unwrap(type);
    }
}
