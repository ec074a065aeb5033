package io.hibernateshards.spring.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spring.migrate.ImportCommandTest.Crate;
import jakarta.persistence.EntityManagerFactory;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** An application is the command only if it is told to be. */
class ImportConditionsTest {
    @Test
    void import_isThereOnceItsSourceIsNamed_andShowsNoPassword() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
                ShardedSessionFactory factory = new ShardedConfiguration()
                        .settings(cluster.settings())
                        .entities(Crate.class)
                        .build()) {
            ApplicationContextRunner runner = new ApplicationContextRunner()
                    .withPropertyValues("hibernate.shards.shards=shard0")
                    .withConfiguration(AutoConfigurations.of(ImportAutoConfiguration.class))
                    .withBean(
                            "factory",
                            ShardedSessionFactory.class,
                            () -> factory,
                            bean -> bean.setDestroyMethodName(""));
            runner.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ImportRunner.class));
            runner.withPropertyValues(
                            "hibernate.shards.spring.import.url=jdbc:postgresql://old/shop?password=hidden",
                            "hibernate.shards.spring.import.password=hidden")
                    .run(context -> {
                        assertThat(context).hasSingleBean(ImportRunner.class);
                        ImportProperties properties = context.getBean(ImportProperties.class);
                        assertThat(properties).hasToString("import of jdbc:postgresql://old/shop");
                        assertThat(properties.parallelism()).isEqualTo(4);
                        assertThat(properties.verifyOnly()).isFalse();
                        assertThat(properties.leaveOut()).isEmpty();
                    });
        }
    }

    @Test
    void import_withoutShards_saysWhatIsMissing() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1)) {
            Shard plain = cluster.shards().get(0);
            new ApplicationContextRunner()
                    .withPropertyValues("hibernate.shards.spring.import.url=jdbc:postgresql://old/shop")
                    .withConfiguration(AutoConfigurations.of(ImportAutoConfiguration.class))
                    .withBean(EntityManagerFactory.class, () -> new Configuration()
                            .addAnnotatedClass(Crate.class)
                            .setProperty("hibernate.connection.url", plain.url())
                            .setProperty("hibernate.connection.username", plain.user())
                            .setProperty("hibernate.connection.password", plain.password())
                            .buildSessionFactory())
                    .run(context -> assertThat(context)
                            .getFailure()
                            .hasStackTraceContaining(
                                    "HS-001 hibernate.shards.spring.import.url is set, but there are no shards")
                            .hasStackTraceContaining("name them in hibernate.shards.shards"));
        }
    }
}
