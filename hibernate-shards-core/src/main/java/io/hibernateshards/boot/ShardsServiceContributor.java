package io.hibernateshards.boot;

import io.hibernateshards.ShardSettings;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.service.spi.ServiceContributor;

/**
 * Turns sharding on wherever a registry is built with settings under {@link ShardSettings#PREFIX}. Found by Hibernate; not
 * to be called.
 *
 * @since 0.1
 */
public final class ShardsServiceContributor implements ServiceContributor {
    /** Called by Hibernate. */
    public ShardsServiceContributor() {}

    @Override
    public void contribute(StandardServiceRegistryBuilder builder) {
        if (builder.getSettings().keySet().stream().noneMatch(name -> name.startsWith(ShardSettings.PREFIX))) {
            return;
        }
        ShardRuntime.contribute(builder);
    }
}
