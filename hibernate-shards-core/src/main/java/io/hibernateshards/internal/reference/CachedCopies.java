package io.hibernateshards.internal.reference;

import jakarta.transaction.Synchronization;
import org.hibernate.cache.spi.access.CachedDomainDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/** The second-level cache's entries of a row that is written past Hibernate: locked until the transaction ends, as Hibernate does it. */
final class CachedCopies {
    private CachedCopies() {}

    static void lock(EntityPersister persister, Object id, SharedSessionContractImplementor child) {
        EntityPersister root = persister.getRootEntityDescriptor().getEntityPersister();
        lock(
                persister.canWriteToCache() ? persister.getCacheAccessStrategy() : null,
                access -> persister
                        .getCacheAccessStrategy()
                        .generateCacheKey(id, root, child.getFactory(), child.getTenantIdentifier()),
                child);
        persister.getAttributeMappings().forEach(attribute -> {
            if (attribute instanceof PluralAttributeMapping plural) {
                CollectionPersister collection = plural.getCollectionDescriptor();
                lock(
                        collection.hasCache() ? collection.getCacheAccessStrategy() : null,
                        access -> collection
                                .getCacheAccessStrategy()
                                .generateCacheKey(id, collection, child.getFactory(), child.getTenantIdentifier()),
                        child);
            }
        });
    }

    @FunctionalInterface
    private interface Key {
        Object of(CachedDomainDataAccess access);
    }

    private static void lock(@Nullable CachedDomainDataAccess access, Key key, SharedSessionContractImplementor child) {
        if (access == null) {
            return;
        }
        Object locked = key.of(access);
        SoftLock lock = access.lockItem(child, locked, null);
        child.getTransactionCoordinator().getLocalSynchronizations().registerSynchronization(new Synchronization() {
            @Override
            public void beforeCompletion() {
                // only the end counts
            }

            @Override
            public void afterCompletion(int status) {
                access.unlockItem(child, locked, lock);
            }
        });
    }
}
