package io.hibernateshards.internal.guard;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement.CarriesBucket;
import io.hibernateshards.internal.mapping.EntityPlacement.HoldsKey;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.KeyAttribute;
import io.hibernateshards.internal.route.Attached;
import io.hibernateshards.internal.route.Place;
import io.hibernateshards.internal.route.ReferenceCheck;
import io.hibernateshards.internal.route.Router;
import java.util.List;
import java.util.Objects;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.proxy.HibernateProxy;
import org.jspecify.annotations.Nullable;

/** The checks themselves; they load nothing. */
final class RowCheck {
    private final Router router;
    private final ReferenceCheck references;

    RowCheck(Router router) {
        this.router = router;
        references = new ReferenceCheck(router);
    }

    /** A row that is about to be inserted: its key, its id and the session must agree. */
    void stored(Sharded placement, Object entity, Object id, ShardId shard, SharedSessionContractImplementor session) {
        Attached others = attached(session, shard);
        Place place =
                router.placeOf(placement, entity, instance -> instance == entity ? null : others.shardOf(instance));
        int inId = router.bucketOfId(placement, id);
        if (place == null) {
            if (inId < 0) {
                throw new ShardingException(
                        ShardErrorCode.SHARD_KEY_MISSING,
                        row(placement, id) + ": " + keyName(placement)
                                + " does not tell where the row belongs; set it before the entity is stored");
            }
            place = new Place(inId, router.topology().shardOf(inId));
        }
        if (!place.shard().equals(shard)) {
            throw new ShardingException(
                    ShardErrorCode.MISPLACED_ROW,
                    row(placement, id) + (place.bucket() < 0 ? "" : " of bucket " + place.bucket())
                            + " belongs to shard \"" + place.shard() + "\", the session is of shard \"" + shard
                            + "\"; store it through a ShardedSession, which finds the shard");
        }
        if (placement.id() instanceof CarriesBucket && place.bucket() >= 0 && inId != place.bucket()) {
            throw new ShardingException(
                    ShardErrorCode.MISPLACED_ROW,
                    row(placement, id) + ": the id carries bucket " + inId + ", " + keyName(placement)
                            + " leads to bucket " + place.bucket() + "; leave the id unset, so that it is generated");
        }
        if (place.bucket() < 0 && inId >= 0) {
            inShard(placement, id, inId, shard);
        }
    }

    /** A row that is only addressed by its id, such as a deleted one. */
    void addressed(Sharded placement, Object id, ShardId shard) {
        int inId = router.bucketOfId(placement, id);
        if (inId >= 0) {
            inShard(placement, id, inId, shard);
        }
    }

    /** A key that is about to be updated. */
    void unchanged(
            Sharded placement,
            Object id,
            StatePath path,
            @Nullable Object before,
            @Nullable Object after,
            Attached attached) {
        if (before == after || Objects.equals(before, after)) {
            return;
        }
        if (placement.key() instanceof ParentKey key && before != null && after != null) {
            Sharded parent = sharded(key);
            Object idBefore = idOf(key, before);
            Object idAfter = idOf(key, after);
            if (Objects.equals(idBefore, idAfter)) {
                return;
            }
            if (!isKey(parent)
                    && sameRoot(placement, id, known(parent, before, attached), known(parent, after, attached))) {
                return;
            }
            throw changed(placement, id, path, idBefore, idAfter);
        }
        throw changed(placement, id, path, before, after);
    }

    ReferenceCheck references() {
        return references;
    }

    /** Where an entity lives, or null where that could only be told with a key it lacks. */
    @Nullable
    Place known(Sharded placement, Object entity, Attached attached) {
        return references.known(placement, entity, attached);
    }

    static Attached attached(@Nullable SharedSessionContractImplementor session, ShardId shard) {
        return session == null
                ? Attached.NOWHERE
                : instance -> session.getPersistenceContextInternal().isEntryFor(instance) ? shard : null;
    }

    private void inShard(Sharded placement, Object id, int bucket, ShardId shard) {
        ShardId owner = router.topology().shardOf(bucket);
        if (!owner.equals(shard)) {
            throw new ShardingException(
                    ShardErrorCode.MISPLACED_ROW,
                    row(placement, id) + ": its id is of bucket " + bucket + ", which belongs to shard \"" + owner
                            + "\", the session is of shard \"" + shard
                            + "\"; use a ShardedSession, which finds the shard");
        }
    }

    private static ShardingException changed(
            Sharded placement, Object id, StatePath path, @Nullable Object before, @Nullable Object after) {
        return new ShardingException(
                ShardErrorCode.SHARD_KEY_CHANGED,
                row(placement, id) + ": the shard key \"" + path.name() + "\" was changed from " + before + " to "
                        + after
                        + "; store a new entity under the new key and remove this one");
    }

    /**
     * Another parent under the same root is no change of the key. The bucket tells which root it is; where it is in
     * neither parent nor id, the shard has to do.
     */
    private boolean sameRoot(Sharded placement, Object id, @Nullable Place from, @Nullable Place to) {
        if (to == null) {
            return false;
        }
        int was = from != null && from.bucket() >= 0 ? from.bucket() : router.bucketOfId(placement, id);
        return (was >= 0 && to.bucket() >= 0)
                ? was == to.bucket()
                : from != null && from.shard().equals(to.shard());
    }

    private boolean isKey(Sharded placement) {
        return placement.key() instanceof OwnKey
                && (router.generatesKey(placement)
                        || (placement.id() instanceof HoldsKey holds
                                && holds.paths().equals(List.of(""))));
    }

    private @Nullable Object idOf(ParentKey key, Object parent) {
        var proxy = HibernateProxy.extractLazyInitializer(parent);
        return proxy != null ? proxy.getInternalIdentifier() : router.idOf(sharded(key), parent);
    }

    private Sharded sharded(ParentKey key) {
        if (router.mapping().of(key.parentEntity()) instanceof Sharded parent) {
            return parent;
        }
        throw new IllegalArgumentException(key.parentEntity() + " has no shard key");
    }

    private static String row(Sharded placement, @Nullable Object id) {
        return placement.entityName() + "#" + id;
    }

    private static String keyName(Sharded placement) {
        return placement.key() instanceof OwnKey own
                ? "the shard key "
                        + own.attributes().stream().map(KeyAttribute::path).toList()
                : "the parent in \"" + ((ParentKey) placement.key()).association() + "\"";
    }
}
