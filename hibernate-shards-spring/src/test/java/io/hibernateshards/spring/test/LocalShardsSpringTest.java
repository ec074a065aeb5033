package io.hibernateshards.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.LocalCluster;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.test.context.TestContextManager;

class LocalShardsSpringTest {
    /** What an auto-configuration finds. */
    record Found(String shards) {}

    @AutoConfiguration
    @ConditionalOnProperty("hibernate.shards.shards")
    static class Finder {
        @Bean
        Found found(Environment environment) {
            return new Found(environment.getRequiredProperty("hibernate.shards.shards"));
        }
    }

    @SpringBootConfiguration
    @ImportAutoConfiguration(Finder.class)
    static class App {
        public static void main(String[] args) {
            SpringApplication app = new SpringApplication(App.class);
            app.setWebApplicationType(WebApplicationType.NONE);
            app.run(args);
        }
    }

    @TestConfiguration(proxyBeanMethods = false)
    @LocalShards(
            names = {"eu", "us"},
            settings = "hibernate.shards.jvms=3")
    static class LocalShop {}

    @SpringBootTest(classes = App.class, properties = "hibernate.shards.shards=of,production")
    @LocalShards(shards = 2)
    static class ShopTest {}

    @SpringBootTest(classes = App.class)
    static class ShopOnceMoreTest extends ShopTest {}

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(Finder.class));

    @Test
    void withoutAnything_nothingIsStarted() {
        runner.run(context -> assertThat(context).doesNotHaveBean(Found.class).doesNotHaveBean(LocalCluster.class));
    }

    @Test
    void initializer_givesTheSettingsOfItsCluster() {
        LocalCluster cluster = LocalShardsExtension.of(2).cluster();
        runner.withInitializer(new LocalShardsInitializer(cluster)).run(context -> {
            assertThat(context).getBean(Found.class).isEqualTo(new Found("shard0,shard1"));
            assertThat(context).getBean(LocalCluster.class).isSameAs(cluster);
            assertThat(context.getEnvironment().getProperty("hibernate.shards.shard.shard1.url"))
                    .isEqualTo(cluster.shards().get(1).url());
        });
    }

    @Test
    void initializerOfNothing_hasFourShards() {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(App.class)
                .web(WebApplicationType.NONE)
                .initializers(new LocalShardsInitializer())
                .run()) {
            assertThat(context.getBean(Found.class).shards()).isEqualTo("shard0,shard1,shard2,shard3");
        }
    }

    @Test
    void application_runsWithShardsWhileItIsDeveloped() {
        try (ConfigurableApplicationContext context =
                SpringApplication.from(App::main).with(LocalShop.class).run().getApplicationContext()) {
            assertThat(context.getBean(Found.class).shards()).isEqualTo("eu,us");
            assertThat(context.getBean(LocalCluster.class).shards()).hasSize(2);
            assertThat(context.getEnvironment().getProperty("hibernate.shards.jvms"))
                    .isEqualTo("3");
        }
    }

    @Test
    void springBootTest_hasTheSettingsOfItsClusterBeforeItsOwn() throws Exception {
        ApplicationContext context = contextOf(ShopTest.class);
        assertThat(context.getBean(Found.class).shards()).isEqualTo("shard0,shard1");
        assertThat(contextOf(ShopOnceMoreTest.class).getBean(LocalCluster.class))
                .isSameAs(context.getBean(LocalCluster.class));
    }

    private static ApplicationContext contextOf(Class<?> test) throws Exception {
        TestContextManager manager = new TestContextManager(test);
        manager.prepareTestInstance(test.getDeclaredConstructor().newInstance());
        return manager.getTestContext().getApplicationContext();
    }

    @Test
    void settingsOfOtherServers_areRefused() {
        LocalCluster cluster = LocalShardsExtension.of("eu").cluster();
        runner.withInitializer(new LocalShardsInitializer(cluster))
                .withSystemProperties("hibernate.shards.shard.eu.replica.r1.url=jdbc:postgresql://production/shop")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasMessageContaining("hibernate.shards.shard.eu.replica.r1.url")
                        .hasMessageContaining("not of the local cluster eu"));
        runner.withInitializer(new LocalShardsInitializer(cluster))
                .withPropertyValues("hibernate.shards.shard.eu.url=jdbc:postgresql://production/shop")
                .withPropertyValues("hibernate.shards.shard.eu.weight=2")
                .run(context -> assertThat(context.getEnvironment().getProperty("hibernate.shards.shard.eu.url"))
                        .isEqualTo(cluster.shards().get(0).url()));
    }

    @Configuration
    @LocalShards(shards = 1)
    static class Other {}

    @Test
    void twoClusters_areRefused() {
        runner.withUserConfiguration(LocalShop.class, Other.class)
                .run(context -> assertThat(context.getStartupFailure()).hasMessageContaining("want different shards"));
    }
}
