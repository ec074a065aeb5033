package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.spring.actuate.ShardsReporter;
import jakarta.persistence.EntityManagerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/** For whoever reports how the shards are; made only if somebody does. */
@Configuration(proxyBeanMethods = false)
class ShardsReporterConfiguration {
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    ShardsReporter shardsReporter(
            EntityManagerFactory factory,
            @Value("${hibernate.shards.spring.hot-keys.show-ids:false}") boolean showIds) {
        return new ShardsReporter(factory.unwrap(ShardedSessionFactory.class), showIds);
    }
}
