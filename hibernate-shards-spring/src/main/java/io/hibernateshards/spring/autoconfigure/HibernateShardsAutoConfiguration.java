package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.ShardedSessionFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.boot.transaction.jta.autoconfigure.JtaAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

/**
 * The entity manager factory, which is a {@link ShardedSessionFactory}, and its transaction manager, in place of those that
 * Spring Boot would make for one database, once a shard is configured. Everything else is as Boot has it: {@code
 * spring.jpa.*}, {@code @EntityScan}, open-in-view, customizers, repositories. Each bean backs off for one of the
 * application's.
 *
 * @since 0.1
 */
@AutoConfiguration(
        after = {JtaAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class},
        before = {
            HibernateJpaAutoConfiguration.class,
            DataJpaRepositoriesAutoConfiguration.class,
            TransactionAutoConfiguration.class,
            DataSourceTransactionManagerAutoConfiguration.class
        })
@ConditionalOnClass({LocalContainerEntityManagerFactoryBean.class, ShardedSessionFactory.class})
@ConditionalOnShards
@Import(ShardedJpaConfiguration.class)
public final class HibernateShardsAutoConfiguration {
    /** Called by Spring. */
    public HibernateShardsAutoConfiguration() {}
}
