package io.hibernateshards.samples.messenger.web;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
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

    /** Tomcat makes its threads when it starts. */
    @Bean
    ApplicationListener<WebServerInitializedEvent> tomcatsQueue(OverloadFilter filter) {
        return event -> {
            if (event.getWebServer() instanceof TomcatWebServer server
                    && server.getTomcat().getConnector().getProtocolHandler().getExecutor()
                            instanceof ThreadPoolExecutor threads) {
                filter.watch(() -> threads.getQueue().size());
            }
        };
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
