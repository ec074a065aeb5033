package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.spring.jdbc.ShardedDataSource;
import jakarta.persistence.EntityManagerFactory;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * The data source, in place of the one that Spring Boot would make of {@code spring.datasource.*}, once a shard is
 * configured.
 *
 * @since 0.1
 */
@AutoConfiguration(before = DataSourceAutoConfiguration.class)
@ConditionalOnShards
public final class ShardedDataSourceAutoConfiguration {
    /** Called by Spring. */
    public ShardedDataSourceAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(DataSource.class)
    ShardedDataSource dataSource(ObjectProvider<EntityManagerFactory> factory) {
        return new ShardedDataSource(factory::getObject);
    }
}
