package io.hibernateshards.internal.jta;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.transaction.TransactionManager;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a JTA transaction changes is told to other JVMs once it has completed. */
class JtaCoherenceTest {
    @Entity(name = "Score")
    @Cacheable
    static class Score {
        @Id
        @ShardKey
        int id;

        int points;
    }

    private static ShardedSessionFactory factory(LocalCluster cluster, Map<String, String> more) {
        ShardedConfiguration configuration = new ShardedConfiguration()
                .entities(Score.class)
                .settings(cluster.settings())
                .setting(ShardSettings.CACHE_COHERENCE, "notify")
                .setting("hibernate.cache.region.factory_class", "caffeine-shards");
        more.forEach(configuration::setting);
        return configuration.build();
    }

    @Test
    void changesOfTwoShards_areHeardOf_andThoseRolledBackChangeNothing() throws Exception {
        TransactionManager manager = Narayana.start();
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2);
                ShardedSessionFactory there = factory(cluster, Map.of("hibernate.hbm2ddl.auto", "create"));
                ShardedSessionFactory here = factory(
                        cluster,
                        Map.of(
                                "hibernate.transaction.coordinator_class",
                                "jta",
                                "hibernate.transaction.jta.platform",
                                "org.hibernate.engine.transaction.jta.platform.internal.NarayanaJtaPlatform"))) {
            List<Integer> ids = there.getTopology().shards().stream()
                    .map(shard -> IntStream.range(0, 10_000)
                            .filter(id -> there.locate(Score.class, id).equals(shard))
                            .findFirst()
                            .orElseThrow())
                    .toList();
            there.inTransaction(session -> ids.forEach(id -> {
                Score score = new Score();
                score.id = id;
                session.persist(score);
            }));
            for (int points = 1; points <= 3; points++) {
                while (!ids.stream().allMatch(id -> there.getCache().contains(Score.class, id))) {
                    points(there, ids);
                }
                add(here, ids, manager);
                manager.rollback();
                assertThat(points(there, ids)).containsOnly(points - 1);

                add(here, ids, manager);
                manager.commit();
                List<Integer> now = points(there, ids);
                while (now.contains(points - 1)) { // until it is heard of
                    now = points(there, ids);
                }
                assertThat(now).containsOnly(points);
            }
        }
    }

    private static void add(ShardedSessionFactory here, List<Integer> ids, TransactionManager manager)
            throws Exception {
        manager.begin();
        try (ShardedSession session = here.openSession()) {
            ids.forEach(id -> session.find(Score.class, id).points++);
            session.flush();
        }
    }

    private static List<Integer> points(ShardedSessionFactory there, List<Integer> ids) {
        return ids.stream()
                .map(id -> there.fromSession(session -> session.find(Score.class, id)).points)
                .toList();
    }
}
