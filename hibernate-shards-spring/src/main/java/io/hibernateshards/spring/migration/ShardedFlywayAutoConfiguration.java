package io.hibernateshards.spring.migration;

import io.hibernateshards.spring.autoconfigure.ConditionalOnShards;
import io.hibernateshards.spring.autoconfigure.ShardedDataSourceAutoConfiguration;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayDataSource;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationInitializer;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.flyway.autoconfigure.FlywayProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Flyway on every shard. Boot's own auto-configuration makes the {@code Flyway} of {@code spring.flyway.*}, which this one
 * copies for each shard.
 *
 * @since 0.1
 */
@AutoConfiguration(after = ShardedDataSourceAutoConfiguration.class, before = FlywayAutoConfiguration.class)
@ConditionalOnClass({Flyway.class, FlywayMigrationInitializer.class})
@ConditionalOnShards
@ConditionalOnBooleanProperty(name = "spring.flyway.enabled", matchIfMissing = true)
@ConditionalOnMissingBean({Flyway.class, FlywayMigrationInitializer.class})
@EnableConfigurationProperties(FlywayProperties.class)
public final class ShardedFlywayAutoConfiguration {
    private final List<ShardDatabase> shards;

    ShardedFlywayAutoConfiguration(Environment environment, FlywayProperties properties) {
        shards = ShardDatabase.all(environment, "spring.flyway", properties.getUser(), properties.getPassword());
    }

    /** What Boot's {@code Flyway} itself is connected to, for its endpoint and to find out about the vendor. */
    @Bean(defaultCandidate = false)
    @FlywayDataSource
    DataSource flywayDataSource() {
        return shards.get(0);
    }

    @Bean
    ShardedFlyway flywayInitializer(Flyway flyway, ObjectProvider<FlywayMigrationStrategy> strategy) {
        return new ShardedFlyway(flyway, strategy.getIfAvailable(), shards);
    }
}
