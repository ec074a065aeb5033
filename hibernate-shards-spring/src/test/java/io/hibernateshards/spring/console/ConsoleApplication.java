package io.hibernateshards.spring.console;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.spring.actuate.Person;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/** An ordinary web application over a cluster, with its console on, open to whoever reaches it. */
@SpringBootConfiguration
@EnableAutoConfiguration(
        exclude = {
            ManagementWebSecurityAutoConfiguration.class,
            SecurityFilterAutoConfiguration.class,
            ServletWebSecurityAutoConfiguration.class
        })
@EntityScan(basePackageClasses = Person.class)
class ConsoleApplication {
    static ServletWebServerApplicationContext start(LocalCluster cluster, String... more) {
        return start(ConsoleApplication.class, cluster, more);
    }

    static ServletWebServerApplicationContext start(Class<?> application, LocalCluster cluster, String... more) {
        Map<String, Object> properties = new HashMap<>(cluster.settings());
        properties.put("server.port", "0");
        properties.put("spring.main.banner-mode", "off");
        properties.put("spring.jpa.hibernate.ddl-auto", "create");
        properties.put("spring.liquibase.enabled", "false");
        properties.put("spring.flyway.enabled", "false");
        properties.put("hibernate.shards.hot-keys.sample", "1");
        properties.put("hibernate.shards.spring.console.enabled", "true");
        properties.put("management.endpoints.web.exposure.include", "health,shards");
        properties.put("management.endpoint.health.show-details", "always");
        for (String property : more) {
            int equals = property.indexOf('=');
            properties.put(property.substring(0, equals), property.substring(equals + 1));
        }
        return (ServletWebServerApplicationContext)
                new SpringApplicationBuilder(application).properties(properties).run();
    }
}
