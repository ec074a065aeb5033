package io.hibernateshards.internal.route;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.EntityPlacement.ParentKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import java.util.List;
import org.hibernate.bytecode.enhance.spi.interceptor.BytecodeLazyAttributeInterceptor;
import org.hibernate.bytecode.enhance.spi.interceptor.EnhancementAsProxyLazinessInterceptor;
import org.hibernate.engine.spi.PersistentAttributeInterceptable;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.proxy.HibernateProxy;
import org.hibernate.proxy.LazyInitializer;
import org.jspecify.annotations.Nullable;

/** Follows an instance to its key without loading anything. */
final class InstancePlaces {
    private final Router router;

    InstancePlaces(Router router) {
        this.router = router;
    }

    @Nullable
    Place placeOf(EntityAccess access, Object instance, Attached attached) {
        Object entity = instance;
        LazyInitializer proxy = HibernateProxy.extractLazyInitializer(instance);
        if (proxy != null) {
            if (proxy.isUninitialized()) {
                return unloaded(access, instance, proxy.getInternalIdentifier(), proxy.getSession(), attached);
            }
            entity = proxy.getImplementation();
        }
        if (entity instanceof PersistentAttributeInterceptable enhanced
                && enhanced.$$_hibernate_getInterceptor() instanceof BytecodeLazyAttributeInterceptor lazy) {
            if (lazy instanceof EnhancementAsProxyLazinessInterceptor whole) {
                return unloaded(access, entity, whole.getIdentifier(), whole.getLinkedSession(), attached);
            }
            if (access.key().stream().anyMatch(path -> !lazy.isAttributeLoaded(path.first()))) {
                Object id = access.persister().getIdentifier(entity);
                return unloaded(access, entity, id, lazy.getLinkedSession(), attached);
            }
        }
        return access.placement().key() instanceof ParentKey parent
                ? withParent(access, parent, entity, attached)
                : byOwnKey(access, entity, attached);
    }

    private @Nullable Place byOwnKey(EntityAccess access, Object entity, Attached attached) {
        Sharded placement = access.placement();
        List<KeyPath> paths = access.key();
        Object[] key = new Object[paths.size()];
        for (int i = 0; i < key.length; i++) {
            Object value = paths.get(i).read(entity);
            boolean unset = value == null || (access.keyGenerated() && access.isUnsaved(value));
            if (unset) {
                return withoutKey(access, entity, access.attributes().get(i).path(), attached);
            }
            key[i] = router.relational(placement, access.attributes().get(i), value);
        }
        return router.place(router.bucketOfKey(placement, key));
    }

    private @Nullable Place withoutKey(EntityAccess access, Object entity, String path, Attached attached) {
        if (access.keyGenerated()) {
            return null;
        }
        Object id = access.idOf(entity);
        Place byId = id == null ? null : known(access, entity, id, attached);
        if (byId == null) {
            throw KeyValues.missing(access.placement().entityName(), path);
        }
        return byId;
    }

    private @Nullable Place withParent(EntityAccess access, ParentKey key, Object entity, Attached attached) {
        Object parent = access.key().get(0).read(entity);
        Place byParent = parent == null ? null : placeOf(router.access(key.parentEntity()), parent, attached);
        if (byParent != null && byParent.bucket() >= 0) {
            return byParent;
        }
        Object id = access.idOf(entity);
        Place byId = id == null ? null : known(access, entity, id, attached);
        if (byId != null && (byId.bucket() >= 0 || byParent == null)) {
            return byId;
        }
        if (byParent == null && parent == null && id == null) {
            throw KeyValues.missing(access.placement().entityName(), key.association());
        }
        return byParent;
    }

    private @Nullable Place unloaded(
            EntityAccess access,
            Object instance,
            Object id,
            @Nullable SharedSessionContractImplementor session,
            Attached attached) {
        Place place = known(access, instance, id, attached);
        if (place != null) {
            return place;
        }
        return session != null
                        && session.isOpenOrWaitingForAutoClose()
                        && session.getTenantIdentifierValue() instanceof ShardId tenant
                ? new Place(-1, tenant)
                : null;
    }

    private @Nullable Place known(EntityAccess access, Object instance, Object id, Attached attached) {
        Place byId = router.placeOfId(access, id);
        if (byId != null) {
            return byId;
        }
        ShardId home = attached.shardOf(instance);
        return home == null ? null : new Place(-1, home);
    }
}
