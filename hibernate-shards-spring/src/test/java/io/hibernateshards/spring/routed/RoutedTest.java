package io.hibernateshards.spring.routed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.spring.ShardContext;
import io.micrometer.context.ContextSnapshotFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Methods say which shard they are for and how fresh what they read must be, in a Boot application. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoutedTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Depot.class)
    static class Application {}

    private final LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 3);
    private final ConfigurableApplicationContext context = start();
    private final Depot depot = context.getBean(Depot.class);
    private final Parcels parcels = context.getBean(Parcels.class);
    private final ShardedSessionFactory factory = context.getBean(ShardedSessionFactory.class);

    /** One city on each shard. */
    private final List<String> cities = new ArrayList<>();

    private ConfigurableApplicationContext start() {
        Map<String, Object> properties = cluster.settings().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        properties.put("spring.jpa.hibernate.ddl-auto", "create");
        properties.put("spring.liquibase.enabled", false);
        properties.put("spring.flyway.enabled", false);
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(properties)
                .run();
    }

    @BeforeAll
    void chooseCities() {
        for (ShardId shard : factory.getTopology().shards()) {
            int i = 0;
            while (!factory.locate(Parcel.class, "city" + i).equals(shard)) {
                i++;
            }
            cities.add("city" + i);
        }
    }

    @BeforeEach
    void fill() {
        parcels.deleteAllInBatch();
        for (int i = 0; i < 3; i++) {
            parcels.save(new Parcel(i, cities.get(i), 10 + i));
        }
    }

    @AfterAll
    void stop() {
        context.close();
        cluster.close();
    }

    @Test
    void onShard_routesJdbc_byTheKeyInAParameter() {
        assertThat(cities).map(depot::weightByJdbc).containsExactly(10, 11, 12);
        assertThat(ShardContext.currentShard(factory)).isNull();
    }

    @Test
    void onShard_routesJdbcAndJpaInOneTransaction() {
        depot.store(new Parcel(7, cities.get(2), 70));
        assertThat(parcels.findById(7L)).map(Parcel::getWeight).hasValue(71);
        assertThat(depot.weightByJdbc(cities.get(2))).isEqualTo(83);
    }

    @Test
    void onShard_ofARepositoryMethod_routesItsSql() {
        assertThat(cities).map(parcels::heaviest).containsExactly(10, 11, 12);
    }

    @Test
    void onShard_ofAName_asksThatShardAlone() {
        assertThat(depot.heavy(0)).map(Parcel::getId).containsExactly(1L);
        assertThat(parcels.findByWeightGreaterThan(0)).hasSize(3);
        assertThat(depot.<Long>on1(parcels::count)).isEqualTo(1);
    }

    @Test
    void onShard_refusesWhatBelongsElsewhere() {
        assertThatThrownBy(() -> depot.storeOn(ShardId.of("shard1"), new Parcel(8, cities.get(2), 1)))
                .hasMessageContaining("HS-035")
                .hasMessageContaining("shard1");
        assertThat(parcels.existsById(8L)).isFalse();
    }

    @Test
    void onShard_takesWholeKeys_andRefusesNone() {
        assertThat(depot.shardOf(ShardKeys.of(cities.get(2)))).isEqualTo(ShardId.of("shard2"));
        assertThatThrownBy(depot::ofNobody).hasMessageContaining("#nobody").hasMessageContaining("-parameters");
        assertThatThrownBy(depot::nowhere).hasMessageContaining("either the shard's name");
        assertThat(ShardContext.currentShard(factory)).isNull();
    }

    @Test
    void consistency_holdsForTheSessionAndThoseOpenedWithin_andNoLonger() {
        assertThat(depot.usual()).isEqualTo(Consistency.SESSION);
        assertThat(depot.eventual()).isEqualTo(Consistency.EVENTUAL);
        Consistency bounded = Consistency.bounded(Duration.ofSeconds(5));
        assertThat(depot.bounded(depot::usual)).isEqualTo(bounded);
        assertThat(depot.bounded(depot::eventual)).isEqualTo(Consistency.EVENTUAL);
        assertThat(depot.withinTransaction(() -> {
                    assertThat(depot.consistency()).isEqualTo(Consistency.SESSION);
                    assertThat(depot.bounded(depot::consistency)).isEqualTo(bounded);
                    return depot.consistency();
                }))
                .isEqualTo(Consistency.SESSION);
        assertThatThrownBy(depot::unbounded).hasMessageContaining("maxStaleness");
    }

    @Test
    void scopes_areNoOtherThreads_butHandedOnBySnapshots() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            assertThat(depot.on1(() ->
                            CompletableFuture.supplyAsync(parcels::count, other).join()))
                    .isEqualTo(3);
            ContextSnapshotFactory snapshots = ContextSnapshotFactory.builder().build();
            Long counted = depot.on1(() -> {
                var snapshot = snapshots.captureAll();
                try {
                    return other.submit(snapshot.wrap((Callable<Long>) parcels::count))
                            .get();
                } catch (InterruptedException | ExecutionException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(counted).isEqualTo(1);
            assertThat(CompletableFuture.supplyAsync(parcels::count, other).join())
                    .isEqualTo(3);
        } finally {
            other.shutdown();
        }
    }
}
