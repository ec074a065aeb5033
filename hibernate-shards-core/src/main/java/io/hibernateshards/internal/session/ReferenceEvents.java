package io.hibernateshards.internal.session;

import io.hibernateshards.internal.guard.TakenListeners;
import io.hibernateshards.internal.reference.ReferenceTables;
import io.hibernateshards.internal.transaction.Branch;
import java.util.List;
import org.hibernate.collection.spi.AbstractPersistentCollection;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.event.service.spi.EventListenerGroup;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.AbstractCollectionEvent;
import org.hibernate.event.spi.AutoFlushEvent;
import org.hibernate.event.spi.AutoFlushEventListener;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.FlushEvent;
import org.hibernate.event.spi.FlushEventListener;
import org.hibernate.event.spi.PersistContext;
import org.hibernate.event.spi.PersistEvent;
import org.hibernate.event.spi.PersistEventListener;
import org.hibernate.event.spi.PostCollectionRecreateEvent;
import org.hibernate.event.spi.PostCollectionRecreateEventListener;
import org.hibernate.event.spi.PostCollectionRemoveEvent;
import org.hibernate.event.spi.PostCollectionRemoveEventListener;
import org.hibernate.event.spi.PostCollectionUpdateEvent;
import org.hibernate.event.spi.PostCollectionUpdateEventListener;
import org.hibernate.event.spi.PostDeleteEvent;
import org.hibernate.event.spi.PostDeleteEventListener;
import org.hibernate.event.spi.PostInsertEvent;
import org.hibernate.event.spi.PostInsertEventListener;
import org.hibernate.event.spi.PostUpdateEvent;
import org.hibernate.event.spi.PostUpdateEventListener;
import org.hibernate.event.spi.PostUpsertEvent;
import org.hibernate.event.spi.PostUpsertEventListener;
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
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Tells the session of each row of a reference entity that one of its legs writes: before, so that it can refuse it or wait
 * for others that write; after, so that it writes the other copies too.
 */
public final class ReferenceEvents
        implements PreInsertEventListener,
                PreUpdateEventListener,
                PreDeleteEventListener,
                PreUpsertEventListener,
                PreCollectionRecreateEventListener,
                PreCollectionUpdateEventListener,
                PreCollectionRemoveEventListener,
                PostInsertEventListener,
                PostUpdateEventListener,
                PostDeleteEventListener,
                PostUpsertEventListener,
                PostCollectionRecreateEventListener,
                PostCollectionUpdateEventListener,
                PostCollectionRemoveEventListener,
                FlushEventListener,
                AutoFlushEventListener {
    private static final long serialVersionUID = 1L;

    private final transient ReferenceTables references;
    private final transient SessionFactoryImplementor factory;

    private ReferenceEvents(ReferenceTables references, SessionFactoryImplementor factory) {
        this.references = references;
        this.factory = factory;
    }

    /** Listens unless there is nothing to listen for. */
    public static void register(SessionFactoryImplementor factory, ReferenceTables references) {
        if (references.isEmpty()) {
            return;
        }
        ReferenceEvents events = new ReferenceEvents(references, factory);
        EventListenerRegistry registry = factory.getEventListenerRegistry();
        registry.appendListeners(EventType.PRE_INSERT, events);
        registry.appendListeners(EventType.PRE_UPDATE, events);
        registry.appendListeners(EventType.PRE_DELETE, events);
        registry.appendListeners(EventType.PRE_UPSERT, events);
        registry.appendListeners(EventType.PRE_COLLECTION_RECREATE, events);
        registry.appendListeners(EventType.PRE_COLLECTION_UPDATE, events);
        registry.appendListeners(EventType.PRE_COLLECTION_REMOVE, events);
        registry.appendListeners(EventType.POST_INSERT, events);
        registry.appendListeners(EventType.POST_UPDATE, events);
        registry.appendListeners(EventType.POST_DELETE, events);
        registry.appendListeners(EventType.POST_UPSERT, events);
        registry.appendListeners(EventType.POST_COLLECTION_RECREATE, events);
        registry.appendListeners(EventType.POST_COLLECTION_UPDATE, events);
        registry.appendListeners(EventType.POST_COLLECTION_REMOVE, events);
        registry.appendListeners(EventType.FLUSH, events);
        registry.appendListeners(EventType.AUTO_FLUSH, events);
        events.takePersist(registry.getEventListenerGroup(EventType.PERSIST));
        events.takePersist(registry.getEventListenerGroup(EventType.PERSIST_ONFLUSH));
    }

    /** A cascade may reach an instance that another leg of the session manages: it is persistent already. */
    private void takePersist(EventListenerGroup<PersistEventListener> group) {
        List<PersistEventListener> listeners = TakenListeners.of(group);
        group.appendListener(new PersistEventListener() {
            @Override
            public void onPersist(PersistEvent event) {
                if (!isManagedElsewhere(event.getObject(), event.getSession())) {
                    listeners.forEach(listener -> listener.onPersist(event));
                }
            }

            @Override
            public void onPersist(PersistEvent event, PersistContext already) {
                if (!isManagedElsewhere(event.getObject(), event.getSession())) {
                    listeners.forEach(listener -> listener.onPersist(event, already));
                }
            }
        });
    }

    private boolean isManagedElsewhere(Object instance, SharedSessionContractImplementor child) {
        AbstractShardedSession<?> session = sessionOf(child);
        if (session == null || session.open().size() < 2) {
            return false;
        }
        SharedSessionContractImplementor owner = session.owner(instance);
        return owner != null
                && owner != child
                && references.has(factory.getMappingMetamodel()
                        .getEntityDescriptor(owner.bestGuessEntityName(instance))
                        .getRootEntityName());
    }

    /** Null for what is no reference entity's, and for a session that none of ours has opened. */
    private @Nullable AbstractShardedSession<?> session(
            EntityPersister persister, @Nullable SharedSessionContractImplementor child) {
        return child == null || !references.has(persister.getRootEntityName()) ? null : sessionOf(child);
    }

    private static @Nullable AbstractShardedSession<?> sessionOf(SharedSessionContractImplementor child) {
        Branch<?> branch = Branch.of(child);
        return branch == null
                ? null
                : (AbstractShardedSession<?>) branch.transaction().branches();
    }

    /** No veto. */
    private boolean before(EntityPersister persister, SharedSessionContractImplementor child) {
        AbstractShardedSession<?> session = session(persister, child);
        if (session != null) {
            session.beforeReferenceWrite(persister.getEntityName(), persister.getRootEntityName());
        }
        return false;
    }

    private void written(EntityPersister persister, Object id, SharedSessionContractImplementor child) {
        AbstractShardedSession<?> session = session(persister, child);
        if (session != null) {
            session.referenceWritten(persister, id, child);
        }
    }

    // ---- collections

    /** A stateless session's event has none; its rows are told of anyway. */
    private static @Nullable SharedSessionContractImplementor childOf(AbstractCollectionEvent event) {
        return event.getCollection() instanceof AbstractPersistentCollection<?> collection
                ? collection.getSession()
                : null;
    }

    private @Nullable EntityPersister ownerOf(AbstractCollectionEvent event) {
        String owner = event.getAffectedOwnerEntityName();
        return owner == null ? null : factory.getMappingMetamodel().getEntityDescriptor(owner);
    }

    private void before(AbstractCollectionEvent event) {
        EntityPersister owner = ownerOf(event);
        SharedSessionContractImplementor child = childOf(event);
        if (owner == null || child == null || !references.has(owner.getRootEntityName())) {
            return;
        }
        CollectionPersister persister = event.getCollectionPersister();
        if (persister.isInverse()) {
            return; // its rows are the elements' own
        }
        if (persister.isOneToMany()) {
            throw Refusals.operation(
                    "change of " + persister.getRole(),
                    "it writes a column of its elements, which are not told of",
                    "map the other side as @ManyToOne, and this one as mappedBy it");
        }
        before(owner, child);
    }

    private void after(AbstractCollectionEvent event) {
        EntityPersister owner = ownerOf(event);
        SharedSessionContractImplementor child = childOf(event);
        Object id = event.getAffectedOwnerIdOrNull();
        if (owner != null && child != null && id != null) {
            written(owner, id, child);
        }
    }

    @Override
    public void onPreRecreateCollection(PreCollectionRecreateEvent event) {
        before(event);
    }

    @Override
    public void onPreUpdateCollection(PreCollectionUpdateEvent event) {
        before(event);
    }

    @Override
    public void onPreRemoveCollection(PreCollectionRemoveEvent event) {
        before(event);
    }

    @Override
    public void onPostRecreateCollection(PostCollectionRecreateEvent event) {
        after(event);
    }

    @Override
    public void onPostUpdateCollection(PostCollectionUpdateEvent event) {
        after(event);
    }

    @Override
    public void onPostRemoveCollection(PostCollectionRemoveEvent event) {
        after(event);
    }

    // ---- rows

    @Override
    public boolean onPreInsert(PreInsertEvent event) {
        return before(event.getPersister(), event.getSession());
    }

    @Override
    public boolean onPreUpdate(PreUpdateEvent event) {
        return before(event.getPersister(), event.getSession());
    }

    @Override
    public boolean onPreDelete(PreDeleteEvent event) {
        return before(event.getPersister(), event.getSession());
    }

    @Override
    public boolean onPreUpsert(PreUpsertEvent event) {
        return before(event.getPersister(), event.getSession());
    }

    @Override
    public void onPostInsert(PostInsertEvent event) {
        written(event.getPersister(), event.getId(), event.getSession());
    }

    @Override
    public void onPostUpdate(PostUpdateEvent event) {
        written(event.getPersister(), event.getId(), event.getSession());
    }

    @Override
    public void onPostUpsert(PostUpsertEvent event) {
        written(event.getPersister(), event.getId(), event.getSession());
    }

    @Override
    public void onPostDelete(PostDeleteEvent event) {
        written(event.getPersister(), event.getId(), event.getSession());
    }

    // ---- all has been sent

    @Override
    public void onFlush(FlushEvent event) {
        flushed(event.getSession());
    }

    @Override
    public void onAutoFlush(AutoFlushEvent event) {
        flushed(event.getSession());
    }

    private static void flushed(SharedSessionContractImplementor child) {
        AbstractShardedSession<?> session = sessionOf(child);
        if (session != null) {
            session.copyReferences();
        }
    }

    @Override
    public boolean requiresPostCommitHandling(EntityPersister persister) {
        return false;
    }
}
