package io.hibernateshards.internal.cache;

import java.util.HashSet;
import java.util.Set;
import org.hibernate.cache.spi.CacheTransactionSynchronization;
import org.hibernate.cache.spi.RegionFactory;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * What the cache knows of a session: when its transaction began, and what it has changed in it without saying which entries
 * that concerns. Of that, it must neither see what others have nor give what it loads to others.
 */
final class SessionView implements CacheTransactionSynchronization {
    private final RegionFactory factory;
    private long began;

    /** Regions and tables. */
    private @Nullable Set<Object> changed;

    SessionView(RegionFactory factory) {
        this.factory = factory;
        began = factory.nextTimestamp();
    }

    static SessionView of(SharedSessionContractImplementor session) {
        return (SessionView) session.getCacheTransactionSynchronization();
    }

    @Override
    public long getCachingTimestamp() {
        return began;
    }

    void changes(Object regionOrTable) {
        if (changed == null) {
            changed = new HashSet<>(4);
        }
        changed.add(regionOrTable);
    }

    boolean hasChanged(Object regionOrTable) {
        return changed != null && changed.contains(regionOrTable);
    }

    @Override
    public void transactionJoined() {
        began = factory.nextTimestamp();
        changed = null;
    }

    @Override
    public void transactionCompleting() {
        // what is still to be flushed is locked as anything else
    }

    @Override
    public void transactionCompleted(boolean successful) {
        changed = null;
    }
}
