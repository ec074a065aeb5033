package io.hibernateshards.internal.cache;

import org.hibernate.cache.spi.QueryResultsRegion;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Results of queries of one shard each, as their keys have the shard. Hibernate dates them by the session's caching timestamp
 * and compares that with what {@link TableTimes} has.
 */
final class QueryRegion extends CachedRegion implements QueryResultsRegion {
    QueryRegion(RegionStore store) {
        super(store);
    }

    @Override
    public @Nullable Object getFromCache(Object key, SharedSessionContractImplementor session) {
        return store().factory().mayRead(session) ? store().result(key) : null;
    }

    /** What is older than Hibernate would date it is not taken in. */
    @Override
    public void putIntoCache(Object key, Object value, SharedSessionContractImplementor session) {
        long began = SessionView.of(session).getCachingTimestamp();
        if (store().factory().freshness().asOf(session) >= began) {
            store().putResult(key, value, began);
        }
    }
}
