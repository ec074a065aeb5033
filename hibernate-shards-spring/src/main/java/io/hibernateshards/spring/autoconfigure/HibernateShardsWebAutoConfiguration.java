package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.spring.web.ConsistencyTokenFilter;
import io.hibernateshards.spring.web.TokenCarrier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingFilterBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * The filter of consistency tokens, once {@code hibernate.shards.spring.consistency-token.carrier} is {@code header} or {@code
 * cookie}.
 *
 * @since 0.1
 */
@AutoConfiguration
@ConditionalOnShards
@ConditionalOnClass({OncePerRequestFilter.class, FilterRegistrationBean.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty("hibernate.shards.spring.consistency-token.carrier")
@EnableConfigurationProperties(ConsistencyTokenProperties.class)
public final class HibernateShardsWebAutoConfiguration {
    /** Called by Spring. */
    public HibernateShardsWebAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingFilterBean
    FilterRegistrationBean<ConsistencyTokenFilter> consistencyTokenFilter(ConsistencyTokenProperties properties) {
        TokenCarrier carrier = properties.carrier();
        String name = properties.name();
        FilterRegistrationBean<ConsistencyTokenFilter> filter = new FilterRegistrationBean<>(
                new ConsistencyTokenFilter(carrier, name == null ? carrier.defaultName() : name));
        filter.setEnabled(carrier != TokenCarrier.NONE);
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE + 100); // before filters that open sessions or write
        return filter;
    }
}
