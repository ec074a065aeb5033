package io.hibernateshards.internal.cache;

import org.hibernate.cache.cfg.spi.CollectionDataCachingConfig;
import org.hibernate.cache.spi.access.CollectionDataAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.collection.CollectionPersister;
import org.jspecify.annotations.Nullable;

/** Collections of one role: the ids or values of their elements, as they were loaded. */
final class CollectionAccess extends DomainAccess implements CollectionDataAccess {
    CollectionAccess(DomainRegion region, CollectionDataCachingConfig collection) {
        super(
                region,
                collection.getAccessType(),
                collection.isVersioned() ? collection.getOwnerVersionComparator() : null);
    }

    @Override
    public Object generateCacheKey(
            Object id, CollectionPersister collection, SessionFactoryImplementor factory, @Nullable String tenant) {
        return keys().createCollectionKey(id, collection, factory, tenant);
    }

    @Override
    public Object getCacheKeyId(Object key) {
        return keys().getCollectionId(key);
    }

    @Override
    Object idToLoad(Object key) {
        return getCacheKeyId(key);
    }
}
