package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.gather.EntityColumn.Fetch;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.route.Router;
import jakarta.persistence.FlushModeType;
import jakarta.persistence.criteria.JoinType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.hibernate.StatelessSession;
import org.hibernate.engine.spi.EntityKey;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.EntityIdentifierMapping;
import org.hibernate.metamodel.model.domain.EntityDomainType;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.SelectionQuery;
import org.hibernate.query.criteria.JpaCriteriaQuery;
import org.hibernate.query.criteria.JpaRoot;
import org.hibernate.query.spi.QueryOptions;
import org.hibernate.query.sqm.tree.from.SqmFrom;

/** Loads entities by their ids from the shards that they live on, with what the query fetches. */
final class EntityLoad {
    private static final int AT_ONCE = 500;

    private final Shards shards;
    private final Router router;
    private final List<ShardId> asked;
    private final QueryOptions options;

    EntityLoad(Shards shards, Router router, List<ShardId> asked, QueryOptions options) {
        this.shards = shards;
        this.router = router;
        this.asked = asked;
        this.options = options;
    }

    /** The entities by id; what is gone by now is not among them. */
    Map<EntityKey, Object> load(EntityColumn column, Collection<EntityKey> ids) {
        EntityPlacement placement = router.mapping().of(column.entity().getEntityName());
        Map<ShardId, List<Object>> places = places(placement, ids);
        Map<EntityKey, Object> all = onShards(places, (some, child) -> load(column, some, child));
        List<EntityKey> hidden =
                ids.stream().filter(key -> !all.containsKey(key)).toList();
        if (!hidden.isEmpty()) {
            all.putAll(onShards(places(placement, hidden), (some, child) -> byKey(column, some, child)));
        }
        return all;
    }

    private Map<EntityKey, Object> onShards(
            Map<ShardId, List<Object>> places,
            BiFunction<List<Object>, SharedSessionContractImplementor, Map<EntityKey, Object>> load) {
        List<Callable<Map<EntityKey, Object>>> legs = new ArrayList<>();
        places.forEach((shard, some) -> {
            SharedSessionContractImplementor child = shards.child(shard);
            legs.add(() -> load.apply(some, child));
        });
        Map<EntityKey, Object> all = new HashMap<>();
        shards.<Map<EntityKey, Object>>inParallel(legs.size(), legs::get).forEach(all::putAll);
        return all;
    }

    /** Loads each as the end of an association, which a filter on the entity does not hide as it does from a query. */
    private Map<EntityKey, Object> byKey(
            EntityColumn column, List<Object> ids, SharedSessionContractImplementor child) {
        Class<?> type = column.entity().getMappedClass();
        List<?> entities = child instanceof SessionImplementor session
                ? session.findMultiple(type, ids)
                : ((StatelessSession) child).getMultiple(type, ids);
        Map<EntityKey, Object> found = new HashMap<>();
        for (Object entity : entities) {
            if (entity != null) {
                found.put(column.key(id(column.entity(), entity, child)), entity);
            }
        }
        return found;
    }

    private Map<ShardId, List<Object>> places(EntityPlacement placement, Collection<EntityKey> ids) {
        Map<ShardId, List<Object>> places = new LinkedHashMap<>();
        for (EntityKey key : ids) {
            Object id = key.getIdentifier();
            List<ShardId> of = placement instanceof EntityPlacement.Reference
                    ? asked.subList(0, 1)
                    : router.byId(placement, id).shards();
            of.forEach(shard ->
                    places.computeIfAbsent(shard, first -> new ArrayList<>()).add(id));
        }
        return places;
    }

    private Map<EntityKey, Object> load(EntityColumn column, List<Object> ids, SharedSessionContractImplementor child) {
        Map<EntityKey, Object> found = new HashMap<>();
        for (int from = 0; from < ids.size(); from += AT_ONCE) {
            List<Object> some = ids.subList(from, Math.min(ids.size(), from + AT_ONCE));
            for (Object entity : query(column, some, child).getResultList()) {
                found.put(column.key(id(column.entity(), entity, child)), entity);
            }
        }
        return found;
    }

    private static Object id(EntityPersister persister, Object entity, SharedSessionContractImplementor child) {
        Object id = persister.getIdentifier(entity, child);
        if (id == null) {
            throw new IllegalStateException("a loaded entity without an id: " + persister.getEntityName());
        }
        return id;
    }

    @SuppressWarnings({"unchecked", "deprecation"})
    private SelectionQuery<Object> query(
            EntityColumn column, List<Object> ids, SharedSessionContractImplementor child) {
        var builder = child.getFactory().getCriteriaBuilder();
        var type = (jakarta.persistence.metamodel.EntityType<Object>)
                child.getFactory().getJpaMetamodel().entity(column.entity().getEntityName());
        JpaCriteriaQuery<Object> criteria = builder.createQuery(Object.class);
        JpaRoot<Object> root = criteria.from(type);
        fetch((SqmFrom<?, ?>) root, column.fetches(), child.getFactory());
        criteria.select(root)
                .where(root.get(EntityIdentifierMapping.ID_ROLE_NAME).in(ids));
        SelectionQuery<Object> query = child.createSelectionQuery(criteria);
        query.setFlushMode(FlushModeType.COMMIT); // flushed already
        query.setComment(options.getComment());
        if (options.isReadOnly() != null) {
            query.setReadOnly(options.isReadOnly());
        }
        if (options.getTimeout() != null) {
            query.setTimeout(options.getTimeout());
        }
        if (options.getCacheRetrieveMode() != null) {
            query.setCacheRetrieveMode(options.getCacheRetrieveMode());
        }
        if (options.getCacheStoreMode() != null) {
            query.setCacheStoreMode(options.getCacheStoreMode());
        }
        var graph = options.getAppliedGraph();
        if (graph != null && graph.getGraph() != null) {
            query.setEntityGraph((org.hibernate.graph.RootGraph<Object>) graph.getGraph(), graph.getSemantic());
        }
        if (options.getEnabledFetchProfiles() != null) {
            options.getEnabledFetchProfiles().forEach(query::enableFetchProfile);
        }
        return query;
    }

    private static void fetch(SqmFrom<?, ?> from, List<Fetch> fetches, SessionFactoryImplementor factory) {
        for (Fetch fetch : fetches) {
            SqmFrom<?, ?> owner = fetch.subtype() == null ? from : treated(from, fetch.subtype(), factory);
            fetch((SqmFrom<?, ?>) owner.fetch(fetch.attribute(), JoinType.LEFT), fetch.further(), factory);
        }
    }

    @SuppressWarnings("unchecked") // the query treats it so
    private static <T> SqmFrom<?, ?> treated(SqmFrom<?, T> from, String subtype, SessionFactoryImplementor factory) {
        return from.treatAs((EntityDomainType<T>) factory.getJpaMetamodel().entity(subtype));
    }
}
