package io.hibernateshards.boot;

import jakarta.persistence.EntityManagerFactory;
import java.util.Map;
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
                return getEntityManagerFactoryBuilder(unit, settings, (ClassLoader) null)
                        .build();
            }
        }
        return null;
    }

    private static boolean isMine(PersistenceUnitDescriptor unit, Map<?, ?> settings) {
        Object asked = settings.get(PROVIDER);
        String provider = asked != null ? asked.toString() : unit.getProviderClassName();
        return ShardedPersistenceProvider.class.getName().equals(provider);
    }
}
