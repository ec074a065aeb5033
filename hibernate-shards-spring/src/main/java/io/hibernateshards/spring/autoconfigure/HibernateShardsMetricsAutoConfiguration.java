package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.spi.ShardObserver;
import io.hibernateshards.spring.actuate.MeteredOperations;
import io.hibernateshards.spring.actuate.Observers;
import io.hibernateshards.spring.actuate.OperationRecorder;
import io.hibernateshards.spring.actuate.ShardMetrics;
import io.hibernateshards.spring.actuate.ShardsReporter;
import io.hibernateshards.spring.actuate.TimedOperations;
import io.hibernateshards.spring.actuate.TracedOperations;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.observation.ObservationRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Metrics if the application has a meter registry, and observations if it traces, or {@code
 * hibernate.shards.spring.tracing.enabled} is on.
 * Every bean that is a {@link ShardObserver} is told what sessions do, the application's own among them.
 *
 * @since 0.1
 */
@AutoConfiguration(
        before = HibernateShardsAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            "org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration"
        })
@ConditionalOnShards
@Import(ShardsReporterConfiguration.class)
public final class HibernateShardsMetricsAutoConfiguration {
    /** Called by Spring. */
    public HibernateShardsMetricsAutoConfiguration() {}

    /** Nothing is set if there is nobody to tell: the core then does not even ask for the time. */
    @Bean
    HibernatePropertiesCustomizer shardObserversCustomizer(
            ObjectProvider<ShardObserver> observers, ObjectProvider<OperationRecorder> recorders) {
        return properties -> {
            List<ShardObserver> all = new ArrayList<>(observers.orderedStream().toList());
            List<OperationRecorder> timed = recorders.orderedStream().toList();
            if (!timed.isEmpty()) {
                all.add(new TimedOperations(timed));
            }
            if (!all.isEmpty()) {
                properties.putIfAbsent(ShardSettings.OBSERVER, new Observers(all));
            }
        };
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterRegistry.class)
    @ConditionalOnBean(MeterRegistry.class)
    @ConditionalOnBooleanProperty(name = "hibernate.shards.spring.metrics.enabled", matchIfMissing = true)
    static class Metrics {
        @Bean
        @ConditionalOnMissingBean
        MeteredOperations shardMeteredOperations(MeterRegistry registry) {
            return new MeteredOperations(registry);
        }

        /** The factory may be made after this has been decided on. */
        @Bean
        @ConditionalOnMissingBean(name = "shardMetrics")
        MeterBinder shardMetrics(
                ObjectProvider<EntityManagerFactory> factory, ObjectProvider<ShardsReporter> reporter) {
            return registry -> factory.ifUnique(
                    unique -> new ShardMetrics(unique.unwrap(ShardedSessionFactory.class), reporter.getObject())
                            .bindTo(registry));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ObservationRegistry.class)
    @ConditionalOnBean(ObservationRegistry.class)
    @Conditional(OnTracing.class)
    static class Tracing {
        @Bean
        @ConditionalOnMissingBean
        TracedOperations shardTracedOperations(ObservationRegistry registry) {
            return new TracedOperations(registry);
        }

        @Configuration(proxyBeanMethods = false)
        @ConditionalOnClass(MeterFilter.class)
        static class WithMetrics {
            /** They are timed already, for less. */
            @Bean
            MeterFilter shardTracedOperationsMeterFilter() {
                return MeterFilter.denyNameStartsWith("hibernate.shards.traced");
            }
        }
    }

    /** Observations cost more than timers do, so they are made for who wants spans. */
    static class OnTracing extends AnyNestedCondition {
        private static final String ENABLED = "hibernate.shards.spring.tracing.enabled";

        OnTracing() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnBooleanProperty(name = ENABLED)
        static class Wanted {}

        @ConditionalOnBooleanProperty(name = ENABLED, matchIfMissing = true)
        @ConditionalOnBean(type = "io.micrometer.tracing.Tracer")
        static class Traced {}
    }
}
