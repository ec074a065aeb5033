package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages far behind, of which the shards leave out most of what is before them. */
class DeepPagesTest {
    private static final int ROWS = 4000;
    private static final AtomicInteger SKIPPING = new AtomicInteger();

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @Entity(name = "Item")
    static class Item {
        @Id
        @ShardKey
        long id;

        @Nullable
        Integer rank;

        @Nullable
        String name;

        /** Increases from shard to shard. */
        long apart;
    }

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.SCHEMAS, 4);
        StatementInspector inspector = sql -> {
            if (sql.contains(" offset ")) {
                SKIPPING.incrementAndGet();
            }
            return sql;
        };
        factory = new ShardedConfiguration()
                .entities(Item.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.session_factory.statement_inspector", inspector)
                .build();
        Random random = new Random(7);
        TreeMap<String, List<Item>> shards = new TreeMap<>();
        try (ShardedSession session = factory.openSession()) {
            for (long id = 0; id < ROWS; id++) {
                Item item = new Item();
                item.id = id;
                item.rank = id % 11 == 0 ? null : random.nextInt(500);
                item.name = "n" + random.nextInt(100_000);
                ShardedQuery<Item> byKey = session.createQuery("from Item i where i.id = :id", Item.class);
                byKey.setParameter("id", id);
                String target = byKey.explain().lines().findFirst().orElseThrow();
                shards.computeIfAbsent(target, shard -> new ArrayList<>()).add(item);
                item.apart = shards.headMap(target).size() * (long) ROWS + id;
            }
        }
        assertThat(shards).hasSize(4);
        shards.values().forEach(items -> factory.inTransaction(session -> items.forEach(session::persist)));
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    private static List<Long> ids(String order, int offset, int rows) {
        try (ShardedSession session = factory.openSession()) {
            return session
                    .createQuery("from Item i order by " + order, Item.class)
                    .setFirstResult(offset)
                    .setMaxResults(rows)
                    .list()
                    .stream()
                    .map(item -> item.id)
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "i.id",
                "i.id desc",
                "i.rank, i.id",
                "i.rank desc, i.id desc",
                "i.name, i.id",
                "i.apart",
                "-i.apart"
            })
    void deepPages_areThoseOfTheWholeAnswer(String order) {
        List<Long> whole;
        try (ShardedSession session = factory.openSession()) {
            whole = session.createQuery("select i.id from Item i order by " + order, Long.class)
                    .list();
        }
        assertThat(whole).hasSize(ROWS).doesNotHaveDuplicates();
        for (int offset : new int[] {0, 49, 50, 430, 700, 1000, 1999, 3000, 3500, 3979, 3990, 3999, 4000, 9000}) {
            int from = Math.min(offset, ROWS);
            assertThat(ids(order, offset, 20))
                    .as("offset " + offset)
                    .isEqualTo(whole.subList(from, Math.min(from + 20, ROWS)));
        }
    }

    @Test
    void rowsThatAreNoEntities_areSkippedToo() {
        try (ShardedSession session = factory.openSession()) {
            String hql = "select i.name, i.rank from Item i order by i.name, i.id";
            List<Object[]> whole = session.createQuery(hql, Object[].class).list();
            SKIPPING.set(0);
            List<Object[]> page = session.createQuery(hql, Object[].class)
                    .setFirstResult(2000)
                    .setMaxResults(50)
                    .list();
            assertThat(SKIPPING).hasValue(4);
            assertThat(page).hasSize(50);
            for (int i = 0; i < 50; i++) {
                assertThat(page.get(i)).isEqualTo(whole.get(2000 + i));
            }
        }
    }

    @Test
    void whereRowsAreSpreadEvenly_shardsSkip() {
        SKIPPING.set(0);
        for (int offset = 1000; offset < 3000; offset += 500) {
            ids("i.id + 0", offset, 20);
        }
        assertThat(SKIPPING).hasValue(4 * 4);
    }

    @Test
    void whereTheyAreNot_shardsSoonStopSkipping() {
        SKIPPING.set(0);
        for (int i = 0; i < 10; i++) {
            ids("i.apart + 0", 1000 + i, 20);
        }
        assertThat(SKIPPING).hasValueLessThanOrEqualTo(3 * 4);
    }
}
