package io.hibernateshards.internal.cache;

import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** How fresh what a session reads is, where that is not plainly what its database has. */
public interface Freshness {
    /** Sessions read their database, and whoever changes it tells the cache. */
    Freshness DATABASE = new Freshness() {
        @Override
        public long asOf(SharedSessionContractImplementor session) {
            return session.getCacheTransactionSynchronization().getCachingTimestamp();
        }

        @Override
        public boolean mayRead(SharedSessionContractImplementor session) {
            return true;
        }
    };

    /**
     * A time, as {@link CaffeineRegionFactory#nextTimestamp()} tells it, before which all commits are seen by what the session
     * reads from its database. What it loads is cached only if nothing has changed it since.
     */
    long asOf(SharedSessionContractImplementor session);

    /** Whether the session may have what the cache holds; else it is a miss, as changes of other JVMs may not have arrived. */
    boolean mayRead(SharedSessionContractImplementor session);
}
