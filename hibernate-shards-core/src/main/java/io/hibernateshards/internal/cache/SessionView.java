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

    private @Nullable Load load;

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

    /** What others may be waiting for; one at a time. */
    @Nullable
    Load load() {
        return load;
    }

    boolean isLoading(long now) {
        if (load != null && load.isOver(now)) {
            endLoad();
        }
        return load != null;
    }

    void loads(Load begun) {
        load = begun;
    }

    /** It has been put, or refused. */
    void loaded(Loads loads, Object key) {
        if (load != null && load.isOf(loads, key)) {
            endLoad();
        }
    }

    /** Hibernate has loaded something with that id, or nothing. */
    void loaded(Object id) {
        if (load != null && load.id().equals(id)) {
            endLoad();
        }
    }

    private void endLoad() {
        if (load != null) {
            load.ends();
            load = null;
        }
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
        endLoad();
    }
}
