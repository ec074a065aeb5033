package io.hibernateshards.internal.id;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.hibernateshards.Buckets;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.route.Attached;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.route.Router;
import java.util.concurrent.ThreadLocalRandom;
import org.hibernate.Hibernate;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.proxy.HibernateProxy;
import org.jspecify.annotations.Nullable;

/**
 * The bucket of a new row: its key's, its parent's, or, for a root whose key is the id that is being made, any of its
 * shard's. A bucket that cannot be learnt from what is in memory is learnt by loading the parent.
 */
final class RowBuckets {
    private final Router router;

    /** Of new roots that a cascade from a child stores after the child's id was made. Weak keys compare by identity. */
    private final Cache<Object, Integer> promised =
            Caffeine.newBuilder().weakKeys().build();

    private volatile Owned owned;

    RowBuckets(Router router) {
        this.router = router;
        owned = new Owned(router.topology());
    }

    /** The buckets of each shard of one topology. */
    private static final class Owned {
        private final Topology topology;
        private final int[][] byShard;

        Owned(Topology topology) {
            this.topology = topology;
            byShard = topology.shards().stream()
                    .map(topology::bucketsOf)
                    .map(Buckets::toArray)
                    .toArray(int[][]::new);
        }

        int any(ShardId shard) {
            int index = topology.shards().indexOf(shard);
            int[] buckets = index < 0 ? new int[0] : byShard[index];
            if (buckets.length == 0) {
                throw new ShardingException(
                        ShardErrorCode.ID_GENERATION,
                        "shard \"" + shard + "\" owns no bucket in " + topology
                                + ", so no new row may be stored there");
            }
            return buckets[ThreadLocalRandom.current().nextInt(buckets.length)];
        }
    }

    /**
     * The bucket for an instance about to be stored by a session.
     *
     * @throws ShardingException if it cannot be learnt or belongs to another shard
     */
    int of(Sharded placement, SharedSessionContractImplementor session, ShardId shard, Object entity) {
        Attached attached = instance -> session.getPersistenceContextInternal().isEntryFor(instance) ? shard : null;
        Place place = router.placeOf(placement, entity, attached);
        if (place == null || place.bucket() < 0) {
            place = newRoot(placement, entity, shard);
        }
        if (place == null) {
            place = load(placement, session, entity, attached);
        }
        if (place == null) {
            throw new ShardingException(
                    ShardErrorCode.ID_GENERATION,
                    placement.entityName() + ": the bucket that its id must carry is not known, because "
                            + what(placement) + " cannot be loaded from shard \"" + shard
                            + "\"; attach it to this session first, or set its key");
        }
        if (!place.shard().equals(shard)) {
            throw new ShardingException(
                    ShardErrorCode.MISPLACED_ROW,
                    placement.entityName() + ": a new row of bucket " + place.bucket() + " belongs to shard \""
                            + place.shard() + "\", the session is of shard \"" + shard
                            + "\"; store it through a ShardedSession, which finds the shard");
        }
        return place.bucket();
    }

    /** Where a new root that gets its key with its id will live: the same for it and for all that are stored with it. */
    private @Nullable Place newRoot(Sharded placement, Object entity, ShardId shard) {
        Sharded at = placement;
        Object instance = entity;
        while (at.key() instanceof ParentKey key) {
            Object parent = router.parentOf(at, instance);
            if (parent == null || !Hibernate.isInitialized(parent)) {
                return null;
            }
            instance = Hibernate.unproxy(parent);
            at = sharded(key.parentEntity());
        }
        if (!(at.id() instanceof CarriesBucket)
                || !router.generatesKey(at)
                || router.placeOf(at, instance, Attached.NOWHERE) != null) {
            return null;
        }
        Owned now = owned();
        if (!(placement.key() instanceof ParentKey)) {
            Integer known = promised.getIfPresent(instance);
            return place(now, known != null && now.topology.shardOf(known).equals(shard) ? known : now.any(shard));
        }
        return place(now, promised.get(instance, root -> now.any(shard)));
    }

    private @Nullable Place load(
            Sharded placement, SharedSessionContractImplementor session, Object entity, Attached attached) {
        Sharded at = placement;
        Object instance = entity;
        while (at.key() instanceof ParentKey key) {
            Object parent = router.parentOf(at, instance);
            Object loaded = parent == null ? null : loaded(key.parentEntity(), parent, session);
            if (loaded == null) {
                return null;
            }
            at = sharded(key.parentEntity());
            instance = loaded;
            Place place = router.placeOf(at, instance, attached);
            if (place != null && place.bucket() >= 0) {
                return place;
            }
        }
        return null;
    }

    /** From the session that stores the child, where the parent must be: never by a detached proxy's own. */
    private static @Nullable Object loaded(String entity, Object parent, SharedSessionContractImplementor session) {
        if (Hibernate.isInitialized(parent)) {
            return Hibernate.unproxy(parent);
        }
        var proxy = HibernateProxy.extractLazyInitializer(parent);
        Object id = proxy != null
                ? proxy.getInternalIdentifier()
                : session.getFactory()
                        .getMappingMetamodel()
                        .getEntityDescriptor(entity)
                        .getIdentifier(parent);
        Object found = session.internalLoad(entity, id, true, true);
        return found == null ? null : Hibernate.unproxy(found);
    }

    private static String what(Sharded placement) {
        return placement.key() instanceof ParentKey key
                ? "the parent in \"" + key.association() + "\""
                : "a lazy attribute of its key";
    }

    private Sharded sharded(String entity) {
        if (router.mapping().of(entity) instanceof Sharded sharded) {
            return sharded;
        }
        throw new IllegalArgumentException(entity + " has no shard key");
    }

    private static Place place(Owned now, int bucket) {
        return new Place(bucket, now.topology.shardOf(bucket));
    }

    private Owned owned() {
        Topology now = router.topology();
        Owned known = owned;
        if (known.topology != now) {
            known = new Owned(now);
            owned = known;
        }
        return known;
    }
}
