package io.hibernateshards.internal.guard;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.route.Attached;
import io.hibernateshards.internal.route.Router;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.hibernate.Hibernate;
import org.hibernate.TransientPropertyValueException;
import org.hibernate.engine.spi.EntityEntry;
import org.hibernate.event.service.spi.EventListenerGroup;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.AutoFlushEventListener;
import org.hibernate.event.spi.DirtyCheckEventListener;
import org.hibernate.event.spi.EventSource;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.FlushEventListener;
import org.hibernate.persister.entity.EntityPersister;

/**
 * Hibernate takes an instance of another shard for a new one, as the child session at hand finds no row of it, and would
 * tell the user to persist it. Looks for such an instance when a flush has failed for that reason, before the session
 * is cleared; costs nothing otherwise.
 */
final class ForeignInstances {
    private final Router router;
    private final RowCheck check;

    private ForeignInstances(Router router, RowCheck check) {
        this.router = router;
        this.check = check;
    }

    static void register(EventListenerRegistry registry, Router router, RowCheck check) {
        ForeignInstances foreign = new ForeignInstances(router, check);
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
    }

    private void explaining(EventSource session, Runnable flush) {
        try {
            flush.run();
        } catch (TransientPropertyValueException failure) {
            if (session.getTenantIdentifierValue() instanceof ShardId shard) {
                look(session, shard, failure);
            }
            throw failure;
        }
    }

    /** Throws the refusal if what is referred to lives on another shard. */
    private void look(EventSource session, ShardId shard, TransientPropertyValueException failure) {
        Attached attached = RowCheck.attached(session, shard);
        for (Map.Entry<Object, EntityEntry> managed :
                session.getPersistenceContextInternal().reentrantSafeEntityEntries()) {
            EntityPersister owner = managed.getValue().getPersister();
            if (owner.isSubclassEntityName(failure.getPropertyOwnerEntityName())
                    && router.mapping().of(owner.getEntityName()) instanceof Sharded placement) {
                for (Object value : values(owner, managed.getKey(), failure.getPropertyName())) {
                    String name = session.bestGuessEntityName(value);
                    if (name != null && router.mapping().of(name) instanceof Sharded target) {
                        check.reachable(
                                owner.getEntityName(),
                                failure.getPropertyName(),
                                target,
                                value,
                                shard,
                                check.known(placement, managed.getKey(), attached),
                                session);
                    }
                }
            }
        }
    }

    private static Collection<?> values(EntityPersister owner, Object entity, String property) {
        Object value = owner.getPropertyValue(entity, property);
        if (value instanceof Collection<?> elements) {
            return Hibernate.isInitialized(elements) ? elements : List.of();
        }
        return value == null ? List.of() : List.of(value);
    }
}
