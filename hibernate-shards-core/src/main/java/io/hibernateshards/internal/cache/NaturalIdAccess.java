package io.hibernateshards.internal.cache;

import org.hibernate.cache.cfg.spi.NaturalIdDataCachingConfig;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/** The ids that natural ids of one hierarchy stand for. */
final class NaturalIdAccess extends DomainAccess implements NaturalIdDataAccess {
    NaturalIdAccess(DomainRegion region, NaturalIdDataCachingConfig naturalId) {
        super(region, naturalId.getAccessType(), null);
    }

    @Override
    public Object generateCacheKey(Object naturalId, EntityPersister root, SharedSessionContractImplementor session) {
        return keys().createNaturalIdKey(naturalId, root, session);
    }

    @Override
    public Object getNaturalIdValues(Object key) {
        return keys().getNaturalIdValues(key);
    }

    /** Before the commit. It may have been another row's, whose removal Hibernate does not tell in time. */
    @Override
    public boolean insert(SharedSessionContractImplementor session, Object key, Object value) {
        RegionStore store = store();
        store.factory().changes().changed(session, store.region(), key);
        return false;
    }

    @Override
    public boolean afterInsert(SharedSessionContractImplementor session, Object key, Object value) {
        boolean put = putInserted(session, key, value, null);
        if (!put) {
            store().invalidate(key);
        }
        return put;
    }

    @Override
    public boolean update(SharedSessionContractImplementor session, Object key, Object value) {
        return false;
    }

    @Override
    public boolean afterUpdate(
            SharedSessionContractImplementor session, Object key, Object value, @Nullable SoftLock lock) {
        return putWritten(key, value, null, lock);
    }
}
