package io.hibernateshards.internal.guard;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.route.Attached;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.route.Reference;
import io.hibernateshards.internal.route.Router;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.hibernate.Hibernate;
import org.hibernate.collection.spi.AbstractPersistentCollection;
import org.hibernate.collection.spi.PersistentCollection;
import org.hibernate.engine.spi.EntityEntry;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.AbstractCollectionEvent;
import org.hibernate.event.spi.AbstractPreDatabaseOperationEvent;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PreCollectionRecreateEvent;
import org.hibernate.event.spi.PreCollectionRecreateEventListener;
import org.hibernate.event.spi.PreCollectionUpdateEvent;
import org.hibernate.event.spi.PreCollectionUpdateEventListener;
import org.hibernate.event.spi.PreDeleteEvent;
import org.hibernate.event.spi.PreDeleteEventListener;
import org.hibernate.event.spi.PreInsertEvent;
import org.hibernate.event.spi.PreInsertEventListener;
import org.hibernate.event.spi.PreUpdateEvent;
import org.hibernate.event.spi.PreUpdateEventListener;
import org.hibernate.event.spi.PreUpsertEvent;
import org.hibernate.event.spi.PreUpsertEventListener;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Sees every row before it is written, whichever way it came: from a stateful session's flush or a stateless session.
 * What there is to check is worked out once for each entity; an update that touches neither key nor association costs a
 * few comparisons of references.
 */
public final class ShardGuard
        implements PreInsertEventListener,
                PreUpdateEventListener,
                PreUpsertEventListener,
                PreDeleteEventListener,
                PreCollectionRecreateEventListener,
                PreCollectionUpdateEventListener {
    private static final long serialVersionUID = 1L;

    private final transient RowCheck check;
    private final transient Map<EntityPersister, EntityChecks> entities;
    private final transient Map<CollectionPersister, CollectionChecks> collections;

    /** The same for each entity, which may have inherited them. */
    private final transient Map<EntityPersister, List<CollectionChecks>> ofEntities;

    private ShardGuard(SessionFactoryImplementor factory, Router router) {
        check = new RowCheck(router);
        Map<EntityPersister, EntityChecks> found = new HashMap<>();
        factory.getMappingMetamodel().forEachEntityDescriptor(entity -> {
            if (router.mapping().of(entity.getEntityName()) instanceof Sharded sharded) {
                found.put(entity, EntityChecks.of(entity, sharded, router));
            }
        });
        entities = Map.copyOf(found);
        Map<CollectionPersister, CollectionChecks> ofCollections = new HashMap<>();
        factory.getMappingMetamodel().forEachCollectionDescriptor(collection -> {
            CollectionChecks checks = CollectionChecks.of(collection, router);
            if (checks != null) {
                ofCollections.put(collection, checks);
            }
        });
        collections = Map.copyOf(ofCollections);
        Map<EntityPersister, List<CollectionChecks>> owned = new HashMap<>();
        entities.keySet()
                .forEach(entity -> owned.put(
                        entity,
                        collections.entrySet().stream()
                                .filter(one -> one.getValue().at() != null
                                        && one.getKey()
                                                .getOwnerEntityPersister()
                                                .isSubclassEntityName(entity.getEntityName()))
                                .map(Map.Entry::getValue)
                                .toList()));
        ofEntities = Map.copyOf(owned);
    }

    /** Puts the guard into a factory whose tenants are shards. */
    public static void register(SessionFactoryImplementor factory, Router router) {
        ShardGuard guard = new ShardGuard(factory, router);
        EventListenerRegistry listeners = factory.getEventListenerRegistry();
        listeners.appendListeners(EventType.PRE_INSERT, guard);
        listeners.appendListeners(EventType.PRE_UPDATE, guard);
        listeners.appendListeners(EventType.PRE_UPSERT, guard);
        listeners.appendListeners(EventType.PRE_DELETE, guard);
        listeners.appendListeners(EventType.PRE_COLLECTION_RECREATE, guard);
        listeners.appendListeners(EventType.PRE_COLLECTION_UPDATE, guard);
        ForeignInstances.register(listeners, guard);
    }

    @Override
    public boolean onPreInsert(PreInsertEvent event) {
        stored(event, event.getState());
        return false;
    }

    @Override
    public boolean onPreUpsert(PreUpsertEvent event) {
        stored(event, event.getState());
        return false;
    }

    @Override
    public boolean onPreUpdate(PreUpdateEvent event) {
        Object[] before = event.getOldState();
        if (before == null) {
            stored(event, event.getState());
            return false;
        }
        EntityChecks checks = entities.get(event.getPersister());
        if (checks != null) {
            SharedSessionContractImplementor session = event.getSession();
            ShardId shard = shard(session);
            for (StatePath path : checks.key()) {
                if (before[path.position()] != event.getState()[path.position()]
                        || !path.further().isEmpty()) {
                    check.unchanged(
                            checks.placement(),
                            event.getId(),
                            path,
                            path.in(before),
                            path.in(event.getState()),
                            RowCheck.attached(session, shard));
                }
            }
            references(checks, event, event.getState(), before, session, shard);
        }
        return false;
    }

    @Override
    public boolean onPreDelete(PreDeleteEvent event) {
        EntityChecks checks = entities.get(event.getPersister());
        if (checks != null) {
            check.addressed(checks.placement(), event.getId(), shard(event.getSession()));
        }
        return false;
    }

    @Override
    public void onPreRecreateCollection(PreCollectionRecreateEvent event) {
        entries(event);
    }

    @Override
    public void onPreUpdateCollection(PreCollectionUpdateEvent event) {
        entries(event);
    }

    private void stored(AbstractPreDatabaseOperationEvent event, Object[] state) {
        EntityChecks checks = entities.get(event.getPersister());
        if (checks != null) {
            SharedSessionContractImplementor session = event.getSession();
            ShardId shard = shard(session);
            check.stored(checks.placement(), event.getEntity(), event.getId(), shard, session);
            references(checks, event, state, null, session, shard);
        }
    }

    private void references(
            EntityChecks checks,
            AbstractPreDatabaseOperationEvent event,
            Object[] state,
            Object @Nullable [] before,
            SharedSessionContractImplementor session,
            ShardId shard) {
        List<Reference> references = checks.references();
        Place from = null;
        for (int i = 0; i < references.size(); i++) {
            Reference reference = references.get(i);
            if (before != null && reference.isInId()) {
                continue;
            }
            Object value = reference.in(state, event.getEntity(), event.getId());
            if (value == null || before != null && value == reference.in(before, event.getEntity(), event.getId())) {
                continue;
            }
            Attached attached = RowCheck.attached(session, shard);
            from = from != null ? from : check.known(checks.placement(), event.getEntity(), attached);
            check.references()
                    .instance(
                            checks.placement().entityName(),
                            event.getId(),
                            reference.path(),
                            reference.target(),
                            value,
                            shard,
                            from,
                            attached);
        }
    }

    /** The rows of a collection that are its own: those of a one-to-many are its elements', whose keys it may write. */
    private void entries(AbstractCollectionEvent event) {
        CollectionPersister persister = event.getCollectionPersister();
        PersistentCollection<?> collection = event.getCollection();
        CollectionChecks checks = persister == null ? null : collections.get(persister);
        Object owner = event.getAffectedOwnerOrNull();
        if (checks == null || persister == null || owner == null || !collection.wasInitialized()) {
            return;
        }
        // A stateless session's event has no session and fails when asked for it.
        SharedSessionContractImplementor session =
                collection instanceof AbstractPersistentCollection<?> known ? known.getSession() : null;
        Place from = check.known(checks.owner(), owner, Attached.NOWHERE);
        ShardId shard = session != null ? shard(session) : from != null ? from.shard() : null;
        if (shard == null) {
            return;
        }
        Attached attached = RowCheck.attached(session, shard);
        int position = 0;
        for (Iterator<?> entries = collection.entries(persister); entries.hasNext(); position++) {
            Object entry = entries.next();
            if (!checks.elements().isEmpty()) {
                part(checks, checks.elements(), collection.getElement(entry), event, shard, from, attached);
            }
            if (!checks.keys().isEmpty()) {
                Object key = collection.getIndex(entry, position, persister);
                part(checks, checks.keys(), key, event, shard, from, attached);
            }
        }
    }

    private void part(
            CollectionChecks checks,
            List<Reference> references,
            @Nullable Object part,
            AbstractCollectionEvent event,
            ShardId shard,
            @Nullable Place from,
            Attached attached) {
        part(checks, references, part, event.getAffectedOwnerIdOrNull(), shard, from, attached);
    }

    private void part(
            CollectionChecks checks,
            List<Reference> references,
            @Nullable Object part,
            @Nullable Object ownerId,
            ShardId shard,
            @Nullable Place from,
            Attached attached) {
        for (Reference reference : references) {
            Object value = reference.in(part);
            if (value != null) {
                check.references()
                        .instance(
                                checks.owner().entityName(),
                                ownerId,
                                reference.path(),
                                reference.target(),
                                value,
                                shard,
                                from,
                                attached);
            }
        }
    }

    /**
     * Checks all that an instance refers to, as far as it is loaded.
     *
     * @param id null if it has none yet
     */
    void instance(EntityPersister persister, Object entity, @Nullable Object id, ShardId shard, Attached attached) {
        EntityChecks checks = entities.get(persister);
        if (checks == null) {
            return;
        }
        Place from = check.known(checks.placement(), entity, attached);
        Object[] state = persister.getValues(entity);
        for (Reference reference : checks.references()) {
            Object value = reference.in(state, entity, id);
            if (value != null) {
                check.references()
                        .instance(
                                checks.placement().entityName(),
                                id,
                                reference.path(),
                                reference.target(),
                                value,
                                shard,
                                from,
                                attached);
            }
        }
        for (CollectionChecks parts : ofEntities.getOrDefault(persister, List.of())) {
            StatePath at = parts.at();
            if (at != null) {
                collection(parts, at.in(state), id, shard, from, attached);
            }
        }
    }

    /** Checks that an instance that was loaded still has the key that it had then. */
    void key(EntityPersister persister, Object entity, EntityEntry entry, Attached attached) {
        EntityChecks checks = entities.get(persister);
        Object[] before = entry.getLoadedState();
        if (checks == null || before == null) {
            return;
        }
        Object[] state = persister.getValues(entity);
        for (StatePath path : checks.key()) {
            check.unchanged(checks.placement(), entry.getId(), path, path.in(before), path.in(state), attached);
        }
    }

    private void collection(
            CollectionChecks checks,
            @Nullable Object collection,
            @Nullable Object ownerId,
            ShardId shard,
            @Nullable Place from,
            Attached attached) {
        if (collection == null || !Hibernate.isInitialized(collection)) {
            return;
        }
        if (collection instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                part(checks, checks.keys(), key, ownerId, shard, from, attached);
                part(checks, checks.elements(), value, ownerId, shard, from, attached);
            });
        } else if (collection instanceof Iterable<?> elements) {
            elements.forEach(element -> part(checks, checks.elements(), element, ownerId, shard, from, attached));
        }
    }

    private static ShardId shard(SharedSessionContractImplementor session) {
        if (session.getTenantIdentifierValue() instanceof ShardId shard) {
            return shard;
        }
        throw new IllegalStateException("a session without a shard");
    }
}
