package io.hibernateshards.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spi.ShardObserver;
import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.Observation.ContextView;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.test.simple.SimpleSpan;
import io.micrometer.tracing.test.simple.SimpleTracer;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an ordinary application measures of its shards without a line of its own, and what the dashboard makes of it. */
class MetricsTest {
    private static final String THREADS = "threads";

    private static LocalCluster cluster;

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @EntityScan(basePackageClasses = Person.class)
    static class Application {}

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static ApplicationContextRunner application() {
        Map<String, String> properties = new HashMap<>(cluster.settings());
        properties.put("spring.jpa.hibernate.ddl-auto", "create");
        properties.put("spring.liquibase.enabled", "false");
        properties.put("spring.flyway.enabled", "false");
        properties.put("spring.jpa.properties.hibernate.generate_statistics", "true");
        properties.put("spring.jpa.properties.hibernate.cache.region.factory_class", "caffeine-shards");
        return new ApplicationContextRunner()
                .withUserConfiguration(Application.class)
                .withPropertyValues(properties.entrySet().stream()
                        .map(property -> property.getKey() + "=" + property.getValue())
                        .toArray(String[]::new));
    }

    private static ShardedSessionFactory factory(org.springframework.context.ApplicationContext context) {
        return context.getBean(EntityManagerFactory.class).unwrap(ShardedSessionFactory.class);
    }

    /** Someone on each shard, in one transaction over both. */
    private static List<Long> store(ShardedSessionFactory factory) {
        Map<ShardId, Long> found = new HashMap<>();
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            while (found.size() < 2) {
                Person person = new Person("somebody");
                session.persist(person);
                found.put(factory.locate(Person.class, person.getId()), person.getId());
            }
            session.getTransaction().commit();
        }
        return List.copyOf(found.values());
    }

    /** One of everything that is told apart. */
    private static void work(ShardedSessionFactory factory) {
        List<Long> people = store(factory);
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.findMultiple(Person.class, people);
            session.createSelectionQuery("from Person p where p.id = :id", Person.class)
                    .setParameter("id", people.get(0))
                    .getResultList();
            session.createSelectionQuery("select count(p) from Person p", Long.class)
                    .getSingleResult();
            session.createSelectionQuery(
                            "select p.id from Person p where p.name >= (select min(q.name) from Person q)", Long.class)
                    .getResultList();
            session.createNativeQuery("select 1", Integer.class)
                    .setHint(ShardHints.SHARD, "shard1")
                    .getSingleResult();
            session.createMutationQuery("update Person p set p.name = 'x' where p.id = :id")
                    .setParameter("id", people.get(0))
                    .executeUpdate();
            session.getTransaction().rollback();
        }
        try (ShardedSession session = factory.openSession()) {
            session.find(Person.class, people.get(0));
        }
    }

    @Test
    void metrics_ofOperations_areTimedByShardWithPercentiles() {
        application().withBean(SimpleMeterRegistry.class).run(context -> {
            work(factory(context));
            MeterRegistry registry = context.getBean(SimpleMeterRegistry.class);
            for (String operation : List.of("find", "find_multiple", "query", "update", "native_query", "commit")) {
                assertThat(registry.get("hibernate.shards.operation")
                                .tags("operation", operation, "outcome", "success")
                                .timer()
                                .count())
                        .as(operation)
                        .isPositive();
            }
            for (String shard : List.of("shard0", "shard1")) {
                Timer leg = registry.get("hibernate.shards.leg")
                        .tags("operation", "query", "shard", shard, "outcome", "success")
                        .timer();
                assertThat(leg.count()).isPositive();
                assertThat(leg.takeSnapshot().percentileValues())
                        .extracting(io.micrometer.core.instrument.distribution.ValueAtPercentile::percentile)
                        .containsExactly(0.5, 0.95, 0.99);
            }
            for (String tier : List.of("targeted", "merged", "gathered")) {
                assertThat(count(registry, "hibernate.shards.queries", "tier", tier))
                        .as(tier)
                        .isEqualTo(1);
            }
            assertThat(count(registry, "hibernate.shards.transactions", "outcome", "committed", "written", "several"))
                    .isEqualTo(1);
            assertThat(registry.get("hibernate.shards.transactions")
                            .tag("outcome", "rolled_back")
                            .counters())
                    .isNotEmpty();
            assertThat(registry.get("hibernate.shards.width")
                            .tag("operation", "query")
                            .summary()
                            .max())
                    .isEqualTo(2);
        });
    }

    private static double count(MeterRegistry registry, String name, String... tags) {
        Counter counter = registry.find(name).tags(tags).counter();
        return counter == null ? 0 : counter.count();
    }

    @Test
    void metrics_haveFewTags_andNeitherEntitiesNorIds() {
        application().withBean(SimpleMeterRegistry.class).run(context -> {
            work(factory(context));
            MeterRegistry registry = context.getBean(SimpleMeterRegistry.class);
            Set<String> tags = registry.getMeters().stream()
                    .map(Meter::getId)
                    .filter(id -> id.getName().startsWith("hibernate.shards."))
                    .filter(id -> !id.getName().endsWith(".percentile"))
                    .flatMap(id -> id.getTags().stream())
                    .map(Tag::getKey)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(tags)
                    .containsExactly(
                            "le", "operation", "outcome", "region", "result", "server", "shard", "tier", "written");
        });
    }

    @Test
    void dashboard_asksForWhatIsThere() throws IOException {
        JsonNode dashboard =
                JsonMapper.builder().build().readTree(Files.readString(Path.of("../docs/grafana-dashboard.json")));
        Set<String> asked = new TreeSet<>();
        Pattern name = Pattern.compile("hibernate_shards_[a-z_]+");
        for (JsonNode expression : dashboard.findValues("expr")) {
            Matcher matcher = name.matcher(expression.asString());
            assertThat(matcher.find()).as(expression.asString()).isTrue();
            matcher.reset().results().forEach(found -> asked.add(found.group()));
        }
        assertThat(asked).hasSizeGreaterThan(10);
        Set<String> alerts = new TreeSet<>();
        Matcher inDocs = name.matcher(Files.readString(Path.of("../docs/operations.md")));
        inDocs.results().forEach(found -> alerts.add(found.group()));
        assertThat(alerts).hasSizeGreaterThan(5);

        application().run(context -> {
            ShardedSessionFactory factory = factory(context);
            work(factory);
            try (ShardedSession session = factory.openSession()) { // what fails is counted as well
                session.createNativeQuery("select no_such_column", Integer.class)
                        .setHint(ShardHints.SHARD, "shard1")
                        .getSingleResult();
            } catch (RuntimeException e) {
                assertThat(e).hasStackTraceContaining("no_such_column");
            }
            Set<String> there = context.getBean(PrometheusMeterRegistry.class)
                    .scrape()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.replaceAll("[{ ].*", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(there).containsAll(asked).containsAll(alerts);
        });
    }

    @Test
    void nobodyWhoWantsToKnow_noObserverIsSet() {
        application()
                .withPropertyValues("hibernate.shards.spring.metrics.enabled=false")
                .run(context -> {
                    Map<String, Object> settings = new HashMap<>();
                    context.getBeansOfType(HibernatePropertiesCustomizer.class)
                            .values()
                            .forEach(customizer -> customizer.customize(settings));
                    assertThat(settings).doesNotContainKey(ShardSettings.OBSERVER);
                    assertThat(context).doesNotHaveBean(MeteredOperations.class).doesNotHaveBean("shardMetrics");
                });
    }

    @Test
    void observerOfTheApplication_isToldBesideTheMetrics_andMayFail() {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        ShardObserver own = (operation, entityName, shards) -> {
            told.add(operation + " " + entityName);
            throw new IllegalStateException("of the test");
        };
        application()
                .withBean(SimpleMeterRegistry.class)
                .withBean("own", ShardObserver.class, () -> own)
                .run(context -> {
                    ShardedSessionFactory factory = factory(context);
                    store(factory);
                    assertThat(told).anyMatch(one -> one.startsWith("COMMIT"));
                    assertThat(context.getBean(SimpleMeterRegistry.class)
                                    .get("hibernate.shards.operation")
                                    .tag("operation", "commit")
                                    .timers())
                            .isNotEmpty();
                });
    }

    /** Where scopes are opened. */
    private static final class Scopes implements ObservationHandler<Observation.Context> {
        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }

        @Override
        public void onScopeOpened(Observation.Context context) {
            context.put(THREADS, Thread.currentThread().getName());
        }
    }

    @Test
    void spans_ofAScatter_areOneForTheQueryAndOneForEachShardBelowIt() {
        TestObservationRegistry observations = TestObservationRegistry.create();
        List<Observation.Context> stopped = Collections.synchronizedList(new ArrayList<>());
        observations
                .observationConfig()
                .observationHandler(new Scopes())
                .observationHandler(new ObservationHandler<>() {
                    @Override
                    public boolean supportsContext(Observation.Context context) {
                        return true;
                    }

                    @Override
                    public void onStop(Observation.Context context) {
                        stopped.add(context);
                    }
                });
        application()
                .withPropertyValues("hibernate.shards.spring.tracing.enabled=true")
                .withBean(TestObservationRegistry.class, () -> observations)
                .run(context -> {
                    ShardedSessionFactory factory = factory(context);
                    store(factory);
                    stopped.clear();
                    try (ShardedSession session = factory.openSession()) {
                        Observation.createNotStarted("request", observations)
                                .observe(() -> session.createSelectionQuery("select count(p) from Person p", Long.class)
                                        .getSingleResult());
                    }
                    List<Observation.Context> legs = named(stopped, TracedOperations.LEG);
                    Observation.Context query =
                            named(stopped, TracedOperations.OPERATION).get(0);
                    assertThat(named(stopped, TracedOperations.OPERATION)).hasSize(1);
                    assertThat(query.getContextualName()).isEqualTo("query " + Person.class.getName());
                    assertThat(parent(query).getName()).isEqualTo("request");
                    assertThat(value(query, "tier")).isEqualTo("merged");
                    assertThat(legs).hasSize(2).allSatisfy(leg -> assertThat(parent(leg))
                            .isSameAs(query));
                    assertThat(legs)
                            .extracting(leg -> value(leg, "shard"))
                            .containsExactlyInAnyOrder("shard0", "shard1");
                    assertThat(legs).extracting(leg -> leg.<String>get(THREADS)).doesNotContainNull();
                    assertThat(observations.getCurrentObservation()).isNull();

                    // they are timed as operations already
                    assertThat(context.getBean(MeterRegistry.class)
                                    .find("hibernate.shards.traced.leg")
                                    .meters())
                            .isEmpty();
                });
    }

    @Test
    void aTracer_hasSpansOfEachShard_withoutASetting() {
        SimpleTracer tracer = new SimpleTracer();
        TestObservationRegistry observations = TestObservationRegistry.create();
        observations.observationConfig().observationHandler(new DefaultTracingObservationHandler(tracer));
        application()
                .withBean(TestObservationRegistry.class, () -> observations)
                .withBean(Tracer.class, () -> tracer)
                .run(context -> {
                    ShardedSessionFactory factory = factory(context);
                    store(factory);
                    tracer.getSpans().clear();
                    try (ShardedSession session = factory.openSession()) {
                        session.createSelectionQuery("select count(p) from Person p", Long.class)
                                .getSingleResult();
                    }
                    SimpleSpan query = tracer.getSpans().getFirst();
                    assertThat(query.getTags())
                            .containsEntry("operation", "query")
                            .containsEntry("tier", "merged");
                    assertThat(tracer.getSpans())
                            .filteredOn(span -> span.getTags().containsKey("shard"))
                            .allSatisfy(leg -> assertThat(leg.context().parentId())
                                    .isEqualTo(query.context().spanId()))
                            .extracting(leg -> leg.getTags().get("shard"))
                            .containsExactlyInAnyOrder("shard0", "shard1");
                });
    }

    private static @Nullable String value(Observation.Context context, String key) {
        KeyValue value = context.getLowCardinalityKeyValue(key);
        return value == null ? null : value.getValue();
    }

    private static ContextView parent(Observation.Context context) {
        return Objects.requireNonNull(context.getParentObservation()).getContextView();
    }

    private static List<Observation.Context> named(List<Observation.Context> all, String name) {
        return all.stream().filter(one -> name.equals(one.getName())).toList();
    }

    @Test
    void spans_ofAFailure_haveItsError() {
        TestObservationRegistry observations = TestObservationRegistry.create();
        application()
                .withPropertyValues("hibernate.shards.spring.tracing.enabled=true")
                .withBean(TestObservationRegistry.class, () -> observations)
                .run(context -> {
                    try (ShardedSession session = factory(context).openSession()) {
                        session.createNativeQuery("select no_such_column", Integer.class)
                                .setHint(ShardHints.SHARD, "shard1")
                                .getSingleResult();
                    } catch (RuntimeException e) {
                        assertThat(e).hasStackTraceContaining("no_such_column");
                    }
                    io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat(observations)
                            .hasObservationWithNameEqualTo(TracedOperations.LEG)
                            .that()
                            .hasError()
                            .hasBeenStopped();
                });
    }
}
