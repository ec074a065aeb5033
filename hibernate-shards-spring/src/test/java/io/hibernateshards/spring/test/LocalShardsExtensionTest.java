package io.hibernateshards.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

class LocalShardsExtensionTest {
    /** What the classes below have seen. */
    private static final List<LocalCluster> SEEN = new ArrayList<>();

    @LocalShards(
            names = {"eu", "us"},
            settings = {"hibernate.shards.query.scatter=deny", "hibernate.shards.jvms = 2"})
    static class WithParameters {
        @Test
        void clusterAndSettings_areInjected(LocalCluster cluster, Map<String, String> settings) {
            assertThat(cluster.shards()).extracting(Shard::name).containsExactly("eu", "us");
            assertThat(settings)
                    .containsEntry("hibernate.shards.shards", "eu,us")
                    .containsEntry("hibernate.shards.query.scatter", "deny")
                    .containsEntry("hibernate.shards.jvms", "2")
                    .containsEntry(
                            "hibernate.shards.shard.us.url",
                            cluster.shards().get(1).url());
            SEEN.add(cluster);
        }

        @Nested
        class Inside {
            @Test
            void nestedClass_hasTheSame(LocalCluster cluster) {
                assertThat(cluster.shards()).extracting(Shard::name).containsExactly("eu", "us");
                SEEN.add(cluster);
            }
        }
    }

    @LocalShards(names = {"eu", "us"})
    static class Alike {
        @Test
        void classThatWantsTheSame_hasTheSame(LocalCluster cluster) {
            SEEN.add(cluster);
        }
    }

    @LocalShards(shards = 1, own = true)
    static class Own {
        @Test
        void shard_runs(LocalCluster cluster) throws SQLException {
            connects(cluster);
            SEEN.add(cluster);
        }

        @Nested
        class Inside {
            @Test
            void shard_runs(LocalCluster cluster) throws SQLException {
                connects(cluster);
                SEEN.add(cluster);
            }
        }
    }

    static class OwnToo extends Own {}

    static class Registered {
        @RegisterExtension
        static final LocalShardsExtension SHARDS = LocalShardsExtension.of("a");

        @RegisterExtension
        final LocalShardsExtension ofInstance = LocalShardsExtension.of(1);

        @Test
        void cluster_isThere() throws SQLException {
            connects(SHARDS.cluster());
            assertThat(SHARDS.settings()).containsEntry("hibernate.shards.shards", "a");
            assertThat(ofInstance.settings()).containsEntry("hibernate.shards.shards", "shard0");
        }
    }

    private static void connects(LocalCluster cluster) throws SQLException {
        try (Connection connection = cluster.shards().get(0).connect()) {
            assertThat(connection.isValid(0)).isTrue();
        }
    }

    private static int run(Class<?>... classes) {
        SEEN.clear();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        for (Class<?> type : classes) {
            request.selectors(selectClass(type));
        }
        LauncherDiscoveryRequest built = request.build();
        LauncherFactory.create().execute(built, summary);
        summary.getSummary().getFailures().forEach(failure -> {
            throw new AssertionError(failure.getTestIdentifier().getDisplayName(), failure.getException());
        });
        return (int) summary.getSummary().getTestsSucceededCount();
    }

    @Test
    void equalWants_areOneCluster() {
        assertThat(run(WithParameters.class, Alike.class)).isEqualTo(3);
        assertThat(SEEN).hasSize(3).allMatch(cluster -> cluster == SEEN.get(0));
    }

    @Test
    void ownShards_areGoneAfterTheirClass() {
        assertThat(run(Own.class, OwnToo.class)).isEqualTo(4);
        assertThat(SEEN.stream().distinct()).hasSize(2);
        assertThat(SEEN).allSatisfy(cluster -> assertThatThrownBy(() -> connects(cluster))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("does not exist"));
    }

    @Test
    void registeredExtension_hasACluster() {
        assertThat(run(Registered.class)).isEqualTo(1);
    }

    @Test
    void ownServersWithReplica_mayBeKilled() throws SQLException {
        WantedShards wanted = new WantedShards(List.of("one"), 1, true, "this test");
        LocalCluster cluster = wanted.cluster();
        try {
            assertThat(cluster.settings()).containsKey("hibernate.shards.shard.one.replica.r0.url");
            connects(cluster);
            cluster.kill(0);
            assertThatThrownBy(() -> connects(cluster)).isInstanceOf(SQLException.class);
        } finally {
            wanted.close();
        }
    }

    @Test
    void settingWithoutValue_isToldByName() {
        assertThatThrownBy(() -> WantedShards.settings("hibernate.shards.jvms"))
                .hasMessage("@LocalShards: setting \"hibernate.shards.jvms\": write name=value");
    }
}
