package io.hibernateshards.internal.session;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.internal.lookup.EntityLookups;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.transaction.Branch;
import jakarta.persistence.EntityGraph;
import jakarta.persistence.FindOption;
import jakarta.persistence.LockModeType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.hibernate.HibernateException;
import org.hibernate.IdentifierLoadAccess;
import org.hibernate.KeyType;
import org.hibernate.LockMode;
import org.hibernate.LockOptions;
import org.hibernate.MultiIdentifierLoadAccess;
import org.hibernate.NaturalIdLoadAccess;
import org.hibernate.NaturalIdMultiLoadAccess;
import org.hibernate.OrderingMode;
import org.hibernate.Session;
import org.hibernate.SimpleNaturalIdLoadAccess;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.graph.spi.RootGraphImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;

/**
 * Everything that looks an entity up by an id. An id that names its shard is asked for there and nowhere else; one that
 * is silent, on all shards at the same time, unless the caller passes {@link ShardKeys}.
 */
@SuppressWarnings({"deprecation", "removal"})
abstract class ShardedFinds extends AbstractShardedSession<SessionImplementor> implements Session {
    private static final long serialVersionUID = 1L;

    ShardedFinds(
            ShardedSessionFactoryImpl factory,
            @Nullable StatementInspector inspector,
            Function<Branch<SessionImplementor>, SessionImplementor> opener,
            boolean autoJoin) {
        super(factory, inspector, opener, autoJoin);
    }

    // ---- find

    @Override
    public <T> @Nullable T find(Class<T> type, Object id) {
        EntityPlacement placement = opened(type);
        if (id == null) {
            return refusedBy(none -> none.find(type, id));
        }
        SessionImplementor child = oneChild(placement, id);
        return child != null && readRoute() == null && !isObserved()
                ? looked(child, child.find(type, id))
                : byId(child, placement, id, session -> session.find(type, id));
    }

    @Override
    public @Nullable Object find(String entityName, Object id) {
        EntityPlacement placement = opened(entityName);
        SessionImplementor child = oneChild(placement, id);
        return byId(child, placement, id, session -> session.find(entityName, id));
    }

    @Override
    public <T> @Nullable T find(Class<T> type, Object id, FindOption... options) {
        return find(opened(type), id, options, (session, rest) -> session.find(type, id, rest));
    }

    @Override
    public @Nullable Object find(String entityName, Object id, FindOption... options) {
        return find(opened(entityName), id, options, (session, rest) -> session.find(entityName, id, rest));
    }

    @Override
    public <T> @Nullable T find(EntityGraph<T> graph, Object id, FindOption... options) {
        return find(graphRoot(graph), id, options, (session, rest) -> session.find(graph, id, rest));
    }

    @Override
    public <T> @Nullable T find(Class<T> type, Object id, Map<String, Object> hints) {
        return byId(opened(type), id, session -> session.find(type, id, hints));
    }

    @Override
    public <T> @Nullable T find(Class<T> type, Object id, LockModeType lockMode) {
        return byId(opened(type), id, session -> session.find(type, id, lockMode));
    }

    @Override
    public <T> @Nullable T find(Class<T> type, Object id, LockModeType lockMode, Map<String, Object> hints) {
        return byId(opened(type), id, session -> session.find(type, id, lockMode, hints));
    }

    @Override
    public <T> @Nullable T get(Class<T> type, Object id) {
        return byId(opened(type), id, session -> session.get(type, id));
    }

    @Override
    public <T> @Nullable T get(Class<T> type, Object id, LockMode lockMode) {
        return byId(opened(type), id, session -> session.get(type, id, lockMode));
    }

    @Override
    public @Nullable Object get(String entityName, Object id) {
        return byId(opened(entityName), id, session -> session.get(entityName, id));
    }

    @Override
    public @Nullable Object get(String entityName, Object id, LockMode lockMode) {
        return byId(opened(entityName), id, session -> session.get(entityName, id, lockMode));
    }

    @Override
    public <T> @Nullable T get(Class<T> type, Object id, LockOptions lockOptions) {
        return byId(opened(type), id, session -> session.get(type, id, lockOptions));
    }

    @Override
    public @Nullable Object get(String entityName, Object id, LockOptions lockOptions) {
        return byId(opened(entityName), id, session -> session.get(entityName, id, lockOptions));
    }

    private EntityPlacement opened(Class<?> type) {
        checkOpen();
        return placed(type, factory::placementOf);
    }

    private EntityPlacement opened(String entityName) {
        checkOpen();
        return factory.placementOf(entityName);
    }

    private EntityPlacement withNaturalId(Class<?> type) {
        EntityPlacement placement = opened(type);
        factory.persister(placement.entityName()).requireNaturalIdMapping();
        return placement;
    }

    private EntityPlacement withNaturalId(String entityName) {
        EntityPlacement placement = opened(entityName);
        factory.persister(placement.entityName()).requireNaturalIdMapping();
        return placement;
    }

    private EntityPlacement graphRoot(EntityGraph<?> graph) {
        return opened(((RootGraphImplementor<?>) graph).getGraphedType().getTypeName());
    }

    /** The child to ask if one shard can answer; null if several or none must be asked. */
    @SuppressWarnings("NullableProblems")
    private @Nullable SessionImplementor oneChild(EntityPlacement placement, @Nullable Object id) {
        if (id == null) {
            return template(); // gives Hibernate's own error
        }
        Target target = targetOf(placement, id);
        if (target == null) {
            return children.any();
        }
        return target.isOne() ? children.get(target.shards().get(0)) : null;
    }

    <T> @Nullable T byId(EntityPlacement placement, Object id, Function<SessionImplementor, @Nullable T> leg) {
        return byId(oneChild(placement, id), placement, id, leg);
    }

    private <T> @Nullable T byId(
            @Nullable SessionImplementor child,
            EntityPlacement placement,
            Object id,
            Function<SessionImplementor, @Nullable T> leg) {
        return child != null ? findBy(child, placement, looking(leg)) : anywhere(placement, id, leg);
    }

    /** As {@link #byId}, with another call where several shards must be asked. */
    <T> @Nullable T byId(
            EntityPlacement placement,
            Object id,
            Function<SessionImplementor, @Nullable T> onOne,
            Function<SessionImplementor, @Nullable T> onSeveral) {
        SessionImplementor child = oneChild(placement, id);
        return child != null ? findBy(child, placement, looking(onOne)) : anywhere(placement, id, onSeveral);
    }

    /** Options are handed on as they are: Hibernate passes over those that it does not know. */
    private <T> @Nullable T find(
            EntityPlacement placement,
            @Nullable Object id,
            FindOption[] options,
            BiFunction<SessionImplementor, FindOption[], @Nullable T> leg) {
        if (id == null) {
            return refusedBy(none -> leg.apply(none, options));
        }
        if (!isNatural(options) && (keysAmong(options) == null || !isSilent(placement))) {
            return byId(placement, id, session -> leg.apply(session, options));
        }
        Target target = target(placement, id, options);
        return target == null
                ? leg.apply(children.any(), options)
                : inTarget(target, placement, id, session -> looked(session, leg.apply(session, options)));
    }

    /** The shards to ask for a key that the caller describes by options; null if any can answer. */
    private @Nullable Target target(EntityPlacement placement, Object id, FindOption[] options) {
        if (!(placement instanceof EntityPlacement.Sharded sharded)) {
            return targetOf(placement, id);
        }
        Target told; // by the id, which is surer than what the caller believes
        boolean natural = isNatural(options);
        if (natural) {
            Map<String, ?> values = factory.naturalIdValues(placement.entityName(), id);
            told = byNaturalKey(sharded, values);
            if (told == null && keysAmong(options) == null) {
                told = byLookup(sharded, List.of(values));
            }
        } else {
            told = isSilent(placement) ? null : targetOf(placement, id);
        }
        if (told != null) {
            return inScope(told, placement, id);
        }
        ShardKeys keys = keysAmong(options);
        Target target = inScope(
                keys == null ? factory.router().everywhere() : factory.router().byKey(sharded, keys.values()),
                placement,
                id);
        if (!natural) {
            factory.hotKeys().asked(target.shards(), placement.entityName(), id);
        }
        return target;
    }

    static boolean isSilent(EntityPlacement placement) {
        return placement instanceof EntityPlacement.Sharded sharded && sharded.id() instanceof EntityPlacement.Silent;
    }

    private static boolean isNatural(FindOption[] options) {
        return Arrays.asList(options).contains(KeyType.NATURAL);
    }

    private static @Nullable ShardKeys keysAmong(FindOption[] options) {
        for (FindOption option : options) {
            if (option instanceof ShardKeys keys) {
                return keys;
            }
        }
        return null;
    }

    /** Asks all shards for a silent id; none but the holder if a child holds the entity already. */
    private <T> @Nullable T anywhere(
            EntityPlacement placement, Object id, Function<SessionImplementor, @Nullable T> leg) {
        EntityPersister persister = factory.persister(placement.entityName());
        for (Branch<SessionImplementor> branch : children.branches()) {
            SessionImplementor child = branch.session();
            if (child.getPersistenceContextInternal().getEntity(child.generateEntityKey(id, persister)) != null) {
                return leg.apply(child);
            }
        }
        Target target = inScope(factory.router().byId(placement, id), placement, id);
        return inTarget(target, placement, id, looking(leg));
    }

    @SuppressWarnings("NullAway") // it does not see that what the function returns may be null
    private static <T> Function<SessionImplementor, @Nullable T> looking(
            Function<SessionImplementor, @Nullable T> leg) {
        return session -> looked(session, leg.apply(session));
    }

    /** If the connection breaks in a transaction, Hibernate logs that and says that there is no such entity. */
    private static <T extends @Nullable Object> T looked(SessionImplementor child, T found) {
        if (found == null) {
            Branch<?> branch = Branch.of(child);
            if (branch != null) {
                branch.checkUnbroken();
            }
        }
        return found;
    }

    // ---- what is wrong with arguments

    /** The placement of an instance; as Hibernate has it, a transaction in which it is no entity is to be rolled back. */
    final EntityPlacement placementOf(Object entity) {
        return entity == null ? factory.placementOf(entity) : placed(entity, factory::placementOf);
    }

    private <A> EntityPlacement placed(A of, Function<A, EntityPlacement> placement) {
        try {
            return placement.apply(of);
        } catch (RuntimeException e) {
            markRollbackOnly();
            throw e;
        }
    }

    /** Has the session that is nobody's refuse an argument, and this one's transaction rolled back. */
    final <T> T refusedBy(Function<SessionImplementor, T> call) {
        markRollbackOnly();
        return call.apply(template());
    }

    // ---- several ids

    @Override
    public <E> List<E> findMultiple(Class<E> type, List<?> ids, FindOption... options) {
        return multiple(opened(type), ids, options, (session, part) -> session.findMultiple(type, part, options));
    }

    @Override
    public <E> List<E> findMultiple(EntityGraph<E> graph, List<?> ids, FindOption... options) {
        return multiple(graphRoot(graph), ids, options, (session, part) -> session.findMultiple(graph, part, options));
    }

    private <E> List<E> multiple(
            EntityPlacement placement,
            List<?> ids,
            FindOption[] options,
            BiFunction<SessionImplementor, List<?>, List<E>> leg) {
        boolean ordered = Arrays.stream(options).noneMatch(option -> option == OrderingMode.UNORDERED);
        return multiple(placement, ids, id -> target(placement, id, options), ordered, leg);
    }

    <E> List<E> multiple(
            EntityPlacement placement,
            List<?> ids,
            boolean ordered,
            BiFunction<SessionImplementor, List<?>, List<E>> leg) {
        return multiple(placement, ids, id -> targetOf(placement, id), ordered, leg);
    }

    // ---- references

    @Override
    public <T> T getReference(Class<T> type, Object id) {
        EntityPlacement placement = opened(type);
        if (id == null) {
            return refusedBy(none -> none.getReference(type, id));
        }
        SessionImplementor child = oneChild(placement, id);
        if (child != null) {
            return child.getReference(type, id);
        }
        T found = find(type, id);
        try {
            return existing(placement, id, found);
        } catch (HibernateException e) {
            markRollbackOnly();
            throw template().getExceptionConverter().convert(e);
        }
    }

    @Override
    public Object getReference(String entityName, Object id) {
        EntityPlacement placement = opened(entityName);
        SessionImplementor child = oneChild(placement, id);
        return child != null ? child.getReference(entityName, id) : existing(placement, id, find(entityName, id));
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getReference(T object) {
        checkOpen();
        SessionImplementor owner = owner(object);
        if (owner != null) {
            return owner.getReference(object);
        }
        EntityPlacement placement = placementOf(object);
        Object id = factory.idOf(placement.entityName(), object, template());
        if (id == null) {
            return template().getReference(object); // gives Hibernate's own error
        }
        if (!(placement instanceof EntityPlacement.Reference)) {
            var shard = placeOf(placement, object);
            if (shard != null) {
                return children.get(shard).getReference(object);
            }
        }
        return (T) getReference(placement.entityName(), id);
    }

    /** A proxy must know its shard, so a silent id is looked up at once. */
    <T> T existing(EntityPlacement placement, Object id, @Nullable T found) {
        if (found == null) {
            factory.notFound(placement.entityName(), id);
            throw new IllegalStateException(placement.entityName() + "#" + id + " does not exist");
        }
        return found;
    }

    // ---- load access

    @Override
    public <T> IdentifierLoadAccess<T> byId(Class<T> type) {
        return new IdLoad<>(this, opened(type), session -> session.byId(type));
    }

    @Override
    public <T> IdentifierLoadAccess<T> byId(String entityName) {
        return new IdLoad<>(this, opened(entityName), session -> session.byId(entityName));
    }

    @Override
    public <T> MultiIdentifierLoadAccess<T> byMultipleIds(Class<T> type) {
        return new MultiIdLoad<>(this, opened(type), session -> session.byMultipleIds(type));
    }

    @Override
    public <T> MultiIdentifierLoadAccess<T> byMultipleIds(String entityName) {
        return new MultiIdLoad<>(this, opened(entityName), session -> session.byMultipleIds(entityName));
    }

    @Override
    public <T> NaturalIdLoadAccess<T> byNaturalId(Class<T> type) {
        return new NaturalIdLoad<>(this, withNaturalId(type), session -> session.byNaturalId(type));
    }

    @Override
    public <T> NaturalIdLoadAccess<T> byNaturalId(String entityName) {
        return new NaturalIdLoad<>(this, withNaturalId(entityName), session -> session.byNaturalId(entityName));
    }

    @Override
    public <T> SimpleNaturalIdLoadAccess<T> bySimpleNaturalId(Class<T> type) {
        return new SimpleNaturalIdLoad<>(this, withNaturalId(type), session -> session.bySimpleNaturalId(type));
    }

    @Override
    public <T> SimpleNaturalIdLoadAccess<T> bySimpleNaturalId(String entityName) {
        return new SimpleNaturalIdLoad<>(
                this, withNaturalId(entityName), session -> session.bySimpleNaturalId(entityName));
    }

    @Override
    public <T> NaturalIdMultiLoadAccess<T> byMultipleNaturalId(Class<T> type) {
        return new MultiNaturalIdLoad<>(this, withNaturalId(type), session -> session.byMultipleNaturalId(type));
    }

    @Override
    public <T> NaturalIdMultiLoadAccess<T> byMultipleNaturalId(String entityName) {
        return new MultiNaturalIdLoad<>(
                this, withNaturalId(entityName), session -> session.byMultipleNaturalId(entityName));
    }

    /** The entity with that natural id: on the shard that it names if the key is part of it, else on any. */
    <T> @Nullable T byNaturalId(
            EntityPlacement placement, Map<String, ?> values, Function<SessionImplementor, @Nullable T> leg) {
        Target target = naturalTarget(placement, values);
        T found = target == null ? leg.apply(children.any()) : inTarget(target, placement, values, leg);
        if (found == null && target != null && !target.shards().isEmpty() && scope() == null) {
            foundNothing(placement, values);
        }
        return found;
    }

    private void foundNothing(EntityPlacement placement, Map<String, ?> values) {
        EntityLookups kept = factory.lookups();
        if (kept == null || values.size() > 1) {
            return; // it may be another part of the natural id that nobody has
        }
        for (LookupAttribute attribute : kept.of(placement.entityName())) {
            Object value = values.get(attribute.path());
            if (value != null && kept.isReady(attribute)) {
                kept.foundNothing(attribute, value, this);
            }
        }
    }

    /** The shards that may hold a natural id; null if any can answer. */
    @Nullable
    Target naturalTarget(EntityPlacement placement, Map<String, ?> values) {
        if (!(placement instanceof EntityPlacement.Sharded sharded)) {
            return targetOf(placement, values);
        }
        Target told = byNaturalKey(sharded, values);
        if (told == null) {
            told = byLookup(sharded, List.of(values));
        }
        return inScope(told == null ? factory.router().everywhere() : told, placement, values);
    }

    /**
     * The shards that may hold one of some natural ids, by an attribute that has a lookup; null if there is none, or it
     * does not know. Hibernate finds what was not flushed yet too, and what it has loaded whatever has become of it, so
     * children that have such are asked.
     */
    @Nullable
    Target byLookup(EntityPlacement.Sharded placement, List<? extends Map<String, ?>> naturalIds) {
        for (LookupAttribute attribute : factory.router().mapping().lookups(placement.entityName())) {
            List<Object> given = new ArrayList<>();
            naturalIds.forEach(values -> {
                Object value = values.get(attribute.path());
                if (value != null) {
                    given.add(value);
                }
            });
            Target stored = given.size() == naturalIds.size() ? lookedUp(attribute, given) : null;
            if (stored != null) {
                Set<ShardId> asked = new HashSet<>(stored.shards());
                EntityPersister persister = factory.persister(placement.entityName());
                children.branches().stream()
                        .filter(branch -> branch.session().isDirty()
                                || naturalIds.stream().anyMatch(id -> knows(branch.session(), persister, id)))
                        .forEach(branch -> asked.add(branch.shard()));
                return Target.some(factory.getTopology().shards().stream()
                        .filter(asked::contains)
                        .toList());
            }
        }
        return null;
    }

    private static boolean knows(SessionImplementor child, EntityPersister persister, Map<String, ?> values) {
        Object[] parts = persister.requireNaturalIdMapping().getNaturalIdAttributes().stream()
                .map(attribute -> values.get(attribute.getAttributeName()))
                .filter(Objects::nonNull)
                .toArray();
        return parts.length == values.size()
                && child.getPersistenceContextInternal()
                                .getNaturalIdResolutions()
                                .findCachedIdByNaturalId(parts.length == 1 ? parts[0] : parts, persister)
                        != null;
    }

    /** Null if the key is not a part of the natural id. */
    private @Nullable Target byNaturalKey(EntityPlacement.Sharded placement, Map<String, ?> values) {
        if (placement.key() instanceof EntityPlacement.ParentKey key) {
            Object parent = values.get(key.association());
            ShardId shard = parent == null ? null : placeOf(factory.placementOf(key.parentEntity()), parent);
            return shard == null ? null : Target.one(shard);
        }
        List<Object> key = new ArrayList<>();
        for (var attribute : ((EntityPlacement.OwnKey) placement.key()).attributes()) {
            Object value = values.get(attribute.path());
            if (value == null) {
                return null;
            }
            key.add(value);
        }
        return factory.router().byKey(placement, key);
    }
}
