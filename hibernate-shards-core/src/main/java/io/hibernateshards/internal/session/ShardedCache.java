package io.hibernateshards.internal.session;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import java.util.function.BiPredicate;
import org.hibernate.Cache;
import org.hibernate.cache.spi.access.CachedDomainDataAccess;
import org.hibernate.cache.spi.access.CollectionDataAccess;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/** Keys of the second-level cache hold the tenant, so what names one entry is done for each shard's. */
final class ShardedCache implements Cache {
    private final ShardedSessionFactoryImpl factory;
    private final SessionFactoryImplementor inner;

    ShardedCache(ShardedSessionFactoryImpl factory, SessionFactoryImplementor inner) {
        this.factory = factory;
        this.inner = inner;
    }

    private Cache cache() {
        return inner.getCache();
    }

    private boolean anyEntity(String entityName, Object id, BiPredicate<EntityDataAccess, Object> action) {
        EntityPersister persister = inner.getMappingMetamodel().getEntityDescriptor(entityName);
        EntityDataAccess access = persister.getCacheAccessStrategy();
        if (access == null) {
            return false;
        }
        Object coerced = persister.getIdentifierMapping().getJavaType().coerce(id);
        EntityPersister root = persister.getRootEntityDescriptor().getEntityPersister();
        boolean any = false;
        for (ShardId shard : factory.getTopology().shards()) {
            any |= action.test(access, access.generateCacheKey(coerced, root, inner, shard.toString()));
        }
        return any;
    }

    private boolean anyCollection(String role, Object ownerId, BiPredicate<CollectionDataAccess, Object> action) {
        CollectionPersister persister = inner.getMappingMetamodel().getCollectionDescriptor(role);
        CollectionDataAccess access = persister.getCacheAccessStrategy();
        if (access == null) {
            return false;
        }
        boolean any = false;
        for (ShardId shard : factory.getTopology().shards()) {
            any |= action.test(access, access.generateCacheKey(ownerId, persister, inner, shard.toString()));
        }
        return any;
    }

    private static boolean evict(CachedDomainDataAccess access, Object key) {
        access.evict(key);
        return true;
    }

    @Override
    public ShardedSessionFactory getSessionFactory() {
        return factory;
    }

    @Override
    public boolean containsEntity(Class<?> entityClass, Object id) {
        return containsEntity(entityClass.getName(), id);
    }

    @Override
    public boolean containsEntity(String entityName, Object id) {
        return anyEntity(entityName, id, EntityDataAccess::contains);
    }

    @Override
    public boolean contains(Class<?> entityClass, Object id) {
        return containsEntity(entityClass.getName(), id);
    }

    @Override
    public void evictEntityData(Class<?> entityClass, Object id) {
        evictEntityData(entityClass.getName(), id);
    }

    @Override
    public void evictEntityData(String entityName, Object id) {
        anyEntity(entityName, id, ShardedCache::evict);
    }

    @Override
    public void evict(Class<?> entityClass, Object id) {
        evictEntityData(entityClass.getName(), id);
    }

    @Override
    public boolean containsCollection(String role, Object ownerId) {
        return anyCollection(role, ownerId, CollectionDataAccess::contains);
    }

    @Override
    public void evictCollectionData(String role, Object ownerId) {
        anyCollection(role, ownerId, ShardedCache::evict);
    }

    @Override
    public void evictEntityData(Class<?> entityClass) {
        cache().evictEntityData(entityClass);
    }

    @Override
    public void evictEntityData(String entityName) {
        cache().evictEntityData(entityName);
    }

    @Override
    public void evictEntityData() {
        cache().evictEntityData();
    }

    @Override
    public void evict(Class<?> entityClass) {
        cache().evictEntityData(entityClass.getName());
    }

    @Override
    public void evictNaturalIdData(Class<?> entityClass) {
        cache().evictNaturalIdData(entityClass);
    }

    @Override
    public void evictNaturalIdData(String entityName) {
        cache().evictNaturalIdData(entityName);
    }

    @Override
    public void evictNaturalIdData() {
        cache().evictNaturalIdData();
    }

    @Override
    public void evictCollectionData(String role) {
        cache().evictCollectionData(role);
    }

    @Override
    public void evictCollectionData() {
        cache().evictCollectionData();
    }

    @Override
    public boolean containsQuery(String regionName) {
        return cache().containsQuery(regionName);
    }

    @Override
    public void evictDefaultQueryRegion() {
        cache().evictDefaultQueryRegion();
    }

    @Override
    public void evictQueryRegion(String regionName) {
        cache().evictQueryRegion(regionName);
    }

    @Override
    public void evictQueryRegions() {
        cache().evictQueryRegions();
    }

    @Override
    public void evictRegion(String regionName) {
        cache().evictRegion(regionName);
    }

    @Override
    public void evictAll() {
        cache().evictAll();
    }

    @Override
    public void evictAllRegions() {
        cache().evictAllRegions();
    }

    @Override
    public <T> @Nullable T unwrap(Class<T> type) {
        return type.isInstance(this) ? type.cast(this) : cache().unwrap(type);
    }
}
