package io.hibernateshards.boot;

import org.hibernate.boot.SessionFactoryBuilder;
import org.hibernate.boot.spi.MetadataImplementor;
import org.hibernate.boot.spi.SessionFactoryBuilderFactory;
import org.hibernate.boot.spi.SessionFactoryBuilderImplementor;
import org.hibernate.service.spi.ServiceRegistryImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Makes the factory of a registry that has shards a {@link io.hibernateshards.ShardedSessionFactory}. Found by Hibernate;
 * not to be called.
 *
 * @since 0.1
 */
public final class ShardedSessionFactoryBuilderFactory implements SessionFactoryBuilderFactory {
    /** Called by Hibernate. */
    public ShardedSessionFactoryBuilderFactory() {}

    @Override
    public @Nullable SessionFactoryBuilder getSessionFactoryBuilder(
            MetadataImplementor metadata, SessionFactoryBuilderImplementor defaultBuilder) {
        var registry = metadata.getMetadataBuildingOptions().getServiceRegistry();
        if (!(registry instanceof ServiceRegistryImplementor known)
                || known.locateServiceBinding(ShardRuntime.class) == null) {
            return null;
        }
        return new ShardedSessionFactoryBuilder(metadata, defaultBuilder, registry.requireService(ShardRuntime.class));
    }
}
