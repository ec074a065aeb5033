package io.hibernateshards.internal.guard;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.route.Attached;
import jakarta.persistence.EntityExistsException;
import jakarta.persistence.EntityNotFoundException;
import java.util.List;
import java.util.Map;
import org.hibernate.Hibernate;
import org.hibernate.ObjectNotFoundException;
import org.hibernate.PersistentObjectException;
import org.hibernate.TransientObjectException;
import org.hibernate.TransientPropertyValueException;
import org.hibernate.engine.spi.EntityEntry;
import org.hibernate.event.service.spi.EventListenerGroup;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.AutoFlushEventListener;
import org.hibernate.event.spi.DirtyCheckEventListener;
import org.hibernate.event.spi.EventSource;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.FlushEventListener;
import org.hibernate.event.spi.MergeContext;
import org.hibernate.event.spi.MergeEvent;
import org.hibernate.event.spi.MergeEventListener;
import org.hibernate.event.spi.PersistContext;
import org.hibernate.event.spi.PersistEvent;
import org.hibernate.event.spi.PersistEventListener;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.proxy.HibernateProxy;
import org.jspecify.annotations.Nullable;

/**
 * Hibernate takes an instance of another shard for a new one, or for one that is gone, as the child session at hand finds no
 * row of it, and would report or store that. Looks for such an instance when a flush, a persist or a merge has failed for that
 * reason, before the session is cleared. A merge is looked at before: it goes on with proxies instead of the instances, which do
 * not have their keys, and leaves out what it does not find where the mapping says so.
 */
final class ForeignInstances {
    private final ShardGuard guard;

    private ForeignInstances(ShardGuard guard) {
        this.guard = guard;
    }

    static void register(EventListenerRegistry registry, ShardGuard guard) {
        ForeignInstances foreign = new ForeignInstances(guard);
        EventListenerGroup<FlushEventListener> flush = registry.getEventListenerGroup(EventType.FLUSH);
        List<FlushEventListener> flushing = TakenListeners.of(flush);
        flush.appendListener(event ->
                foreign.explaining(event.getSession(), () -> flushing.forEach(listener -> listener.onFlush(event))));
        EventListenerGroup<AutoFlushEventListener> autoFlush = registry.getEventListenerGroup(EventType.AUTO_FLUSH);
        List<AutoFlushEventListener> autoFlushing = TakenListeners.of(autoFlush);
        autoFlush.appendListener(event -> foreign.explaining(
                event.getSession(), () -> autoFlushing.forEach(listener -> listener.onAutoFlush(event))));
        EventListenerGroup<DirtyCheckEventListener> dirty = registry.getEventListenerGroup(EventType.DIRTY_CHECK);
        List<DirtyCheckEventListener> checking = TakenListeners.of(dirty);
        dirty.appendListener(event -> foreign.explaining(
                event.getSession(), () -> checking.forEach(listener -> listener.onDirtyCheck(event))));
        EventListenerGroup<MergeEventListener> merge = registry.getEventListenerGroup(EventType.MERGE);
        List<MergeEventListener> merging = TakenListeners.of(merge);
        merge.appendListener(foreign.new Merging(merging));
        EventListenerGroup<PersistEventListener> persist = registry.getEventListenerGroup(EventType.PERSIST);
        List<PersistEventListener> persisting = TakenListeners.of(persist);
        persist.appendListener(foreign.new Persisting(persisting));
    }

    private void explaining(EventSource session, Runnable flush) {
        try {
            flush.run();
        } catch (TransientPropertyValueException failure) {
            if (session.getTenantIdentifierValue() instanceof ShardId shard) {
                look(session, shard, failure.getPropertyOwnerEntityName(), RowCheck.attached(session, shard));
            }
            throw failure;
        } catch (PersistentObjectException
                | EntityExistsException failure) { // a proxy of another session, which a cascade has come to
            if (session.getTenantIdentifierValue() instanceof ShardId shard) {
                look(session, shard, null, RowCheck.attached(session, shard));
            }
            throw failure;
        } catch (ShardingException failure) { // a cascade may have made it one of this session's, to be stored here
            if (failure.code() == ShardErrorCode.MISPLACED_ROW
                    && session.getTenantIdentifierValue() instanceof ShardId shard) {
                look(session, shard, null, Attached.NOWHERE);
            }
            throw failure;
        }
    }

    /**
     * Throws the refusal if one of the managed instances refers to what lives on another shard.
     *
     * @param ownerName which of them; null for all
     */
    private void look(EventSource session, ShardId shard, @Nullable String ownerName, Attached attached) {
        String root = ownerName == null
                ? null
                : session.getFactory()
                        .getMappingMetamodel()
                        .getEntityDescriptor(ownerName)
                        .getRootEntityName();
        for (Map.Entry<Object, EntityEntry> managed :
                session.getPersistenceContextInternal().reentrantSafeEntityEntries()) {
            EntityPersister owner = managed.getValue().getPersister();
            if (root == null || owner.getRootEntityName().equals(root)) {
                if (root != null) {
                    guard.key(owner, managed.getKey(), managed.getValue(), attached);
                }
                guard.instance(owner, managed.getKey(), managed.getValue().getId(), shard, attached);
            }
        }
    }

    /** Around the listeners of a merge. */
    private final class Merging implements MergeEventListener {
        private final List<MergeEventListener> listeners;

        Merging(List<MergeEventListener> listeners) {
            this.listeners = listeners;
        }

        @Override
        public void onMerge(MergeEvent event) {
            check(event);
            explaining(event, () -> listeners.forEach(listener -> listener.onMerge(event)));
        }

        @Override
        public void onMerge(MergeEvent event, MergeContext copied) {
            check(event);
            explaining(event, () -> listeners.forEach(listener -> listener.onMerge(event, copied)));
        }

        private void check(MergeEvent event) {
            Object original = event.getOriginal();
            if (original != null && Hibernate.isInitialized(original)) {
                look(event.getSession(), event.getEntityName(), Hibernate.unproxy(original));
            }
        }

        private void explaining(MergeEvent event, Runnable merge) {
            try {
                merge.run();
            } catch (EntityNotFoundException | ObjectNotFoundException failure) {
                look(event.getSession(), event.getEntityName(), event.getOriginal());
                throw failure;
            }
        }
    }

    /** Around the listeners of a persist, after which Hibernate refuses a row that must refer to an instance without one. */
    private final class Persisting implements PersistEventListener {
        private final List<PersistEventListener> listeners;

        Persisting(List<PersistEventListener> listeners) {
            this.listeners = listeners;
        }

        @Override
        public void onPersist(PersistEvent event) {
            explaining(event, () -> listeners.forEach(listener -> listener.onPersist(event)));
        }

        @Override
        public void onPersist(PersistEvent event, PersistContext created) {
            explaining(event, () -> listeners.forEach(listener -> listener.onPersist(event, created)));
        }

        private void explaining(PersistEvent event, Runnable persist) {
            try {
                persist.run();
            } catch (PersistentObjectException
                    | EntityExistsException failure) { // a proxy of another session, which a cascade has come to
                look(event.getSession(), event.getEntityName(), event.getObject());
                throw failure;
            }
            if (event.getSession().getActionQueue().hasUnresolvedEntityInsertActions()) {
                look(event.getSession(), event.getEntityName(), event.getObject());
            }
        }
    }

    private void look(EventSource session, @Nullable String entityName, Object entity) {
        if (session.getTenantIdentifierValue() instanceof ShardId shard
                && HibernateProxy.extractLazyInitializer(entity) == null) {
            EntityPersister persister = session.getEntityPersister(entityName, entity);
            guard.instance(
                    persister, entity, idOf(persister, entity, session), shard, RowCheck.attached(session, shard));
        }
    }

    private static @Nullable Object idOf(EntityPersister persister, Object entity, EventSource session) {
        try {
            return persister.getIdentifier(entity, session);
        } catch (TransientObjectException e) {
            return null; // of what the id itself refers to
        }
    }
}
