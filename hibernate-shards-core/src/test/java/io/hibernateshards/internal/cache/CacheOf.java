package io.hibernateshards.internal.cache;

import org.hibernate.SessionFactory;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** What a session factory's cache is connected with. */
public final class CacheOf {
    private CacheOf() {}

    public static ChangeListener listener(SessionFactory factory) {
        return ((CaffeineRegionFactory) factory.unwrap(SessionFactoryImplementor.class)
                        .getCache()
                        .getRegionFactory())
                .changes();
    }
}
