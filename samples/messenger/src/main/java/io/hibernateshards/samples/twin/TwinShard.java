package io.hibernateshards.samples.twin;

import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.Session;
import org.hibernate.jpa.HibernatePersistenceProvider;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.data.jpa.repository.support.JpaRepositoryFactoryBean;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.core.support.RepositoryMethodInvocationListener;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionProxyFactoryBean;
import org.springframework.transaction.support.TransactionTemplate;

/** One server with all that Spring Data needs to use it. */
final class TwinShard implements AutoCloseable {
    final TransactionTemplate writing;
    final TwinShardService service;
    final TwinUserRepository users;
    final TwinCountryRepository countries;
    final TwinConversationRepository conversations;
    final TwinMessageRepository messages;
    final TwinInboxRepository inboxes;

    private final HikariDataSource pool = new HikariDataSource();
    private final LocalContainerEntityManagerFactoryBean factoryBean = new LocalContainerEntityManagerFactoryBean();
    private final EntityManager entityManager;

    /** Its transaction manager is the bean of this name, so that repositories are what they are in any application. */
    TwinShard(
            TwinProperties.Server server,
            int poolSize,
            boolean cache,
            String name,
            ConfigurableListableBeanFactory beans,
            List<RepositoryMethodInvocationListener> listeners) {
        pool.setPoolName(name);
        pool.setJdbcUrl(server.url());
        pool.setUsername(server.username());
        pool.setPassword(server.password());
        pool.setMaximumPoolSize(poolSize);
        pool.setAutoCommit(false);
        String cacheOfUsers = "hibernate.shards.cache.region." + TwinUser.class.getName() + ".";
        factoryBean.setPersistenceUnitName(name);
        factoryBean.setDataSource(pool);
        factoryBean.setPackagesToScan(TwinShard.class.getPackageName());
        factoryBean.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
        factoryBean.setPersistenceProviderClass(HibernatePersistenceProvider.class);
        factoryBean.setJpaPropertyMap(Map.ofEntries(
                Map.entry("hibernate.connection.provider_disables_autocommit", true),
                Map.entry("hibernate.jdbc.batch_size", 50),
                Map.entry("hibernate.cache.use_second_level_cache", cache),
                Map.entry("hibernate.cache.region.factory_class", "caffeine-shards"),
                Map.entry("hibernate.cache.region_prefix", name),
                Map.entry(cacheOfUsers + "max-entries", 50_000), // what the messenger's cache has for all four
                Map.entry(cacheOfUsers + "expire-after-write", 600_000),
                Map.entry(cacheOfUsers + "hot-life", 3_600_000),
                Map.entry(
                        "hibernate.physical_naming_strategy",
                        "org.hibernate.boot.model.naming.PhysicalNamingStrategySnakeCaseImpl")));
        factoryBean.afterPropertiesSet();
        EntityManagerFactory factory = Objects.requireNonNull(factoryBean.getObject());
        JpaTransactionManager transactions = new JpaTransactionManager(factory);
        writing = new TransactionTemplate(transactions);
        entityManager = SharedEntityManagerCreator.createSharedEntityManager(factory);
        beans.registerSingleton(name, transactions);
        Repositories repositories = new Repositories(entityManager, name, beans, listeners);
        users = repositories.of(TwinUserRepository.class);
        countries = repositories.of(TwinCountryRepository.class);
        conversations = repositories.of(TwinConversationRepository.class);
        messages = repositories.of(TwinMessageRepository.class);
        inboxes = repositories.of(TwinInboxRepository.class);
        service = proxied(transactions, beans);
        outsideTransactions("create table if not exists twin_decision (gid text primary key)");
    }

    /** As {@code @EnableJpaRepositories} makes them: with transactions, translated exceptions, and Boot's metrics. */
    private record Repositories(
            EntityManager entityManager,
            String transactions,
            ListableBeanFactory beans,
            List<RepositoryMethodInvocationListener> listeners) {
        <T, K, R extends Repository<T, K>> R of(Class<R> type) {
            JpaRepositoryFactoryBean<R, T, K> bean = new JpaRepositoryFactoryBean<>(type);
            bean.setEntityManager(entityManager);
            bean.setTransactionManager(transactions);
            bean.setBeanFactory(beans);
            bean.addRepositoryFactoryCustomizer(factory -> listeners.forEach(factory::addInvocationListener));
            bean.afterPropertiesSet();
            return bean.getObject();
        }
    }

    /** What {@code @Transactional} makes of a bean, whose transaction manager would be the only one there is. */
    private TwinShardService proxied(PlatformTransactionManager transactions, BeanFactory beans) {
        TransactionProxyFactoryBean bean = new TransactionProxyFactoryBean();
        bean.setBeanFactory(beans);
        bean.setTarget(new TwinShardService(this));
        bean.setProxyTargetClass(true);
        bean.setTransactionManager(transactions);
        bean.setTransactionAttributeSource(new AnnotationTransactionAttributeSource());
        bean.afterPropertiesSet();
        return (TwinShardService) Objects.requireNonNull(bean.getObject());
    }

    /** Not {@code save}, which would ask the server for an id that is set already. */
    void persist(Object entity) {
        entityManager.persist(entity);
    }

    /** Statements of the transaction that is active. */
    void execute(String sql) {
        entityManager.flush();
        entityManager.unwrap(Session.class).doWork(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        });
    }

    void outsideTransactions(String sql) {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(true);
            statement.execute(sql);
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    @Override
    public void close() {
        factoryBean.destroy();
        pool.close();
    }
}
