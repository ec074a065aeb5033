package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.gather.Shards;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Region;
import jakarta.persistence.QueryTimeoutException;
import jakarta.persistence.criteria.Join;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.hibernate.Hibernate;
import org.hibernate.StatelessSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Gathered queries in the life of a session and its connections. */
@Tag("pgbouncer")
class GatheredTest {
    private static final String ABOVE_AVERAGE =
            "from Owner o where o.number > (select avg(p.number) from Owner p) order by o.id";

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 4);
        factory = new ShardedConfiguration()
                .entities(OracleModel.ENTITIES)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.shards.pool.maximum-pool-size", "2")
                .setting(ShardSettings.QUERY_INLINE_LIMIT, "0")
                .build();
        Region north = new Region();
        north.code = "N";
        factory.getReferenceData().upsert(List.of(north));
        for (long id = 1; id <= 20; id++) {
            Owner owner = new Owner();
            owner.id = id;
            owner.number = (int) id;
            owner.name = "owner " + id;
            owner.region = north;
            owner.tags.add("tag" + id);
            factory.inTransaction(session -> session.persist(owner));
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    private static List<Long> ids(List<Owner> owners) {
        return owners.stream().map(owner -> owner.id).toList();
    }

    private static List<Owner> aboveAverage(ShardedSession session) {
        return session.createQuery(ABOVE_AVERAGE, Owner.class).getResultList();
    }

    private static void assertNothingLeft(ShardedSession session) {
        for (ShardId shard : factory.getTopology().shards()) {
            assertThat(((Shards) session).child(shard).<Integer>doReturningWork(connection -> {
                        try (Statement statement = connection.createStatement();
                                ResultSet row = statement.executeQuery(
                                        "select count(*)::int from pg_class where relpersistence = 't'")) {
                            row.next();
                            return row.getInt(1);
                        }
                    }))
                    .as("temporary tables on " + shard)
                    .isZero();
        }
    }

    @Test
    void statementsThatTheServerHasPrepared_readTheRightTables() {
        String counted = "select count(*), max(o.name) from Owner o where o.number >= 0";
        String gathered = counted + " and 1 < (select max(p.number) from Owner p)";
        factory.inTransaction(session -> {
            for (int round = 0; round < 12; round++) {
                assertThat(session.createQuery(counted + " and o.id = 4", Object[].class)
                                .getSingleResult())
                        .containsExactly(1L, "owner 4");
                assertThat(session.createQuery(counted, Object[].class).getSingleResult())
                        .containsExactly(20L, "owner 9");
                if (round % 3 == 2) {
                    for (int again = 0; again < 7; again++) {
                        assertThat(session.createQuery(gathered, Object[].class).getSingleResult())
                                .containsExactly(20L, "owner 9");
                    }
                }
            }
            assertNothingLeft((ShardedSession) session);
        });
    }

    @Test
    void entities_areWhole_andThoseOfTheirSession() {
        factory.inTransaction(session -> {
            Owner known = session.find(Owner.class, 15L);
            List<Owner> found = aboveAverage((ShardedSession) session);
            assertThat(ids(found)).containsExactly(11L, 12L, 13L, 14L, 15L, 16L, 17L, 18L, 19L, 20L);
            assertThat(found.get(4)).isSameAs(known);
            assertThat(Hibernate.isInitialized(found.get(0).tags)).isFalse();
            for (Owner owner : found) {
                assertThat(owner.tags).containsExactly("tag" + owner.id);
                assertThat(Hibernate.unproxy(owner.region, Region.class).code).isEqualTo("N");
                assertThat(session.contains(owner)).isTrue();
            }
        });
    }

    @Test
    void ownWrites_areSeen_andSurviveTheGather() {
        factory.inTransaction(session -> {
            session.find(Owner.class, 3L).number = 1000;
            assertThat(ids(aboveAverage((ShardedSession) session))).containsExactly(3L);
            assertNothingLeft((ShardedSession) session);
        });
        try {
            factory.inTransaction(
                    session -> assertThat(session.find(Owner.class, 3L).number).isEqualTo(1000));
        } finally {
            factory.inTransaction(session -> session.find(Owner.class, 3L).number = 3);
        }
    }

    @Test
    void withoutTransaction_theAnswerIsTheSame_andNothingIsLeft() {
        for (int round = 0; round < 8; round++) {
            try (ShardedSession session = factory.openSession()) {
                assertThat(aboveAverage(session)).hasSize(10);
                assertThat(session.createQuery(ABOVE_AVERAGE, Owner.class).getResultCount())
                        .isEqualTo(10);
                assertNothingLeft(session);
            }
        }
    }

    /** The driver tells what it sends: a named portal is a cursor; without one it would hold all rows at once. */
    @Test
    void withoutTransaction_rowsAreReadByCursors() {
        Logger driver = Logger.getLogger("org.postgresql.core.v3.QueryExecutorImpl");
        List<String> portals = Collections.synchronizedList(new ArrayList<>());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord told) {
                if (told.getMessage().contains("Execute(portal=")
                        && String.valueOf(told.getParameters()[1]).equals("256")) {
                    portals.add(String.valueOf(told.getParameters()[0]));
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Level before = driver.getLevel();
        driver.addHandler(handler);
        driver.setLevel(Level.FINEST);
        driver.setUseParentHandlers(false);
        try (ShardedSession session = factory.openSession()) {
            assertThat(aboveAverage(session)).hasSize(10);
        } finally {
            driver.removeHandler(handler);
            driver.setLevel(before);
            driver.setUseParentHandlers(true);
        }
        assertThat(portals).isNotEmpty().allMatch(portal -> portal.startsWith("C_"));
    }

    @Test
    void statelessSession_gathersToo() {
        try (StatelessSession session = factory.openStatelessSession()) {
            assertThat(ids(session.createQuery(ABOVE_AVERAGE, Owner.class).getResultList()))
                    .hasSize(10)
                    .contains(20L);
        }
    }

    @Test
    void failureOfTheQuery_leavesTheTransactionUsable() {
        factory.inTransaction(session -> {
            assertThatThrownBy(() -> session.createQuery(
                                    "select 1 / (o.number - o.number) from Owner o, Owner p", Integer.class)
                            .getResultList())
                    .hasStackTraceContaining("division by zero");
            assertNothingLeft((ShardedSession) session);
            assertThat(aboveAverage((ShardedSession) session)).hasSize(10);
        });
    }

    @Test
    void timeOut_leavesNothingBehind() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            assertThatThrownBy(() -> session.createQuery(
                                    "select count(*) from Owner a, Owner b, Owner c, Owner d, Owner e, Owner f where a.number + b.number + c.number + d.number + e.number + f.number > 3",
                                    Long.class)
                            .setTimeout(1)
                            .getSingleResult())
                    .hasStackTraceContaining("canceling statement");
            assertNothingLeft(session);
            assertThat(aboveAverage(session)).hasSize(10);
            session.getTransaction().rollback();
        }
    }

    @Test
    void manyAtOnce_onSmallPools_waitForEachOtherInOneOrder() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                answers.add(threads.submit(() -> {
                    try (ShardedSession session = factory.openSession()) {
                        return aboveAverage(session).size();
                    }
                }));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(10);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void readOnlyTransactions_manyAtOnce_onSmallPools_areAnswered() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                answers.add(threads.submit(() -> factory.fromTransaction(session -> {
                    ReadOnly.begin((ShardedSession) session);
                    return aboveAverage((ShardedSession) session).size();
                })));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(10);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void readOnlyTransaction_seesReferenceRowsAsItsOwnSnapshotHasThem() {
        String hql =
                "select r.name, count(*) from Owner o join o.region r, Owner p where o.number = p.number group by r.name";
        Region changed = new Region();
        changed.code = "N";
        changed.name = "later";
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            for (ShardId shard : factory.getTopology().shards()) {
                ((Shards) session)
                        .child(shard)
                        .doWork(connection ->
                                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ));
            }
            ReadOnly.begin(session);
            session.createQuery("select count(*) from Owner", Long.class).getSingleResult(); // takes the snapshots
            factory.getReferenceData().upsert(List.of(changed));
            assertThat(session.createQuery(hql, Object[].class).getSingleResult())
                    .containsExactly(null, 20L);
            session.getTransaction().rollback();
        } finally {
            changed.name = null;
            factory.getReferenceData().upsert(List.of(changed));
        }
    }

    @Test
    void readOnlyTransaction_ofAQueryThatTakesTooLong_isCutToo() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            ReadOnly.begin(session);
            assertThatThrownBy(() -> session.createQuery(
                                    "select count(*) from Owner a, Owner b, Owner c, Owner d, Owner e, Owner f where a.number + b.number + c.number + d.number + e.number + f.number > 3",
                                    Long.class)
                            .setHint("jakarta.persistence.query.timeout", 300)
                            .getSingleResult())
                    .isInstanceOf(QueryTimeoutException.class)
                    .hasMessageContaining("had 300 ms");
            assertThat(aboveAverage(session)).hasSize(10);
            session.getTransaction().rollback();
        }
    }

    @Test
    void fetchedCollectionThatCriteriaRestrict_isRefused() {
        try (ShardedSession session = factory.openSession()) {
            var builder = session.getCriteriaBuilder();
            var query = builder.createQuery(Owner.class);
            var owner = query.from(Owner.class);
            Join<?, ?> deals = (Join<?, ?>) owner.fetch("deals");
            var most = query.subquery(Integer.class);
            most.select(builder.max(most.from(Owner.class).<Integer>get("number")));
            query.select(owner)
                    .where(builder.equal(owner.get("number"), most), builder.equal(deals.get("note"), "some alone"));
            assertThatThrownBy(() -> session.createQuery(query).getResultList())
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("a collection fetch with an alias");
        }
    }

    @Test
    void explain_tellsTheTablesColumnsAndFilters() {
        try (ShardedSession session = factory.openSession()) {
            ShardedQuery<?> query = (ShardedQuery<?>) session.createQuery(
                            "select o.id, a.label from Owner o join Asset a on a.label = o.name"
                                    + " where o.number > :least and (a.tenant = 'x' or a.tenant = 'y')",
                            Object[].class)
                    .setParameter("least", 7);
            assertThat(query.explain())
                    .startsWith("Gather on one of shards [shard0, shard1, shard2, shard3]\n")
                    .contains("Owner (id, name, number) where o1_0.number>?\n")
                    .contains("Asset (label, tenant) where (a1_0.tenant='x' or a1_0.tenant='y')\n");
            assertThat(session.usedShards()).isEmpty();
        }
    }

    @Test
    void explain_tellsTheConditionsOfAllPlacesThatReadATable() {
        try (ShardedSession session = factory.openSession()) {
            String left = "select o.name from Owner o where o.number > 5 union ";
            assertThat(explained(session, left + "select p.name from Owner p where p.number < 2 and p.big = 7"))
                    .containsPattern("Owner \\(.*\\) where (\\w+)\\.number>5 or \\(?\\1\\.number<2 and \\1\\.big=7");
            assertThat(
                            explained(
                                    session,
                                    "select a.id, b.id from Owner a join Owner b on b.name = a.name where a.big = 1 and b.big = 2"))
                    .containsPattern("Owner \\(.*\\) where (\\w+)\\.big=1 or \\1\\.big=2");
            for (String hql : List.of(
                    left + "select p.name from Owner p",
                    left + "select p.name from Owner q right join Owner p on q.id = p.big where p.number < 2",
                    left
                            + "select p.name from Owner p where p.number < 2 and exists (select 1 from Owner q where q.id = p.big)")) {
                assertThat(explained(session, hql)).contains("Owner (").doesNotContainPattern("Owner \\(.*\\) where");
            }
        }
    }

    private static String explained(ShardedSession session, String hql) {
        return ((ShardedQuery<?>) session.createQuery(hql, Object[].class)).explain();
    }
}
