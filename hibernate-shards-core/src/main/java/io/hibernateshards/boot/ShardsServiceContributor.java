package io.hibernateshards.boot;

import io.hibernateshards.ShardSettings;
import io.hibernateshards.internal.cache.CaffeineRegionFactory;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cfg.CacheSettings;
import org.hibernate.service.spi.ServiceContributor;

/**
 * Turns sharding on wherever a registry is built with settings under {@link ShardSettings#PREFIX}, but for those of the
 * starter for Spring Boot, and of the second-level cache, which plain session factories may use too. Found by Hibernate; not
 * to be called.
 *
 * @since 0.1
 */
public final class ShardsServiceContributor implements ServiceContributor {
    /** Called by Hibernate. */
    public ShardsServiceContributor() {}

    @Override
    public void contribute(StandardServiceRegistryBuilder builder) {
        nameCache(builder);
        if (builder.getSettings().keySet().stream().noneMatch(ShardsServiceContributor::isOfShards)) {
            return;
        }
        ShardRuntime.contribute(builder);
    }

    /** Were the name registered as Hibernate has it, every application would have the cache, wanted or not. */
    private static void nameCache(StandardServiceRegistryBuilder builder) {
        Object wanted = builder.getSettings().get(CacheSettings.CACHE_REGION_FACTORY);
        if (wanted != null && wanted.toString().equals(CaffeineRegionFactory.NAME)) {
            builder.applySetting(CacheSettings.CACHE_REGION_FACTORY, CaffeineRegionFactory.class.getName());
        }
    }

    private static boolean isOfShards(String name) {
        return Settings.isOfFactory(name)
                && (!name.startsWith(ShardSettings.CACHE + ".") || name.equals(ShardSettings.CACHE_COHERENCE));
    }
}
