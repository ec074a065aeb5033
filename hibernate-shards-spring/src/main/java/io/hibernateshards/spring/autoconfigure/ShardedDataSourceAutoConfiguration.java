package io.hibernateshards.spring.autoconfigure;

import javax.sql.DataSource;
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
    DataSource dataSource() {
        return new UnroutedDataSource();
    }
}
