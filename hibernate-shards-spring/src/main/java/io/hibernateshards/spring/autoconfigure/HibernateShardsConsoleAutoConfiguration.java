package io.hibernateshards.spring.autoconfigure;

import io.hibernateshards.spring.actuate.Activity;
import io.hibernateshards.spring.actuate.ShardsReporter;
import io.hibernateshards.spring.console.ConsoleAccess;
import io.hibernateshards.spring.console.ConsoleServlet;
import jakarta.servlet.Servlet;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/**
 * The page {@code /shards}, if {@code hibernate.shards.spring.console.enabled} is on.
 *
 * @since 0.1
 */
@AutoConfiguration(before = HibernateShardsAutoConfiguration.class)
@ConditionalOnShards
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({Servlet.class, ServletRegistrationBean.class, JsonMapper.class})
@ConditionalOnBooleanProperty(name = "hibernate.shards.spring.console.enabled")
@Import(ShardsReporterConfiguration.class)
public final class HibernateShardsConsoleAutoConfiguration {
    /** Called by Spring. */
    public HibernateShardsConsoleAutoConfiguration() {}

    /** A recorder: whoever makes the session factory has it told. */
    @Bean
    @ConditionalOnMissingBean
    Activity shardActivity() {
        return new Activity();
    }

    @Bean
    @ConditionalOnMissingBean(name = "shardsConsole")
    ServletRegistrationBean<ConsoleServlet> shardsConsole(
            ShardsReporter reporter,
            ObjectProvider<Activity> activity,
            @Value("${hibernate.shards.spring.console.allow-remote:false}") boolean allowRemote,
            @Value("${hibernate.shards.spring.console.role:}") String role) {
        ServletRegistrationBean<ConsoleServlet> console = new ServletRegistrationBean<>(
                new ConsoleServlet(reporter, activity.getIfAvailable(), new ConsoleAccess(role, allowRemote)),
                "/shards",
                "/shards/*");
        console.setName("shardsConsole");
        return console;
    }
}
