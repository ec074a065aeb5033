package io.hibernateshards.spring.web;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;

/** A JVM of several, as far as its clients can see: an application in a container of its own. */
final class ForumApplication implements AutoCloseable {
    @SpringBootConfiguration
    @EnableAutoConfiguration(
            exclude = {
                SecurityFilterAutoConfiguration.class,
                ServletWebSecurityAutoConfiguration.class,
                ManagementWebSecurityAutoConfiguration.class
            })
    @Import(Forum.class)
    static class Application {
        /** What controllers do on other threads belongs to the request. */
        @Bean
        TaskDecorator contextPropagation() {
            return new ContextPropagatingTaskDecorator();
        }
    }

    private final ServletWebServerApplicationContext context;
    final ShardedSessionFactory factory;

    ForumApplication(LocalCluster cluster, String... more) {
        Map<String, Object> properties = new HashMap<>(cluster.settings());
        properties.put("server.port", "0");
        properties.put("spring.main.banner-mode", "off");
        properties.put("spring.liquibase.enabled", "false");
        properties.put("spring.flyway.enabled", "false");
        for (String property : more) {
            int equals = property.indexOf('=');
            properties.put(property.substring(0, equals), property.substring(equals + 1));
        }
        context = (ServletWebServerApplicationContext) new SpringApplicationBuilder(Application.class)
                .properties(properties)
                .run();
        factory = context.getBean(ShardedSessionFactory.class);
    }

    HttpRequest.Builder request(String path) {
        int port = Objects.requireNonNull(context.getWebServer()).getPort();
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    HttpRequest.Builder post(String path, String replies) {
        return request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(replies));
    }

    static HttpResponse<String> send(HttpClient client, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @Override
    public void close() {
        context.close();
    }
}
