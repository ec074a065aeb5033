package io.hibernateshards.internal.cache;

import jakarta.transaction.Synchronization;
import java.util.Comparator;
import org.hibernate.cache.spi.CacheKeysFactory;
import org.hibernate.cache.spi.DomainDataRegion;
import org.hibernate.cache.spi.access.AccessType;
import org.hibernate.cache.spi.access.CachedDomainDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * What accesses of all kinds and types have in common, which is nearly everything: they differ in what they take in when a
 * transaction ends. {@code NONSTRICT_READ_WRITE} takes in nothing then, but holds nothing old either.
 */
abstract class DomainAccess implements CachedDomainDataAccess {
    private final DomainRegion region;
    private final AccessType type;
    private final @Nullable Comparator<Object> versions;

    DomainAccess(DomainRegion region, AccessType type, @Nullable Comparator<Object> versions) {
        this.region = region;
        this.type = type;
        this.versions = versions;
    }

    final RegionStore store() {
        return region.store();
    }

    final CacheKeysFactory keys() {
        return region.keys();
    }

    @Override
    public DomainDataRegion getRegion() {
        return region;
    }

    @Override
    public AccessType getAccessType() {
        return type;
    }

    @Override
    public @Nullable Object get(SharedSessionContractImplementor session, Object key) {
        RegionStore store = store();
        if (!store.factory().mayRead(session)) {
            return null;
        }
        SessionView view = SessionView.of(session);
        Object found = store.read(key, view);
        Object id = found == null ? idToLoad(key) : null;
        return id != null && store.awaitLoad(key, id, session, view) ? store.read(key, view) : found;
    }

    /** The id by which Hibernate loads what is missed, or null where several may as well do so at once. */
    @Nullable
    Object idToLoad(Object key) {
        return null;
    }

    @Override
    public boolean putFromLoad(
            SharedSessionContractImplementor session, Object key, Object value, @Nullable Object version) {
        return putFromLoad(session, key, value, version, false);
    }

    @Override
    public boolean putFromLoad(
            SharedSessionContractImplementor session,
            Object key,
            Object value,
            @Nullable Object version,
            boolean minimalPuts) {
        RegionStore store = store();
        SessionView view = SessionView.of(session);
        try {
            long asOf = store.factory().freshness().asOf(session);
            return store.loaded(key, value, version, versions, view, asOf, minimalPuts);
        } finally {
            store.endLoad(key, view);
        }
    }

    @Override
    public SoftLock lockItem(SharedSessionContractImplementor session, Object key, @Nullable Object version) {
        RegionStore store = store();
        store.factory().changes().changed(session, store.region(), key);
        return store.lock(key);
    }

    @Override
    public void unlockItem(SharedSessionContractImplementor session, Object key, @Nullable SoftLock lock) {
        store().unlock(key, (WriteLock) lock);
    }

    /** The lock that was taken before does it; but what commits by itself has been committed only now. */
    @Override
    public void remove(SharedSessionContractImplementor session, Object key) {
        RegionStore store = store();
        if (session.isTransactionInProgress()) {
            store.cache().invalidate(key);
        } else {
            store.invalidate(key);
            store.factory().changes().changed(session, store.region(), key);
        }
    }

    /**
     * Hibernate tells of a bulk operation before it runs, and of its end only in sessions that are not stateless. What others
     * have stays valid till then.
     */
    @Override
    public void removeAll(SharedSessionContractImplementor session) {
        RegionStore store = store();
        SessionView view = SessionView.of(session);
        if (session.isTransactionInProgress() && view.hasChanged(store)) {
            return; // once in a transaction
        }
        store.factory().changes().allChanged(session, store.region());
        view.changes(store);
        if (session.isTransactionInProgress()) {
            session.getTransactionCoordinator()
                    .getLocalSynchronizations()
                    .registerSynchronization(new ClearedAtEnd(store));
        } else {
            store.clear();
        }
    }

    private record ClearedAtEnd(RegionStore store) implements Synchronization {
        @Override
        public void beforeCompletion() {
            // only the end counts
        }

        @Override
        public void afterCompletion(int status) {
            store.clear();
        }
    }

    @Override
    public boolean contains(Object key) {
        return store().contains(key);
    }

    @Override
    public @Nullable SoftLock lockRegion() {
        return null;
    }

    @Override
    public void unlockRegion(@Nullable SoftLock lock) {
        store().clear();
    }

    @Override
    public void evict(Object key) {
        store().invalidate(key);
    }

    @Override
    public void evictAll() {
        store().clear();
    }

    final boolean putWritten(Object key, Object value, @Nullable Object version, @Nullable SoftLock lock) {
        if (type == AccessType.READ_WRITE && lock instanceof WriteLock own) {
            return store().written(key, value, version, own);
        }
        store().unlock(key, (WriteLock) lock);
        return false;
    }

    final boolean putInserted(
            SharedSessionContractImplementor session, Object key, Object value, @Nullable Object version) {
        return type != AccessType.NONSTRICT_READ_WRITE
                && store().inserted(key, value, version, SessionView.of(session).getCachingTimestamp());
    }

    @Override
    public String toString() {
        return type.name() + " in region \"" + region.getName() + "\"";
    }
}
