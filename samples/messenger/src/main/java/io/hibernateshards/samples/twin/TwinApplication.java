package io.hibernateshards.samples.twin;

import io.hibernateshards.samples.messenger.web.WebConfiguration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Import;

/** Serves as the messenger does, within the same limits. */
@SpringBootApplication(
        exclude = {
            DataSourceAutoConfiguration.class,
            HibernateJpaAutoConfiguration.class,
            DataJpaRepositoriesAutoConfiguration.class
        })
@Import(WebConfiguration.class)
@EnableConfigurationProperties(TwinProperties.class)
public class TwinApplication {
    /** Serves, on the servers that the settings name. */
    public static void main(String[] args) {
        SpringApplication.run(TwinApplication.class, args);
    }
}
