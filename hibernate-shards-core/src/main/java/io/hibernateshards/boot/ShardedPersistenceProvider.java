package io.hibernateshards.boot;

import io.hibernateshards.ShardSettings;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceConfiguration;
import jakarta.persistence.spi.PersistenceUnitInfo;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.hibernate.cfg.Environment;
import org.hibernate.jpa.HibernatePersistenceProvider;
import org.hibernate.jpa.boot.spi.PersistenceUnitDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Starts a persistence unit that names this class as its {@code <provider>}. The factory it returns is a {@link
 * io.hibernateshards.ShardedSessionFactory}. Needs at least {@code hibernate.shards.shards} among the unit's properties.
 *
 * @since 0.1
 */
public class ShardedPersistenceProvider extends HibernatePersistenceProvider {
    private static final String PROVIDER = "jakarta.persistence.provider";

    /** Called by JPA. */
    public ShardedPersistenceProvider() {}

    @Override
    @SuppressWarnings("rawtypes")
    public @Nullable EntityManagerFactory createEntityManagerFactory(
            @Nullable String persistenceUnitName, @Nullable Map properties) {
        Map<?, ?> settings = wrap(properties);
        for (PersistenceUnitDescriptor unit : locatePersistenceUnits(settings, null, null)) {
            boolean named = persistenceUnitName == null || persistenceUnitName.equals(unit.getName());
            if (named && isMine(unit, settings)) {
                return getEntityManagerFactoryBuilder(
                                unit, sharded(settings, unit.getProperties().stringPropertyNames()), (ClassLoader) null)
                        .build();
            }
        }
        return null;
    }

    @Override
    public EntityManagerFactory createContainerEntityManagerFactory(
            PersistenceUnitInfo info, @Nullable Map<?, ?> properties) {
        return super.createContainerEntityManagerFactory(
                info, sharded(wrap(properties), info.getProperties().stringPropertyNames()));
    }

    /** Null for a configuration that neither names this provider nor any shard: another provider's. */
    @Override
    public @Nullable EntityManagerFactory createEntityManagerFactory(PersistenceConfiguration configuration) {
        boolean mine = getClass().getName().equals(configuration.provider());
        if (mine && !hasShards(configuration.properties().keySet())) {
            configuration.property(ShardSettings.SHARDS, "");
        }
        return mine
                        || configuration.provider() == null
                                && hasShards(configuration.properties().keySet())
                ? super.createEntityManagerFactory(configuration)
                : null;
    }

    /** A unit without shards is an error of its settings, not a factory that knows none. */
    private static Map<?, ?> sharded(Map<?, ?> settings, Collection<String> ofUnit) {
        if (hasShards(ofUnit) || hasShards(settings.keySet())) {
            return settings;
        }
        Map<Object, Object> without = new HashMap<>(settings);
        without.put(ShardSettings.SHARDS, "");
        return without;
    }

    private static boolean hasShards(Collection<?> names) {
        return names.stream().anyMatch(ShardedPersistenceProvider::isOurs)
                || Environment.getProperties().keySet().stream().anyMatch(ShardedPersistenceProvider::isOurs);
    }

    private static boolean isOurs(Object name) {
        return Settings.isOfFactory(name.toString());
    }

    private static boolean isMine(PersistenceUnitDescriptor unit, Map<?, ?> settings) {
        Object asked = settings.get(PROVIDER);
        String provider = asked != null ? asked.toString() : unit.getProviderClassName();
        return ShardedPersistenceProvider.class.getName().equals(provider);
    }

    /** By starting the unit, with its schema actions, and closing it again: Hibernate's own way reaches one shard. */
    @Override
    @SuppressWarnings("rawtypes")
    public boolean generateSchema(@Nullable String persistenceUnitName, @Nullable Map properties) {
        EntityManagerFactory factory = createEntityManagerFactory(persistenceUnitName, properties);
        if (factory != null) {
            factory.close();
        }
        return factory != null;
    }

    @Override
    public void generateSchema(PersistenceUnitInfo info, @Nullable Map<?, ?> properties) {
        createContainerEntityManagerFactory(info, properties).close();
    }
}
