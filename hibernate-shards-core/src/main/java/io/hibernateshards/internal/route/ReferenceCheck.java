package io.hibernateshards.internal.route;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import org.hibernate.HibernateException;
import org.hibernate.proxy.HibernateProxy;
import org.hibernate.proxy.LazyInitializer;
import org.jspecify.annotations.Nullable;

/** Refuses references that would lead from one shard to another, as far as that can be told without a query. */
public final class ReferenceCheck {
    private final Router router;

    public ReferenceCheck(Router router) {
        this.router = router;
    }

    /** Where an entity lives, or null where that could only be told with a key it lacks. */
    public @Nullable Place known(Sharded placement, Object entity, Attached attached) {
        try {
            return router.placeOf(placement, entity, attached);
        } catch (ShardingException e) {
            if (e.code() == ShardErrorCode.SHARD_KEY_MISSING) {
                return null;
            }
            throw e;
        }
    }

    /**
     * Checks an entity that a row refers to.
     *
     * @param owner the entity of the row
     * @param ownerId its id; null if it is not known
     * @param shard of the row
     * @param from the row's place, if it is known
     * @throws ShardingException if the entity lives on another shard, or in another bucket, which may be moved away
     */
    public void instance(
            String owner,
            @Nullable Object ownerId,
            String attribute,
            Sharded target,
            Object value,
            ShardId shard,
            @Nullable Place from,
            Attached attached) {
        Place place = known(target, value, attached);
        if (place != null && leaves(place, shard, from)) {
            throw refused(owner, ownerId, attribute, target, idOf(target, value), place, shard, from);
        }
    }

    /** Like {@link #instance}, of an entity of which only the id is given. */
    public void id(String owner, String attribute, Sharded target, Object id, ShardId shard, @Nullable Place from) {
        int bucket = router.bucketOfId(target, id);
        if (bucket >= 0) {
            Place place = router.place(bucket);
            if (leaves(place, shard, from)) {
                throw refused(owner, null, attribute, target, id, place, shard, from);
            }
        }
    }

    private static boolean leaves(Place place, ShardId shard, @Nullable Place from) {
        boolean anotherBucket =
                from != null && from.bucket() >= 0 && place.bucket() >= 0 && from.bucket() != place.bucket();
        return !place.shard().equals(shard) || anotherBucket;
    }

    private @Nullable Object idOf(Sharded target, Object value) {
        LazyInitializer proxy = HibernateProxy.extractLazyInitializer(value);
        try {
            return proxy == null ? router.idOf(target, value) : proxy.getInternalIdentifier();
        } catch (HibernateException e) {
            return null; // nothing that could be told is worth more than the refusal
        }
    }

    private static ShardingException refused(
            String owner,
            @Nullable Object ownerId,
            String attribute,
            Sharded target,
            @Nullable Object id,
            Place place,
            ShardId shard,
            @Nullable Place from) {
        return new ShardingException(
                ShardErrorCode.CROSS_SHARD_REFERENCE,
                owner + "." + attribute + (ownerId == null ? "" : " of " + owner + "#" + ownerId) + " refers to "
                        + target.entityName() + (id == null ? "" : "#" + id) + " of "
                        + (place.bucket() < 0 ? "" : "bucket " + place.bucket() + " on ") + "shard \"" + place.shard()
                        + "\", the row is of "
                        + (from == null || from.bucket() < 0 ? "" : "bucket " + from.bucket() + " on ") + "shard \""
                        + shard
                        + "\"; entities that refer to each other must share a shard key, or keep the other's id as a plain"
                        + " value");
    }
}
