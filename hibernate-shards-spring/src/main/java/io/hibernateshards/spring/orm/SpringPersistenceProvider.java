package io.hibernateshards.spring.orm;

import io.hibernateshards.boot.ShardedPersistenceProvider;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.spi.PersistenceUnitInfo;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.orm.jpa.persistenceunit.SmartPersistenceUnitInfo;

/** Gives Hibernate the annotated packages, too, that Spring found when it looked for entities. */
final class SpringPersistenceProvider extends ShardedPersistenceProvider {
    @Override
    public EntityManagerFactory createContainerEntityManagerFactory(
            PersistenceUnitInfo info, @Nullable Map<?, ?> properties) {
        return super.createContainerEntityManagerFactory(
                info instanceof SmartPersistenceUnitInfo unit ? withPackages(unit) : info, properties);
    }

    private static PersistenceUnitInfo withPackages(SmartPersistenceUnitInfo unit) {
        List<String> names = new ArrayList<>(unit.getManagedClassNames());
        names.addAll(unit.getManagedPackages());
        // a proxy, as Spring's own unit is one: which methods it has differs between versions of JPA
        return (PersistenceUnitInfo) Proxy.newProxyInstance(
                SmartPersistenceUnitInfo.class.getClassLoader(),
                new Class<?>[] {SmartPersistenceUnitInfo.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("getManagedClassNames")) {
                        return List.copyOf(names);
                    }
                    try {
                        return method.invoke(unit, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }
}
