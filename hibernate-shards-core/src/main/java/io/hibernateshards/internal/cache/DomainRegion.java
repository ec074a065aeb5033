package io.hibernateshards.internal.cache;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.hibernate.cache.cfg.spi.DomainDataCachingConfig;
import org.hibernate.cache.cfg.spi.DomainDataRegionBuildingContext;
import org.hibernate.cache.cfg.spi.DomainDataRegionConfig;
import org.hibernate.cache.internal.DefaultCacheKeysFactory;
import org.hibernate.cache.spi.CacheKeysFactory;
import org.hibernate.cache.spi.DomainDataRegion;
import org.hibernate.cache.spi.access.AccessType;
import org.hibernate.cache.spi.access.CollectionDataAccess;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.metamodel.model.domain.NavigableRole;
import org.jspecify.annotations.Nullable;

/** Entities, collections or natural ids: whatever the mapping has put into a region of that name. */
final class DomainRegion extends CachedRegion implements DomainDataRegion {
    private final CacheKeysFactory keys;
    private final Map<NavigableRole, EntityDataAccess> entities;
    private final Map<NavigableRole, CollectionDataAccess> collections;
    private final Map<NavigableRole, NaturalIdDataAccess> naturalIds;

    DomainRegion(RegionStore store, DomainDataRegionConfig mapped, DomainDataRegionBuildingContext context) {
        super(store);
        CacheKeysFactory enforced = context.getEnforcedCacheKeysFactory();
        keys = enforced == null ? DefaultCacheKeysFactory.INSTANCE : enforced;
        entities = accesses(mapped.getEntityCaching(), EntityAccess::new);
        collections = accesses(mapped.getCollectionCaching(), CollectionAccess::new);
        naturalIds = accesses(mapped.getNaturalIdCaching(), NaturalIdAccess::new);
    }

    private <C extends DomainDataCachingConfig, A> Map<NavigableRole, A> accesses(
            List<C> cached, BiFunction<DomainRegion, C, A> access) {
        Map<NavigableRole, A> accesses = new HashMap<>();
        for (C one : cached) {
            if (one.getAccessType() == AccessType.TRANSACTIONAL) {
                throw new ShardingException(
                        ShardErrorCode.CONFIGURATION,
                        "region \"" + getName() + "\": "
                                + one.getNavigableRole().getFullPath()
                                + " is to be cached TRANSACTIONAL, which this cache is not: use READ_WRITE, which never gives"
                                + " what an acknowledged commit has changed");
            }
            accesses.put(one.getNavigableRole(), access.apply(this, one));
        }
        return accesses;
    }

    CacheKeysFactory keys() {
        return keys;
    }

    @Override
    public EntityDataAccess getEntityDataAccess(NavigableRole root) {
        return known(entities.get(root), root);
    }

    @Override
    public CollectionDataAccess getCollectionDataAccess(NavigableRole collection) {
        return known(collections.get(collection), collection);
    }

    @Override
    public NaturalIdDataAccess getNaturalIdDataAccess(NavigableRole root) {
        return known(naturalIds.get(root), root);
    }

    private <A> A known(@Nullable A access, NavigableRole role) {
        if (access == null) {
            throw new IllegalArgumentException(role.getFullPath() + " is not cached in region \"" + getName() + "\"");
        }
        return access;
    }
}
