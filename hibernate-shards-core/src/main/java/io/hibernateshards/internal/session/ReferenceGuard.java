package io.hibernateshards.internal.session;

import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.ShardMapping;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.collection.spi.AbstractPersistentCollection;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.AbstractCollectionEvent;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PreCollectionRecreateEvent;
import org.hibernate.event.spi.PreCollectionRecreateEventListener;
import org.hibernate.event.spi.PreCollectionRemoveEvent;
import org.hibernate.event.spi.PreCollectionRemoveEventListener;
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
import org.hibernate.persister.entity.EntityPersister;

/**
 * Keeps the copies of reference entities equal: an ordinary session, which has one shard's copy in hand, may not write
 * it, not even by changing a managed instance.
 */
public final class ReferenceGuard
        implements PreInsertEventListener,
                PreUpdateEventListener,
                PreDeleteEventListener,
                PreUpsertEventListener,
                PreCollectionRecreateEventListener,
                PreCollectionUpdateEventListener,
                PreCollectionRemoveEventListener {
    private static final long serialVersionUID = 1L;

    private final transient Set<String> references;

    private ReferenceGuard(Set<String> references) {
        this.references = references;
    }

    /** Registers the guard unless there is nothing to guard. */
    public static void register(SessionFactoryImplementor factory, ShardMapping mapping) {
        Set<String> references = mapping.all().stream()
                .filter(EntityPlacement.Reference.class::isInstance)
                .map(EntityPlacement::entityName)
                .collect(Collectors.toUnmodifiableSet());
        if (references.isEmpty()) {
            return;
        }
        ReferenceGuard guard = new ReferenceGuard(references);
        EventListenerRegistry registry = factory.getEventListenerRegistry();
        registry.appendListeners(EventType.PRE_INSERT, guard);
        registry.appendListeners(EventType.PRE_UPDATE, guard);
        registry.appendListeners(EventType.PRE_DELETE, guard);
        registry.appendListeners(EventType.PRE_UPSERT, guard);
        registry.appendListeners(EventType.PRE_COLLECTION_RECREATE, guard);
        registry.appendListeners(EventType.PRE_COLLECTION_UPDATE, guard);
        registry.appendListeners(EventType.PRE_COLLECTION_REMOVE, guard);
    }

    private boolean check(String entityName, SharedSessionContractImplementor session) {
        if (references.contains(entityName) && !(session.getInterceptor() instanceof ReferenceWriter.Permit)) {
            throw Refusals.referenceWrite(entityName);
        }
        return false;
    }

    private boolean check(EntityPersister persister, SharedSessionContractImplementor session) {
        return check(persister.getEntityName(), session);
    }

    /** A stateless session's event has no session and fails when asked for it; its rows were checked before. */
    private void check(AbstractCollectionEvent event) {
        String owner = event.getAffectedOwnerEntityName();
        if (owner != null
                && references.contains(owner)
                && event.getCollection() instanceof AbstractPersistentCollection<?> collection
                && collection.getSession() != null) {
            check(owner, collection.getSession());
        }
    }

    @Override
    public boolean onPreInsert(PreInsertEvent event) {
        return check(event.getPersister(), event.getSession());
    }

    @Override
    public boolean onPreUpdate(PreUpdateEvent event) {
        return check(event.getPersister(), event.getSession());
    }

    @Override
    public boolean onPreDelete(PreDeleteEvent event) {
        return check(event.getPersister(), event.getSession());
    }

    @Override
    public boolean onPreUpsert(PreUpsertEvent event) {
        return check(event.getPersister(), event.getSession());
    }

    @Override
    public void onPreRecreateCollection(PreCollectionRecreateEvent event) {
        check(event);
    }

    @Override
    public void onPreUpdateCollection(PreCollectionUpdateEvent event) {
        check(event);
    }

    @Override
    public void onPreRemoveCollection(PreCollectionRemoveEvent event) {
        check(event);
    }
}
