package io.hibernateshards.spring.migrate;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.spring.autoconfigure.HibernateShardsAutoConfiguration;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * Turns the application into the command that imports a database into its shards, once {@code
 * hibernate.shards.spring.import.url} is set: after the start it copies, compares, prints a table and ends. Where the shards
 * then do not hold exactly what the source holds the exit code is 2.
 *
 * @since 0.1
 */
@AutoConfiguration(after = HibernateShardsAutoConfiguration.class)
@ConditionalOnProperty("hibernate.shards.spring.import.url")
@EnableConfigurationProperties(ImportProperties.class)
public final class ImportAutoConfiguration {
    /** Called by Spring. */
    public ImportAutoConfiguration() {}

    @Bean
    ImportRunner shardImportRunner(
            ImportProperties properties, EntityManagerFactory factory, ConfigurableApplicationContext context) {
        return new ImportRunner(properties, sharded(factory), context, System.out);
    }

    private static ShardedSessionFactory sharded(EntityManagerFactory factory) {
        try {
            return factory.unwrap(ShardedSessionFactory.class);
        } catch (PersistenceException e) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    "hibernate.shards.spring.import.url is set, but there are no shards to import into: name them in"
                            + " hibernate.shards.shards, and give each its URL as hibernate.shards.shard.<name>.url",
                    e);
        }
    }
}
