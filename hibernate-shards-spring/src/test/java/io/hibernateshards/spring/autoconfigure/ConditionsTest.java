package io.hibernateshards.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spi.ShardObserver;
import io.hibernateshards.spring.ScopeAdvisor;
import io.hibernateshards.spring.actuate.Activity;
import io.hibernateshards.spring.actuate.MeteredOperations;
import io.hibernateshards.spring.actuate.ShardsEndpoint;
import io.hibernateshards.spring.actuate.ShardsHealth;
import io.hibernateshards.spring.actuate.ShardsReporter;
import io.hibernateshards.spring.actuate.TracedOperations;
import io.hibernateshards.spring.autoconfigure.accounts.Account;
import io.hibernateshards.spring.console.ConsoleServlet;
import io.hibernateshards.spring.jdbc.ShardedDataSource;
import io.hibernateshards.spring.web.ConsistencyTokenFilter;
import io.hibernateshards.spring.web.TokenCarrier;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import jakarta.servlet.Servlet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.health.actuate.endpoint.StatusAggregator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/** What each auto-configuration wants to be there, and what it leaves to the application. */
class ConditionsTest {
    private static final String CARRIER = "hibernate.shards.spring.consistency-token.carrier=";
    private static final String CONSOLE = "hibernate.shards.spring.console.enabled=true";
    private static final String TRACING = "hibernate.shards.spring.tracing.enabled=";
    private static final String EXPOSED = "management.endpoints.web.exposure.include=shards";

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 1);
        factory = new ShardedConfiguration()
                .settings(cluster.settings())
                .entities(Account.class)
                .build();
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    private static ApplicationContextRunner application(Class<?>... configurations) {
        return new ApplicationContextRunner()
                .withPropertyValues("hibernate.shards.shards=shard0")
                .withConfiguration(AutoConfigurations.of(configurations));
    }

    private static WebApplicationContextRunner web(Class<?>... configurations) {
        return new WebApplicationContextRunner()
                .withPropertyValues("hibernate.shards.shards=shard0")
                .withConfiguration(AutoConfigurations.of(configurations));
    }

    private static ApplicationContextRunner withFactory(Class<?>... configurations) {
        return application(configurations)
                .withBean("factory", ShardedSessionFactory.class, () -> factory, bean -> bean.setDestroyMethodName(""));
    }

    private static WebApplicationContextRunner console() {
        return web(HibernateShardsConsoleAutoConfiguration.class)
                .withBean("factory", ShardedSessionFactory.class, () -> factory, bean -> bean.setDestroyMethodName(""));
    }

    private static List<Class<?>> all() throws ClassNotFoundException {
        List<Class<?>> all = new ArrayList<>();
        for (String name : ImportCandidates.load(AutoConfiguration.class, null)) {
            if (name.startsWith("io.hibernateshards.")) {
                all.add(Class.forName(name));
            }
        }
        assertThat(all).hasSizeGreaterThanOrEqualTo(10);
        return all;
    }

    /** Those who want more than shards are given it. */
    @ParameterizedTest
    @MethodSource("all")
    void withoutShards_orSwitchedOff_nothingIsThere(Class<?> configuration) {
        WebApplicationContextRunner runner = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(configuration))
                .withBean(SimpleMeterRegistry.class)
                .withPropertyValues(CARRIER + "header", CONSOLE, EXPOSED);
        runner.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(configuration));
        runner.withPropertyValues("hibernate.shards.shards=shard0", "hibernate.shards.spring.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(configuration));
    }

    @Test
    void routing_advisorOfTheApplication_wins() {
        application(HibernateShardsRoutingAutoConfiguration.class)
                .run(context -> assertThat(context).hasSingleBean(ScopeAdvisor.class));
        application(HibernateShardsRoutingAutoConfiguration.class)
                .withBean("own", ScopeAdvisor.class)
                .run(context ->
                        assertThat(context).hasSingleBean(ScopeAdvisor.class).hasBean("own"));
    }

    @Test
    void dataSource_isThere_beforeTheFactoryIs() {
        application(ShardedDataSourceAutoConfiguration.class)
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(ShardedDataSource.class));
    }

    @Test
    void tokens_travelOnlyIfThatIsSaid() {
        WebApplicationContextRunner runner = web(HibernateShardsWebAutoConfiguration.class);
        runner.run(context -> assertThat(context).doesNotHaveBean(FilterRegistrationBean.class));
        runner.withPropertyValues(CARRIER + "none").run(context -> assertThat(
                        context.getBean(FilterRegistrationBean.class).isEnabled())
                .isFalse());
        runner.withPropertyValues(CARRIER + "cookie", "hibernate.shards.spring.consistency-token.name=seen")
                .run(context -> {
                    FilterRegistrationBean<?> filter = context.getBean(FilterRegistrationBean.class);
                    assertThat(filter.isEnabled()).isTrue();
                    assertThat(filter.getFilter()).isInstanceOf(ConsistencyTokenFilter.class);
                    assertThat(context.getBean(ConsistencyTokenProperties.class))
                            .isEqualTo(new ConsistencyTokenProperties(TokenCarrier.COOKIE, "seen"));
                });
        runner.withPropertyValues(CARRIER + "pigeon")
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining("pigeon"));
    }

    @Test
    void tokens_filterOfTheApplication_wins() {
        ConsistencyTokenFilter own = new ConsistencyTokenFilter(TokenCarrier.HEADER, "own");
        WebApplicationContextRunner runner =
                web(HibernateShardsWebAutoConfiguration.class).withPropertyValues(CARRIER + "header");
        runner.withBean("own", ConsistencyTokenFilter.class, () -> own)
                .run(context -> assertThat(context).doesNotHaveBean(FilterRegistrationBean.class));
        runner.withBean("registered", Registered.class, () -> new Registered(own))
                .run(context -> assertThat(
                                context.getBean(FilterRegistrationBean.class).getFilter())
                        .isSameAs(own));
    }

    private static final class Registered extends FilterRegistrationBean<ConsistencyTokenFilter> {
        Registered(ConsistencyTokenFilter filter) {
            super(filter);
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {OncePerRequestFilter.class, FilterRegistrationBean.class})
    void tokens_wantAServletApplication(Class<?> missing) {
        web(HibernateShardsWebAutoConfiguration.class)
                .withPropertyValues(CARRIER + "header")
                .withClassLoader(new FilteredClassLoader(missing))
                .run(context -> assertThat(context).doesNotHaveBean(HibernateShardsWebAutoConfiguration.class));
        application(HibernateShardsWebAutoConfiguration.class)
                .withPropertyValues(CARRIER + "header")
                .run(context -> assertThat(context).doesNotHaveBean(HibernateShardsWebAutoConfiguration.class));
    }

    @Test
    void console_isThereOnlyIfItIsEnabled() {
        console().run(context -> assertThat(context).doesNotHaveBean("shardsConsole"));
        console()
                .withPropertyValues("hibernate.shards.spring.console.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("shardsConsole"));
        console().withPropertyValues(CONSOLE).run(context -> {
            assertThat(context).hasSingleBean(Activity.class).hasSingleBean(ShardsReporter.class);
            ServletRegistrationBean<?> console = context.getBean("shardsConsole", ServletRegistrationBean.class);
            assertThat(console.getUrlMappings()).containsExactlyInAnyOrder("/shards", "/shards/*");
        });
    }

    @Test
    void console_beansOfTheApplication_win() {
        Activity activity = new Activity();
        ShardsReporter reporter = new ShardsReporter(factory, false);
        console()
                .withPropertyValues(CONSOLE)
                .withBean("own", Activity.class, () -> activity)
                .withBean("reporter", ShardsReporter.class, () -> reporter)
                .withBean("shardsConsole", String.class, () -> "elsewhere")
                .run(context -> {
                    assertThat(context).hasNotFailed().doesNotHaveBean(ServletRegistrationBean.class);
                    assertThat(context.getBean(Activity.class)).isSameAs(activity);
                    assertThat(context.getBean(ShardsReporter.class)).isSameAs(reporter);
                });
    }

    @ParameterizedTest
    @ValueSource(classes = {Servlet.class, ServletRegistrationBean.class, JsonMapper.class})
    void console_wantsAServletApplicationAndJson(Class<?> missing) {
        console()
                .withPropertyValues(CONSOLE)
                .withClassLoader(new FilteredClassLoader(missing))
                .run(context -> assertThat(context)
                        .doesNotHaveBean(ConsoleServlet.class)
                        .doesNotHaveBean(Activity.class));
        withFactory(HibernateShardsConsoleAutoConfiguration.class)
                .withPropertyValues(CONSOLE)
                .run(context -> assertThat(context).doesNotHaveBean(Activity.class));
    }

    @Test
    void metrics_wantARegistry() {
        ApplicationContextRunner runner = application(HibernateShardsMetricsAutoConfiguration.class);
        runner.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MeteredOperations.class));
        runner.withBean(SimpleMeterRegistry.class).run(context -> assertThat(context)
                .hasSingleBean(MeteredOperations.class)
                .hasBean("shardMetrics")
                .doesNotHaveBean(TracedOperations.class));
        runner.withBean(SimpleMeterRegistry.class)
                .withClassLoader(new FilteredClassLoader(MeterRegistry.class))
                .run(context -> assertThat(context)
                        .hasSingleBean(HibernateShardsMetricsAutoConfiguration.class)
                        .doesNotHaveBean(MeteredOperations.class)
                        .doesNotHaveBean("shardMetrics"));
    }

    @Test
    void metrics_beansOfTheApplication_win() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        MeteredOperations own = new MeteredOperations(registry);
        MeterBinder binder = to -> {};
        application(HibernateShardsMetricsAutoConfiguration.class)
                .withBean(SimpleMeterRegistry.class, () -> registry)
                .withBean("own", MeteredOperations.class, () -> own)
                .withBean("shardMetrics", MeterBinder.class, () -> binder)
                .run(context -> {
                    assertThat(context.getBean(MeteredOperations.class)).isSameAs(own);
                    assertThat(context.getBean(MeterBinder.class)).isSameAs(binder);
                });
    }

    @Test
    void observerInTheProperties_isLeftThere() {
        ShardObserver own = (operation, entityName, shards) -> null;
        application(HibernateShardsMetricsAutoConfiguration.class)
                .withBean(SimpleMeterRegistry.class)
                .run(context -> {
                    assertThat(settings(context, Map.of())).containsKey(ShardSettings.OBSERVER);
                    assertThat(settings(context, Map.of(ShardSettings.OBSERVER, own)))
                            .containsEntry(ShardSettings.OBSERVER, own);
                });
    }

    private static Map<String, Object> settings(ApplicationContext context, Map<String, Object> given) {
        Map<String, Object> settings = new HashMap<>(given);
        context.getBean(HibernatePropertiesCustomizer.class).customize(settings);
        return settings;
    }

    @Test
    void spans_areForWhoWantsThem() {
        ApplicationContextRunner runner = application(HibernateShardsMetricsAutoConfiguration.class);
        ApplicationContextRunner observed =
                runner.withBean("observations", ObservationRegistry.class, ObservationRegistry::create);
        observed.run(context -> assertThat(context).as("nobody traces").doesNotHaveBean(TracedOperations.class));
        observed.withPropertyValues(TRACING + "true")
                .run(context -> assertThat(context).hasSingleBean(TracedOperations.class));
        observed.withPropertyValues(TRACING + "false")
                .run(context -> assertThat(context).doesNotHaveBean(TracedOperations.class));
        runner.withPropertyValues(TRACING + "true")
                .run(context ->
                        assertThat(context).as("no registry").hasNotFailed().doesNotHaveBean(TracedOperations.class));
        observed.withPropertyValues(TRACING + "true")
                .withClassLoader(new FilteredClassLoader(ObservationRegistry.class))
                .run(context -> assertThat(context).doesNotHaveBean(TracedOperations.class));
        TracedOperations own = new TracedOperations(ObservationRegistry.create());
        observed.withPropertyValues(TRACING + "true")
                .withBean("own", TracedOperations.class, () -> own)
                .run(context ->
                        assertThat(context.getBean(TracedOperations.class)).isSameAs(own));
    }

    @Test
    void endpoint_isThereOnceItIsExposed() {
        ApplicationContextRunner runner = withFactory(HibernateShardsActuatorAutoConfiguration.class);
        runner.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ShardsEndpoint.class));
        runner.withPropertyValues(EXPOSED).run(context -> assertThat(context).hasSingleBean(ShardsEndpoint.class));
        runner.withPropertyValues(EXPOSED, "management.endpoint.shards.access=NONE")
                .run(context -> assertThat(context).doesNotHaveBean(ShardsEndpoint.class));
        ShardsEndpoint own = new ShardsEndpoint(new ShardsReporter(factory, false));
        runner.withPropertyValues(EXPOSED)
                .withBean("own", ShardsEndpoint.class, () -> own)
                .run(context ->
                        assertThat(context.getBean(ShardsEndpoint.class)).isSameAs(own));
    }

    @Test
    void actuator_withoutAFactory_isNotThere() {
        application(HibernateShardsActuatorAutoConfiguration.class)
                .withPropertyValues(EXPOSED)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(HibernateShardsActuatorAutoConfiguration.class));
    }

    @Test
    void health_beansOfTheApplication_win() {
        ShardsHealth health = new ShardsHealth(factory, Status.DOWN);
        StatusAggregator aggregator = StatusAggregator.of("UP");
        withFactory(HibernateShardsActuatorAutoConfiguration.class)
                .withBean("shardsHealthContributor", ShardsHealth.class, () -> health)
                .withBean("own", StatusAggregator.class, () -> aggregator)
                .run(context -> {
                    assertThat(context.getBean(ShardsHealth.class)).isSameAs(health);
                    assertThat(context.getBean(StatusAggregator.class)).isSameAs(aggregator);
                });
    }

    @Test
    void health_andEndpoint_eachDoWithoutTheOther() {
        ApplicationContextRunner runner =
                withFactory(HibernateShardsActuatorAutoConfiguration.class).withPropertyValues(EXPOSED);
        runner.withClassLoader(new FilteredClassLoader(HealthContributor.class)).run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(ShardsHealth.class)
                .hasSingleBean(ShardsEndpoint.class));
        runner.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate.autoconfigure"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(ShardsEndpoint.class)
                        .hasSingleBean(ShardsHealth.class));
    }
}
