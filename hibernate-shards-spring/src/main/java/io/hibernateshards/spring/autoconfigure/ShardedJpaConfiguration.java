package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.spring.orm.ShardedJpaVendorAdapter;
import jakarta.persistence.EntityManagerFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.hibernate.boot.model.naming.ImplicitNamingStrategy;
import org.hibernate.boot.model.naming.PhysicalNamingStrategy;
import org.hibernate.cfg.AvailableSettings;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.hibernate.autoconfigure.HibernateProperties;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.boot.hibernate.autoconfigure.HibernateSettings;
import org.springframework.boot.jpa.EntityManagerFactoryBuilder;
import org.springframework.boot.jpa.autoconfigure.JpaBaseConfiguration;
import org.springframework.boot.jpa.autoconfigure.JpaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.AbstractJpaVendorAdapter;
import org.springframework.transaction.jta.JtaTransactionManager;

/** What Boot's own configuration of Hibernate does, but for the data source: the shards are among the properties. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(HibernateProperties.class)
class ShardedJpaConfiguration extends JpaBaseConfiguration {
    private final HibernateProperties hibernate;
    private final ShardProperties shards;
    private final ObjectProvider<SQLExceptionTranslator> translators;
    private final List<HibernatePropertiesCustomizer> customizers = new ArrayList<>();

    ShardedJpaConfiguration(
            Environment environment,
            JpaProperties jpa,
            HibernateProperties hibernate,
            ObjectProvider<JtaTransactionManager> jta,
            ObjectProvider<PhysicalNamingStrategy> physicalNaming,
            ObjectProvider<ImplicitNamingStrategy> implicitNaming,
            ObjectProvider<SQLExceptionTranslator> translators,
            ObjectProvider<HibernatePropertiesCustomizer> customizers) {
        super(new DelegatingDataSource(), jpa, jta); // Boot wants one, and nobody asks it
        this.hibernate = hibernate;
        this.shards = ShardProperties.of(environment);
        this.translators = translators;
        physicalNaming.ifAvailable(naming -> name(AvailableSettings.PHYSICAL_NAMING_STRATEGY, naming));
        implicitNaming.ifAvailable(naming -> name(AvailableSettings.IMPLICIT_NAMING_STRATEGY, naming));
        customizers.orderedStream().forEach(this.customizers::add);
    }

    private void name(String setting, Object strategy) {
        customizers.add(properties -> properties.put(setting, strategy));
    }

    @Override
    protected AbstractJpaVendorAdapter createJpaVendorAdapter() {
        ShardedJpaVendorAdapter adapter = new ShardedJpaVendorAdapter();
        translators.ifUnique(adapter.getJpaDialect()::setJdbcExceptionTranslator);
        JtaTransactionManager jta = getJtaTransactionManager();
        if (jta != null) {
            adapter.setJtaTransactionManager(jta);
        }
        return adapter;
    }

    /** No schema is made unless it is asked for: these are no embedded databases. */
    @Override
    protected Map<String, Object> getVendorProperties(DataSource dataSource) {
        Map<String, String> given = new LinkedHashMap<>(getProperties().getProperties());
        given.putAll(shards.settings());
        Map<String, Object> all = new LinkedHashMap<>(hibernate.determineHibernateProperties(
                given, new HibernateSettings().ddlAuto(() -> "none").hibernatePropertiesCustomizers(customizers)));
        if (isJta()) {
            all.put(AvailableSettings.JAKARTA_TRANSACTION_TYPE, "JTA");
        }
        return all;
    }

    @Bean
    @Primary
    @Override
    @ConditionalOnMissingBean({LocalContainerEntityManagerFactoryBean.class, EntityManagerFactory.class})
    public LocalContainerEntityManagerFactoryBean entityManagerFactory(
            EntityManagerFactoryBuilder factoryBuilder, PersistenceManagedTypes persistenceManagedTypes) {
        LocalContainerEntityManagerFactoryBean factory = factoryBuilder
                .dataSource(getDataSource())
                .managedTypes(persistenceManagedTypes)
                .mappingResources(getProperties().getMappingResources().toArray(String[]::new))
                .build();
        factory.setDataSource(null);
        return factory;
    }
}
