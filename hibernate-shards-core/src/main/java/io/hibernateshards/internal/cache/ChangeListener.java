package io.hibernateshards.internal.cache;

import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * Is told of each change to what regions may hold, before its SQL is sent: within the transaction, if there is one, and
 * whether it commits or not. The caches of other JVMs hold the same keys.
 */
public interface ChangeListener {
    /** Nobody else caches. */
    ChangeListener NONE = new ChangeListener() {
        @Override
        public void changed(SharedSessionContractImplementor session, String region, Object key) {
            // nobody to tell
        }

        @Override
        public void allChanged(SharedSessionContractImplementor session, String region) {
            // nobody to tell
        }

        @Override
        public void spacesChanged(SharedSessionContractImplementor session, String[] tables) {
            // nobody to tell
        }
    };

    /** One entry: an entity, a collection or what a natural id stands for. */
    void changed(SharedSessionContractImplementor session, String region, Object key);

    /** Any entry of a region, by a bulk operation. */
    void allChanged(SharedSessionContractImplementor session, String region);

    /** Rows of tables, for the results of queries. */
    void spacesChanged(SharedSessionContractImplementor session, String[] tables);
}
