package io.hibernateshards.internal.cache;

import org.hibernate.cache.spi.Region;
import org.hibernate.cache.spi.RegionFactory;

/** A region as Hibernate and its statistics see it. */
abstract class CachedRegion implements Region, HeapStatistics {
    private final RegionStore store;

    CachedRegion(RegionStore store) {
        this.store = store;
    }

    final RegionStore store() {
        return store;
    }

    @Override
    public String getName() {
        return store.region();
    }

    @Override
    public RegionFactory getRegionFactory() {
        return store.factory();
    }

    @Override
    public void clear() {
        store.clear();
    }

    @Override
    public void destroy() {
        store.factory().forget(store);
    }

    @Override
    public long getElementCountInMemory() {
        return store.size();
    }
}
