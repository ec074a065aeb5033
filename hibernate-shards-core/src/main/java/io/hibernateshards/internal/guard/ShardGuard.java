package io.hibernateshards.internal.guard;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.guard.EntityChecks.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.route.Attached;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.route.Router;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.hibernate.collection.spi.AbstractPersistentCollection;
import org.hibernate.collection.spi.PersistentCollection;
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

    private final transient Router router;
    private final transient RowCheck check;
    private final transient Map<EntityPersister, EntityChecks> entities;

    private ShardGuard(SessionFactoryImplementor factory, Router router) {
        this.router = router;
        check = new RowCheck(router);
        Map<EntityPersister, EntityChecks> found = new HashMap<>();
        factory.getMappingMetamodel().forEachEntityDescriptor(entity -> {
            if (router.mapping().of(entity.getEntityName()) instanceof Sharded sharded) {
                found.put(entity, EntityChecks.of(entity, sharded, router));
            }
        });
        entities = Map.copyOf(found);
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
        ForeignInstances.register(listeners, router, guard.check);
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
        elements(event);
    }

    @Override
    public void onPreUpdateCollection(PreCollectionUpdateEvent event) {
        elements(event);
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
        Place from = null;
        for (Reference reference : checks.references()) {
            Object value = reference.path().in(state);
            if (value == null || (before != null && value == reference.path().in(before))) {
                continue;
            }
            Attached attached = RowCheck.attached(session, shard);
            from = from != null ? from : check.known(checks.placement(), event.getEntity(), attached);
            check.reachable(
                    checks.placement().entityName(),
                    reference.path().name(),
                    reference.target(),
                    value,
                    shard,
                    from,
                    session);
        }
    }

    /** The targets of a many-to-many; other collections' rows are their elements' own. */
    private void elements(AbstractCollectionEvent event) {
        CollectionPersister persister = event.getCollectionPersister();
        PersistentCollection<?> collection = event.getCollection();
        if (persister == null || !persister.isManyToMany() || persister.isInverse() || !collection.wasInitialized()) {
            return;
        }
        EntityChecks owner = entities.get(persister.getOwnerEntityPersister());
        if (owner == null
                || event.getAffectedOwnerOrNull() == null
                || !(router.mapping().of(persister.getElementPersister().getEntityName()) instanceof Sharded target)) {
            return;
        }
        // A stateless session's event has no session and fails when asked for it.
        SharedSessionContractImplementor session =
                collection instanceof AbstractPersistentCollection<?> known ? known.getSession() : null;
        Place from = check.known(owner.placement(), event.getAffectedOwnerOrNull(), Attached.NOWHERE);
        ShardId shard = session != null ? shard(session) : from != null ? from.shard() : null;
        if (shard == null) {
            return;
        }
        for (Iterator<?> entries = collection.entries(persister); entries.hasNext(); ) {
            Object element = collection.getElement(entries.next());
            if (element != null) {
                check.reachable(
                        owner.placement().entityName(),
                        persister.getAttributeMapping().getAttributeName(),
                        target,
                        element,
                        shard,
                        from,
                        session);
            }
        }
    }

    private static ShardId shard(SharedSessionContractImplementor session) {
        if (session.getTenantIdentifierValue() instanceof ShardId shard) {
            return shard;
        }
        throw new IllegalStateException("a session without a shard");
    }
}
