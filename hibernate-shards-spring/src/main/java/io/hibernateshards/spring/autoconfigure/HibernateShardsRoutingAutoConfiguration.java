package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.spring.Consistency;
import io.hibernateshards.spring.OnShard;
import io.hibernateshards.spring.ScopeAdvisor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;

/**
 * Has {@link OnShard} and {@link Consistency} heeded.
 *
 * @since 0.1
 */
@AutoConfiguration
@ConditionalOnShards
public final class HibernateShardsRoutingAutoConfiguration {
    /** Called by Spring. */
    public HibernateShardsRoutingAutoConfiguration() {}

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    @ConditionalOnMissingBean
    static ScopeAdvisor shardScopeAdvisor() {
        return new ScopeAdvisor();
    }
}
