package io.hibernateshards.internal.cache;

import org.hibernate.cache.cfg.spi.EntityDataCachingConfig;
import org.hibernate.cache.spi.access.AccessType;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/** Entities of one hierarchy. */
final class EntityAccess extends DomainAccess implements EntityDataAccess {
    EntityAccess(DomainRegion region, EntityDataCachingConfig entity) {
        super(
                region,
                entity.getAccessType(),
                entity.isVersioned() ? entity.getVersionComparatorAccess().get() : null);
    }

    @Override
    public Object generateCacheKey(
            Object id, EntityPersister root, SessionFactoryImplementor factory, @Nullable String tenant) {
        return keys().createEntityKey(id, root, factory, tenant);
    }

    @Override
    public Object getCacheKeyId(Object key) {
        return keys().getEntityId(key);
    }

    @Override
    Object idToLoad(Object key) {
        return getCacheKeyId(key);
    }

    @Override
    public boolean insert(
            SharedSessionContractImplementor session, Object key, Object value, @Nullable Object version) {
        return false;
    }

    @Override
    public boolean afterInsert(
            SharedSessionContractImplementor session, Object key, Object value, @Nullable Object version) {
        return putInserted(session, key, value, version);
    }

    /** Before the commit. */
    @Override
    public boolean update(
            SharedSessionContractImplementor session,
            Object key,
            Object value,
            @Nullable Object version,
            @Nullable Object before) {
        if (getAccessType() == AccessType.READ_ONLY) {
            throw new UnsupportedOperationException(
                    key + " has been changed, but is " + this + ": use READ_WRITE for entities that change");
        }
        return false;
    }

    @Override
    public boolean afterUpdate(
            SharedSessionContractImplementor session,
            Object key,
            Object value,
            @Nullable Object version,
            @Nullable Object before,
            @Nullable SoftLock lock) {
        return putWritten(key, value, version, lock);
    }
}
