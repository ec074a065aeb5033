package io.hibernateshards.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** What a failed start tells, in a whole application. */
class ShardingFailureAnalyzerTest {
    private static final String SECRET = "t0p-s3cret";

    @TempDir
    private Path directory = Path.of("");

    @Test
    void wrongSettings_areToldAllAtOnce_withWhereTheyAreSet() throws IOException {
        FailureAnalysis analysis = start(
                "hibernate.shards.shards=east,west",
                "hibernate.shards.password=" + SECRET,
                "hibernate.shards.shard.east.url=jdbc:mysql://east/shop?password=" + SECRET,
                "hibernate.shards.shard.east.password=" + SECRET,
                "hibernate.shards.query.max-shards=many",
                "hibernate.shards.transactions.mode=two-phase");

        assertThat(analysis.getDescription())
                .contains("Settings cannot be used")
                .contains("hibernate.shards.shard.east.url")
                .contains("hibernate.shards.shard.west.url is missing")
                .contains("hibernate.shards.query.max-shards")
                .contains("hibernate.shards.transactions.mode")
                .doesNotContain(SECRET);
        assertThat(analysis.getAction())
                .contains("docs/settings.md")
                .containsPattern("hibernate.shards.query.max-shards is set in .*application.properties.*5:")
                .doesNotContain(SECRET);
    }

    @Test
    void noServer_isNamed_withoutItsPassword() throws IOException {
        FailureAnalysis analysis = start(
                "hibernate.shards.shards=east",
                "hibernate.shards.shard.east.url=jdbc:postgresql://localhost:1/shop",
                "hibernate.shards.shard.east.username=shop",
                "hibernate.shards.shard.east.password=" + SECRET,
                "hibernate.shards.pool.connection-timeout=300");

        assertThat(analysis.getDescription())
                .contains("HS-040")
                .contains("east")
                .doesNotContain(SECRET);
        assertThat(analysis.getAction())
                .contains("hibernate.shards.shard.<name>.url")
                .doesNotContain(SECRET);
    }

    private FailureAnalysis start(String... lines) throws IOException {
        Files.write(directory.resolve("application.properties"), List.of(lines));
        AtomicReference<Environment> environment = new AtomicReference<>();
        try (ConfigurableApplicationContext unexpected = new SpringApplicationBuilder(Empty.class)
                .web(WebApplicationType.NONE)
                .logStartupInfo(false)
                .properties(
                        "spring.config.location=" + directory.toUri(),
                        "spring.main.banner-mode=off",
                        "spring.liquibase.enabled=false",
                        "spring.flyway.enabled=false")
                .initializers(context -> environment.set(context.getEnvironment()))
                .run()) {
            throw new AssertionError("started " + unexpected);
        } catch (RuntimeException e) {
            return Objects.requireNonNull(new ShardingFailureAnalyzer(environment.get()).analyze(e));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Empty {}
}
