package io.hibernateshards.spring.actuate;

import static io.hibernateshards.spring.Patience.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import io.hibernateshards.ServerStatus;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spring.actuate.ShardsReport.Hot;
import io.hibernateshards.spring.actuate.ShardsReport.InDoubt;
import io.hibernateshards.spring.actuate.ShardsReport.Server;
import io.hibernateshards.spring.actuate.ShardsReport.Table;
import io.hibernateshards.spring.autoconfigure.HibernateShardsActuatorAutoConfiguration;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.HttpCodeStatusMapper;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.json.JsonMapper;

/** What health, endpoint and gauges tell, while all is well, without a replica, and without a primary: in this order. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ShardDownTest {
    private static Watched watched;

    @BeforeAll
    static void start() {
        watched = new Watched(Map.of());
        eventually(() -> watched.factory.getServers().stream().allMatch(ServerStatus::available));
    }

    @AfterAll
    static void stop() {
        watched.close();
    }

    private static ApplicationContextRunner application() {
        return watched.application()
                .withPropertyValues(
                        "management.endpoints.web.exposure.include=*", "management.endpoint.health.show-details=always")
                .withConfiguration(AutoConfigurations.of(
                        EndpointAutoConfiguration.class,
                        HealthContributorRegistryAutoConfiguration.class,
                        HealthContributorAutoConfiguration.class,
                        HealthEndpointAutoConfiguration.class,
                        HibernateShardsActuatorAutoConfiguration.class));
    }

    private static IndicatedHealthDescriptor health(HealthEndpoint endpoint, String shard) {
        return (IndicatedHealthDescriptor) Objects.requireNonNull(endpoint.healthForPath("shards", shard));
    }

    @Test
    @Order(1)
    void health_allServersThere_isUp() {
        application().run(context -> {
            HealthDescriptor health =
                    Objects.requireNonNull(context.getBean(HealthEndpoint.class).healthForPath("shards"));
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(((CompositeHealthDescriptor) health).getComponents()).containsOnlyKeys("shard0", "shard1");
        });
    }

    @Test
    @Order(1)
    void health_switchedOff_isNotThere() {
        application()
                .withPropertyValues("management.health.shards.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(ShardsHealth.class));
    }

    @Test
    @Order(1)
    void health_withoutShardsInTheProperties_isNotThere() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(HibernateShardsActuatorAutoConfiguration.class))
                .run(context -> assertThat(context).doesNotHaveBean(ShardsHealth.class));
    }

    @Test
    @Order(1)
    void endpoint_tellsTopologyRowsAndServers() {
        application().run(context -> {
            ShardsReport report = context.getBean(ShardsEndpoint.class).shards();

            assertThat(report.topology().buckets()).isEqualTo(8192);
            assertThat(report.shards()).extracting(ShardsReport.Shard::buckets).containsExactly(4096, 4096);
            assertThat(report.shards()).allSatisfy(shard -> {
                assertThat(shard.status()).isEqualTo("UP");
                assertThat(shard.problem()).isNull();
                assertThat(shard.bytes()).isPositive();
                assertThat(shard.tables())
                        .extracting(Table::name, Table::kind)
                        .containsExactly(
                                org.assertj.core.groups.Tuple.tuple("Land", "reference"),
                                org.assertj.core.groups.Tuple.tuple("Person_hobbies", "sharded"),
                                org.assertj.core.groups.Tuple.tuple("watched_person", "sharded"));
                assertThat(shard.tables().get(0).rows()).isEqualTo(1);
                assertThat(shard.servers()).extracting(Server::name).containsExactly("primary", "r0");
                assertThat(shard.servers()).extracting(Server::role).containsExactly("PRIMARY", "REPLICA");
                assertThat(shard.servers().get(0).pool().max()).isEqualTo(10);
            });
            // each person has one hobby
            assertThat(report.shards().stream()
                            .mapToLong(ShardsReport.Shard::rows)
                            .sum())
                    .isEqualTo(2L * Watched.PEOPLE);
        });
    }

    @Test
    @Order(1)
    void endpoint_asJson_hasNoPasswordAndNoUrlParameters() {
        application().run(context -> {
            String json = JsonMapper.builder()
                    .build()
                    .writeValueAsString(context.getBean(ShardsEndpoint.class).shards());
            assertThat(json)
                    .contains("\"name\":\"shard0\"", "\"lagMillis\":")
                    .doesNotContain("password")
                    .doesNotContain("jdbc:postgresql");
        });
    }

    @Test
    @Order(1)
    void endpoint_branchInDoubt_isToldOnItsShard() {
        Shard shard = watched.cluster.shards().get(1);
        String name = "hibernate-shards/app/1@host/20260101T000000.000/x-1/log/shard0/1-shard1";
        Watched.execute(shard, "begin; insert into Land (code) values ('XX'); prepare transaction '" + name + "'");
        try {
            application().run(context -> {
                ShardsReport report = context.getBean(ShardsEndpoint.class).shards();
                assertThat(report.shards().get(0).inDoubt()).isEmpty();
                assertThat(report.shards().get(1).inDoubt())
                        .extracting(InDoubt::name)
                        .containsExactly(name);
            });
        } finally {
            Watched.execute(shard, "rollback prepared '" + name + "'");
        }
    }

    @Test
    @Order(1)
    void endpoint_hotKeys_tellIdsOnlyIfTheyMayBeShown() {
        Long hot = watched.personOn(ShardId.of("shard1"));
        try (ShardedSession session = watched.factory.openSession()) {
            for (int i = 0; i < 200; i++) {
                session.find(Person.class, hot);
                session.clear();
            }
        }
        application().run(context -> assertThat(context.getBean(ShardsEndpoint.class)
                        .shards()
                        .shards()
                        .get(1)
                        .hotKeys())
                .isNotEmpty()
                .extracting(Hot::id)
                .containsOnlyNulls());
        application()
                .withPropertyValues("hibernate.shards.spring.hot-keys.show-ids=true")
                .run(context -> assertThat(context.getBean(ShardsEndpoint.class)
                                .shards()
                                .shards()
                                .get(1)
                                .hotKeys())
                        .extracting(Hot::id)
                        .contains(hot.toString()));
    }

    @Test
    @Order(1)
    void gauges_tellServersPoolsAndRows() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (ShardsReporter reporter = new ShardsReporter(watched.factory, false)) {
            reporter.report();
            new ShardMetrics(watched.factory, reporter).bindTo(registry);
            assertThat(registry.get("hibernate.shards.buckets")
                            .tag("shard", "shard0")
                            .gauge()
                            .value())
                    .isEqualTo(4096);
            assertThat(registry.get("hibernate.shards.server.up")
                            .tags("shard", "shard1", "server", "r0")
                            .gauge()
                            .value())
                    .isEqualTo(1);
            assertThat(registry.get("hibernate.shards.server.primary")
                            .tags("shard", "shard1", "server", "r0")
                            .gauge()
                            .value())
                    .isEqualTo(0);
            assertThat(registry.get("hibernate.shards.server.lag")
                            .tags("shard", "shard1", "server", "r0")
                            .gauge()
                            .value())
                    .isNotNegative();
            assertThat(registry.get("hibernate.shards.server.lag")
                            .tags("shard", "shard1", "server", "primary")
                            .gauge()
                            .value())
                    .isNaN();
            assertThat(registry.get("hibernate.shards.pool.max")
                            .tags("shard", "shard0", "server", "primary")
                            .gauge()
                            .value())
                    .isEqualTo(10);
            assertThat(registry.get("hibernate.shards.rows").gauges().stream()
                            .mapToDouble(gauge -> gauge.value())
                            .sum())
                    .isEqualTo(2.0 * Watched.PEOPLE);
            assertThat(registry.get("hibernate.shards.cache.gets")
                            .tag("result", "hit")
                            .functionCounters())
                    .isNotEmpty();
        }
    }

    /** A server of another shard among the replicas: somebody has written the wrong URL. */
    @Test
    @Order(1)
    void gauges_tellAServerThatIsUnfit_fromOneThatIsDown() {
        Shard other = watched.cluster.shards().get(1);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        String wrong = "hibernate.shards.shard.shard0.replica.wrong.";
        String down = "hibernate.shards.shard.shard0.replica.down.";
        try (ShardedSessionFactory factory = new ShardedConfiguration()
                        .settings(watched.cluster.settings())
                        .setting(wrong + "url", other.url())
                        .setting(wrong + "username", other.user())
                        .setting(wrong + "password", other.password())
                        .setting(down + "url", "jdbc:postgresql://localhost:1/nowhere")
                        .entities(Person.class, Land.class)
                        .build();
                ShardsReporter reporter = new ShardsReporter(factory, false)) {
            new ShardMetrics(factory, reporter).bindTo(registry);
            eventually(() -> server(registry, "unfit", "wrong") == 1 && server(registry, "up", "down") == 0);
            assertThat(server(registry, "up", "wrong")).isZero();
            assertThat(server(registry, "unfit", "down")).isZero();
            eventually(() -> server(registry, "primary", "primary") == 1); // whoever was the first to answer
            assertThat(server(registry, "unfit", "primary")).isZero();
        }
    }

    private static double server(SimpleMeterRegistry registry, String meter, String server) {
        return registry.get("hibernate.shards.server." + meter)
                .tags("shard", "shard0", "server", server)
                .gauge()
                .value();
    }

    @Test
    @Order(2)
    void health_withoutAReplica_isUpAndTellsWhich() {
        watched.cluster.replica(1, 0).kill();
        eventually(() -> watched.factory.getServers().stream()
                .anyMatch(server -> server.name().equals("r0") && !server.available()));
        application().run(context -> {
            HealthEndpoint endpoint = context.getBean(HealthEndpoint.class);
            assertThat(Objects.requireNonNull(endpoint.healthForPath("shards")).getStatus())
                    .isEqualTo(Status.UP);
            assertThat(health(endpoint, "shard1").getDetails())
                    .extractingByKey("servers", MAP)
                    .extractingByKey("r0", MAP)
                    .containsEntry("available", false)
                    .containsKey("problem");
        });
    }

    @Test
    @Order(3)
    void health_withoutAPrimary_isDegradedOrDownAsSet() {
        watched.cluster.kill(0);
        eventually(() -> watched.factory.getServers().stream()
                .anyMatch(server -> server.name().equals("primary") && !server.available()));
        application().run(context -> {
            HealthEndpoint endpoint = context.getBean(HealthEndpoint.class);
            assertThat(health(endpoint, "shard0").getStatus()).isEqualTo(ShardsHealth.DEGRADED);
            assertThat(health(endpoint, "shard0").getDetails()).containsEntry("state", "READ_ONLY");
            assertThat(health(endpoint, "shard1").getStatus()).isEqualTo(Status.UP);
            assertThat(endpoint.health().getStatus()).isEqualTo(ShardsHealth.DEGRADED);
            assertThat(context.getBean(HttpCodeStatusMapper.class).getStatusCode(ShardsHealth.DEGRADED))
                    .isEqualTo(200);
        });
        application()
                .withPropertyValues("hibernate.shards.spring.health.shard-down=down")
                .run(context -> assertThat(
                                context.getBean(HealthEndpoint.class).health().getStatus())
                        .isEqualTo(Status.DOWN));
    }

    @Test
    @Order(4)
    void health_orderOfStatusesThatIsSet_isKept() {
        application()
                .withPropertyValues("management.endpoint.health.status.order=up,degraded")
                .run(context -> assertThat(
                                context.getBean(HealthEndpoint.class).health().getStatus())
                        .isEqualTo(Status.UP));
    }

    @Test
    @Order(5)
    void endpoint_withoutServersOfAShard_tellsTheOthers() {
        watched.cluster.replica(0, 0).kill();
        eventually(() -> watched.factory.getServers().stream()
                .filter(server -> server.shard().equals(ShardId.of("shard0")))
                .noneMatch(ServerStatus::available));
        application().run(context -> {
            ShardsReport report = context.getBean(ShardsEndpoint.class).shards();
            ShardsReport.Shard down = report.shards().get(0);
            assertThat(down.status()).isEqualTo("DOWN");
            eventually(() -> context.getBean(ShardsEndpoint.class)
                            .shards()
                            .shards()
                            .get(0)
                            .problem()
                    != null);
            assertThat(down.rows()).isNull();
            assertThat(down.servers()).noneMatch(Server::available);
            assertThat(report.shards().get(1).status()).isEqualTo("UP");
            assertThat(report.shards().get(1).rows()).isPositive();
        });
    }
}
