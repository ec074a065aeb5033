package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.transaction.Branch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.FlushMode;
import org.hibernate.bytecode.enhance.spi.LazyPropertyInitializer;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.AbstractDatabaseOperationEvent;
import org.hibernate.event.spi.AutoFlushEvent;
import org.hibernate.event.spi.AutoFlushEventListener;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.FlushEvent;
import org.hibernate.event.spi.FlushEventListener;
import org.hibernate.event.spi.PostDeleteEvent;
import org.hibernate.event.spi.PostDeleteEventListener;
import org.hibernate.event.spi.PostInsertEvent;
import org.hibernate.event.spi.PostInsertEventListener;
import org.hibernate.event.spi.PostUpdateEvent;
import org.hibernate.event.spi.PostUpdateEventListener;
import org.hibernate.event.spi.PostUpsertEvent;
import org.hibernate.event.spi.PostUpsertEventListener;
import org.hibernate.event.spi.PreDeleteEvent;
import org.hibernate.event.spi.PreDeleteEventListener;
import org.hibernate.event.spi.PreInsertEvent;
import org.hibernate.event.spi.PreInsertEventListener;
import org.hibernate.event.spi.PreUpdateEvent;
import org.hibernate.event.spi.PreUpdateEventListener;
import org.hibernate.event.spi.PreUpsertEvent;
import org.hibernate.event.spi.PreUpsertEventListener;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Sees what is written of entities that have lookups, and tells the {@link PendingLookups} of their session. What a row
 * held before is known of an entity that was loaded; of any other it is read before the row is written.
 */
final class LookupListener
        implements PreInsertEventListener,
                PreUpdateEventListener,
                PreUpsertEventListener,
                PreDeleteEventListener,
                PostInsertEventListener,
                PostUpdateEventListener,
                PostUpsertEventListener,
                PostDeleteEventListener,
                FlushEventListener,
                AutoFlushEventListener {
    private static final long serialVersionUID = 1L;

    /** An attribute, and where its value is in the array of an entity's values. */
    private record At(LookupAttribute attribute, int position) {}

    private final transient Router router;
    private final transient Map<String, List<At>> entities = new HashMap<>();

    private LookupListener(SessionFactoryImplementor factory, Router router) {
        this.router = router;
        factory.getMappingMetamodel().forEachEntityDescriptor(entity -> {
            List<At> attributes = router.mapping().lookups(entity.getEntityName()).stream()
                    .map(attribute -> new At(
                            attribute,
                            Objects.requireNonNull(entity.findAttributeMapping(attribute.path()))
                                    .getStateArrayPosition()))
                    .toList();
            if (!attributes.isEmpty()) {
                entities.put(entity.getEntityName(), attributes);
            }
        });
    }

    static void register(SessionFactoryImplementor factory, Router router) {
        LookupListener listener = new LookupListener(factory, router);
        EventListenerRegistry registry = factory.getEventListenerRegistry();
        registry.appendListeners(EventType.PRE_INSERT, listener);
        registry.appendListeners(EventType.PRE_UPDATE, listener);
        registry.appendListeners(EventType.PRE_UPSERT, listener);
        registry.appendListeners(EventType.PRE_DELETE, listener);
        registry.appendListeners(EventType.POST_INSERT, listener);
        registry.appendListeners(EventType.POST_UPDATE, listener);
        registry.appendListeners(EventType.POST_UPSERT, listener);
        registry.appendListeners(EventType.POST_DELETE, listener);
        registry.appendListeners(EventType.FLUSH, listener);
        registry.appendListeners(EventType.AUTO_FLUSH, listener);
    }

    private List<At> attributes(AbstractDatabaseOperationEvent event) {
        return entities.getOrDefault(event.getPersister().getEntityName(), List.of());
    }

    private static PendingLookups pending(AbstractDatabaseOperationEvent event) {
        Branch<?> branch = Branch.of(event.getSession());
        PendingLookups pending = pendingOf(branch);
        if (branch == null || pending == null || !branch.transaction().isActive()) {
            throw new ShardingException(
                    ShardErrorCode.OPERATION_REFUSED,
                    event.getPersister().getEntityName() + "#" + event.getId() + " was about to be written "
                            + (pending == null ? "by a session of Hibernate's own" : "without a transaction")
                            + ", and the entity has @GlobalUnique or @ShardLookup, whose rows are written with it on other"
                            + " shards. Instead: write it "
                            + (pending == null ? "by a ShardedSession" : "in a transaction"));
        }
        return pending;
    }

    // ---- before

    @Override
    public boolean onPreInsert(PreInsertEvent event) {
        if (!attributes(event).isEmpty()) {
            pending(event);
        }
        return false;
    }

    @Override
    public boolean onPreUpdate(PreUpdateEvent event) {
        readBefore(event, event.getOldState(), false);
        return false;
    }

    @Override
    public boolean onPreUpsert(PreUpsertEvent event) {
        readBefore(event, null, true);
        return false;
    }

    @Override
    public boolean onPreDelete(PreDeleteEvent event) {
        readBefore(event, event.getDeletedState(), false);
        return false;
    }

    /** Has it known what the row holds, where the entity's own state does not tell. */
    private void readBefore(
            AbstractDatabaseOperationEvent event, @Nullable Object @Nullable [] state, boolean ensured) {
        List<At> attributes = attributes(event);
        if (attributes.isEmpty()) {
            return;
        }
        PendingLookups pending = pending(event);
        SharedSessionContractImplementor session = event.getSession();
        String owner = LookupText.owner(event.getPersister(), event.getId(), session);
        for (At at : attributes) {
            boolean known = state != null && state[at.position] != LazyPropertyInitializer.UNFETCHED_PROPERTY;
            if (!known && !pending.knows(at.attribute, owner)) {
                String stored = LookupText.find(at.attribute, stored(event, at.attribute), router);
                pending.changed(at.attribute, owner, place(event), stored, stored, ensured || !at.attribute.checked());
            }
        }
    }

    @SuppressWarnings("deprecation")
    private static @Nullable Object stored(AbstractDatabaseOperationEvent event, LookupAttribute attribute) {
        return event.getSession()
                .createSelectionQuery(
                        "select e." + attribute.path() + " from " + attribute.entity() + " e where id(e) = :id",
                        Object.class)
                .setParameter("id", event.getId())
                .setHibernateFlushMode(FlushMode.MANUAL)
                .getSingleResultOrNull();
    }

    // ---- after

    @Override
    public void onPostInsert(PostInsertEvent event) {
        for (At at : attributes(event)) {
            changed(event, at, null, value(at, event.getState()));
        }
    }

    @Override
    public void onPostUpdate(PostUpdateEvent event) {
        Object[] before = event.getOldState();
        for (At at : attributes(event)) {
            Object now = event.getState()[at.position];
            if (!at.attribute.updatable() || now == LazyPropertyInitializer.UNFETCHED_PROPERTY) {
                continue;
            }
            Object was = before == null ? LazyPropertyInitializer.UNFETCHED_PROPERTY : before[at.position];
            if (was == LazyPropertyInitializer.UNFETCHED_PROPERTY) {
                changed(event, at, null, now); // from what was read before
            } else if (!Objects.equals(was, now)) {
                changed(event, at, was, now);
            }
        }
    }

    /** A value that does not change once it is stored is the one that was read, if there was a row. */
    @Override
    public void onPostUpsert(PostUpsertEvent event) {
        for (At at : attributes(event)) {
            String owner = LookupText.owner(event.getPersister(), event.getId(), event.getSession());
            if (at.attribute.updatable() || pending(event).before(at.attribute, owner) == null) {
                changed(event, at, null, value(at, event.getState()));
            }
        }
    }

    @Override
    public void onPostDelete(PostDeleteEvent event) {
        for (At at : attributes(event)) {
            changed(event, at, event.getDeletedState() == null ? null : value(at, event.getDeletedState()), null);
        }
    }

    private static @Nullable Object value(At at, @Nullable Object[] state) {
        Object value = state[at.position];
        return value == LazyPropertyInitializer.UNFETCHED_PROPERTY ? null : value;
    }

    private void changed(AbstractDatabaseOperationEvent event, At at, @Nullable Object from, @Nullable Object to) {
        pending(event)
                .changed(
                        at.attribute,
                        LookupText.owner(event.getPersister(), event.getId(), event.getSession()),
                        place(event),
                        LookupText.find(at.attribute, from, router),
                        LookupText.store(at.attribute, to, router),
                        false);
    }

    /** By the bucket, if that is known, so that the row is right wherever the bucket is moved to. */
    private Place place(AbstractDatabaseOperationEvent event) {
        SharedSessionContractImplementor session = event.getSession();
        EntityPersister persister = event.getPersister();
        ShardId shard = (ShardId) session.getTenantIdentifierValue();
        Sharded sharded = (Sharded) router.mapping().of(persister.getEntityName());
        int inId = router.bucketOfId(sharded, event.getId());
        if (inId >= 0) {
            return new Place(inId, shard);
        }
        try {
            Place place = router.placeOf(
                    sharded,
                    event.getEntity(),
                    instance -> session.getPersistenceContextInternal().isEntryFor(instance) ? shard : null);
            return place == null ? new Place(-1, shard) : place;
        } catch (ShardingException e) {
            if (e.code() == ShardErrorCode.SHARD_KEY_MISSING) {
                return new Place(-1, shard); // a deleted row of which only the id is given
            }
            throw e;
        }
    }

    // ---- once all is flushed

    @Override
    public void onFlush(FlushEvent event) {
        flushed(event.getSession());
    }

    @Override
    public void onAutoFlush(AutoFlushEvent event) {
        flushed(event.getSession());
    }

    private static @Nullable PendingLookups pendingOf(@Nullable Branch<?> branch) {
        return branch == null ? null : ((LookupSession) branch.transaction().branches()).pendingLookups();
    }

    private static void flushed(SharedSessionContractImplementor session) {
        Branch<?> branch = Branch.of(session);
        PendingLookups pending = pendingOf(branch);
        if (pending != null) {
            pending.flushed();
        }
    }

    @Override
    public boolean requiresPostCommitHandling(EntityPersister persister) {
        return false;
    }
}
