package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.spring.actuate.ShardsEndpoint;
import io.hibernateshards.spring.actuate.ShardsHealth;
import io.hibernateshards.spring.actuate.ShardsReporter;
import jakarta.persistence.EntityManagerFactory;
import java.util.List;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.StatusAggregator;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Health of the shards and the endpoint {@code shards}.
 *
 * @since 0.1
 */
@AutoConfiguration(
        after = {HibernateShardsAutoConfiguration.class, HibernateJpaAutoConfiguration.class},
        before = HealthEndpointAutoConfiguration.class)
@ConditionalOnShards
@ConditionalOnSingleCandidate(EntityManagerFactory.class)
@Import(ShardsReporterConfiguration.class)
public final class HibernateShardsActuatorAutoConfiguration {
    /** Called by Spring. */
    public HibernateShardsActuatorAutoConfiguration() {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HealthContributor.class)
    static class HealthConfiguration {
        /** What {@code hibernate.shards.spring.health.shard-down} may say. */
        enum ShardDown {
            DEGRADED(ShardsHealth.DEGRADED),
            DOWN(Status.DOWN);

            @SuppressWarnings("ImmutableEnumChecker") // it is
            private final Status status;

            ShardDown(Status status) {
                this.status = status;
            }
        }

        @Bean
        @ConditionalOnEnabledHealthIndicator("shards")
        @ConditionalOnMissingBean(name = "shardsHealthContributor")
        ShardsHealth shardsHealthContributor(EntityManagerFactory factory, Environment environment) {
            ShardDown shardDown = Binder.get(environment)
                    .bind("hibernate.shards.spring.health.shard-down", ShardDown.class)
                    .orElse(ShardDown.DEGRADED);
            return new ShardsHealth(factory.unwrap(ShardedSessionFactory.class), shardDown.status);
        }

        /** Boot's own would ignore a status that it does not know. */
        @Bean
        @ConditionalOnClass(HealthEndpoint.class)
        @ConditionalOnMissingBean
        StatusAggregator healthStatusAggregator(Environment environment) {
            List<String> order = Binder.get(environment)
                    .bind("management.endpoint.health.status.order", Bindable.listOf(String.class))
                    .orElse(List.of());
            return StatusAggregator.of(
                    order.isEmpty()
                            ? List.of(
                                    Status.DOWN.getCode(),
                                    Status.OUT_OF_SERVICE.getCode(),
                                    ShardsHealth.DEGRADED.getCode(),
                                    Status.UP.getCode(),
                                    Status.UNKNOWN.getCode())
                            : order);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
    static class EndpointConfiguration {
        @Bean
        @ConditionalOnAvailableEndpoint(ShardsEndpoint.class)
        @ConditionalOnMissingBean
        ShardsEndpoint shardsEndpoint(ShardsReporter reporter) {
            return new ShardsEndpoint(reporter);
        }
    }
}
