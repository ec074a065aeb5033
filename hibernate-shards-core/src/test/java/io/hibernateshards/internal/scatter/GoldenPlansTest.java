package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The files of plans say how queries are answered, or why they are not. */
class GoldenPlansTest {
    static final List<String> FILES =
            List.of("one-shard.txt", "several-shards.txt", "gathered.txt", "refused.txt", "statements.txt");

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.shared(Layout.SCHEMAS, 4);
        factory = new ShardedConfiguration()
                .entities(OracleModel.ENTITIES)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
        update();
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    /**
     * With {@code -Dplans.update} the files get the plans of today, each query in the file that its plan belongs to; read
     * the difference before it is committed.
     */
    private static void update() throws IOException {
        if (System.getProperty("plans.update") != null) {
            Map<String, List<GoldenPlan>> files = new LinkedHashMap<>();
            FILES.forEach(file -> files.put(file, new ArrayList<>()));
            for (String file : FILES) {
                try (ShardedSession session = factory.openSession()) {
                    for (GoldenPlan golden : GoldenPlan.of(file)) {
                        GoldenPlan today = golden.with(plan(session, golden));
                        String in = file.equals("statements.txt") ? file : today.file();
                        files.computeIfAbsent(in, name -> new ArrayList<>()).add(today);
                    }
                }
            }
            for (Map.Entry<String, List<GoldenPlan>> file : files.entrySet()) {
                GoldenPlan.write(file.getKey(), file.getValue());
            }
            Files.writeString(ConstructsPage.PATH, ConstructsPage.text());
        }
    }

    @Test
    void explain_ofListParameters_leavesTheQueryAsItWas() {
        try (ShardedSession session = factory.openSession()) {
            ShardedQuery<Owner> query = session.createQuery("from Owner o where o.number in (:numbers)", Owner.class);
            query.setParameterList("numbers", List.of(1, 2, 3));
            String plan = query.explain();
            assertThat(plan).contains("in (?,?,?)");
            assertThat(query.getResultList()).isEmpty();
            assertThat(query.explain()).isEqualTo(plan);
            assertThat(query.getResultList()).isEmpty();
        }
    }

    @Test
    void pageOfConstructs_saysWhatThePlansSay() throws IOException {
        assertThat(ConstructsPage.PATH).content().isEqualTo(ConstructsPage.text());
    }

    @TestFactory
    Stream<DynamicTest> plans_areThoseOfTheFiles() {
        return FILES.stream()
                .flatMap(file -> GoldenPlan.of(file).stream())
                .map(golden -> DynamicTest.dynamicTest(golden.comment(), () -> {
                    try (ShardedSession session = factory.openSession()) {
                        assertThat(plan(session, golden)).isEqualTo(golden.plan());
                    }
                }));
    }

    /** Running it does what its explain says. */
    @TestFactory
    Stream<DynamicTest> refusedPlans_areRefusedWhenRunToo_andWorkOnOneShard() {
        return GoldenPlan.of("refused.txt").stream()
                .map(golden -> DynamicTest.dynamicTest(golden.comment(), () -> {
                    try (ShardedSession session = factory.openSession()) {
                        assertThat(run(session, golden.hql())).isEqualTo(golden.plan());
                        assertThat(session.usedShards()).isEmpty();
                        if (golden.narrowed() != null) {
                            assertThat(session.createQuery(golden.narrowed(), Object.class)
                                            .explain())
                                    .startsWith("Targeted shards [shard");
                        }
                    }
                }));
    }

    private static String run(ShardedSession session, String hql) {
        try {
            return session.createQuery(hql, Object.class).getResultList().toString();
        } catch (ShardingException e) {
            return message(e);
        }
    }

    @SuppressWarnings("deprecation") // statements have no result type
    private static String plan(ShardedSession session, GoldenPlan golden) {
        ShardedQuery<?> query = (ShardedQuery<?>) session.createQuery(golden.hql());
        if (!golden.page().isEmpty()) {
            query.setFirstResult(golden.page().get(0))
                    .setMaxResults(golden.page().get(1));
        }
        try {
            return query.explain();
        } catch (ShardingException e) {
            return message(e);
        }
    }

    /** The query is told again at the end. */
    private static String message(ShardingException e) {
        return String.valueOf(e.getMessage()).replaceFirst(" (Query|Statement): .*", "");
    }
}
