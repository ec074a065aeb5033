package io.hibernateshards.samples.messenger.web;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is around the controllers. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(OverloadProperties.class)
public class WebConfiguration {
    @Bean
    OverloadFilter overloadFilter(OverloadProperties limits) {
        return new OverloadFilter(limits);
    }

    @Bean
    OpenAPI description() {
        return new OpenAPI()
                .info(new Info()
                        .title("Messenger")
                        .version("1")
                        .description("Users, conversations and credits on several PostgreSQL servers"));
    }
}
