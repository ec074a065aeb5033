package io.hibernateshards.spring.orm;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.spring.ShardContext;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.spi.PersistenceProvider;
import org.springframework.orm.jpa.vendor.HibernateJpaDialect;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;

/**
 * Has Spring's {@code LocalContainerEntityManagerFactoryBean} make a sharded factory. The auto-configuration uses it; without
 * Spring Boot:
 *
 * <pre>{@code
 * LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
 * factory.setJpaVendorAdapter(new ShardedJpaVendorAdapter());
 * factory.setPackagesToScan("com.acme.shop");
 * factory.setJpaPropertyMap(shardSettings);
 * }</pre>
 *
 * <p>The factory takes no data source: the shards are among its properties. The entity manager factory and the entity
 * managers that Spring hands out are {@link ShardedSessionFactory} and {@link ShardedSession}.
 *
 * @since 0.1
 */
public class ShardedJpaVendorAdapter extends HibernateJpaVendorAdapter {
    private final ShardedJpaDialect dialect = new ShardedJpaDialect();
    private final PersistenceProvider provider = new SpringPersistenceProvider();

    /** An adapter without options. */
    @SuppressWarnings("this-escape") // of Spring's own class only
    public ShardedJpaVendorAdapter() {
        // else each session would hold a connection of every shard it has used until it is closed, in web requests till
        // the view is rendered
        super.setPrepareConnection(false);
    }

    /** Has its sessions heed {@link ShardContext} and what else surrounds them. */
    @Override
    public void postProcessEntityManagerFactory(EntityManagerFactory factory) {
        ShardContext.applyTo(factory.unwrap(ShardedSessionFactory.class));
    }

    @Override
    public PersistenceProvider getPersistenceProvider() {
        return provider;
    }

    @Override
    public HibernateJpaDialect getJpaDialect() {
        return dialect;
    }

    @Override
    public Class<? extends EntityManagerFactory> getEntityManagerFactoryInterface() {
        return ShardedSessionFactory.class;
    }

    @Override
    public Class<? extends EntityManager> getEntityManagerInterface() {
        return ShardedSession.class;
    }
}
