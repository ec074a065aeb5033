package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.scatter.OracleModel.Deal;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import jakarta.persistence.QueryTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.hibernate.HibernateException;
import org.hibernate.query.Page;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Operations on eight shards with pools of two connections: who waits for whom, and what ends them. */
@Tag("pgbouncer")
class ExecutionTest {
    private static final int OWNERS = 64;

    /** Never true, but every row takes two seconds to find that out. */
    private static final String SLOW = "from Owner o where cast(function('pg_sleep', 2) as String) = 'x' order by o.id";

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 8);
        factory = new ShardedConfiguration()
                .entities(OracleModel.ENTITIES)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.shards.pool.maximum-pool-size", "2")
                .build();
        for (long id = 1; id <= OWNERS; id++) {
            Owner owner = new Owner();
            owner.id = id;
            owner.number = (int) -id;
            Deal deal = new Deal();
            deal.id = id;
            deal.owner = owner;
            owner.deals.add(deal);
            factory.inTransaction(session -> session.persist(owner));
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    /** Whatever was cancelled is really gone: no server works on anything. */
    @AfterEach
    void nothingRuns() throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (running() > 0 && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(running()).isZero();
    }

    private static int running() throws SQLException {
        Shard shard = cluster.shards().get(0);
        try (Connection connection = DriverManager.getConnection(shard.url(), shard.user(), shard.password());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep%'"
                                + " and pid <> pg_backend_pid()")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    // ---- connections

    @Test
    void moreSessionsThanConnections_inTransactions_allAnswer() throws Exception {
        atOnce(
                50,
                () -> factory.inTransaction(session -> {
                    for (int time = 0; time < 2; time++) {
                        assertThat(session.createQuery("from Owner o order by o.number", Owner.class)
                                        .setMaxResults(10)
                                        .getResultList())
                                .hasSize(10);
                    }
                }));
    }

    @Test
    void moreSessionsThanConnections_outsideTransactions_allAnswer() throws Exception {
        atOnce(50, () -> {
            try (ShardedSession session = factory.openSession()) {
                assertThat(session.createQuery("from Owner o order by o.number", Owner.class)
                                .setFirstResult(52)
                                .getResultList())
                        .hasSize(12);
            }
        });
    }

    @Test
    void moreSessionsThanConnections_findingOverAllShards_allAnswer() throws Exception {
        atOnce(
                50,
                () -> factory.inTransaction(session -> {
                    assertThat(session.find(Deal.class, 7L)).isNotNull();
                    List<Long> ids =
                            LongStream.of(9, 1, 64, 30, 2, 17, 41).boxed().toList();
                    assertThat(session.findMultiple(Owner.class, ids))
                            .extracting(owner -> owner.id)
                            .isEqualTo(ids);
                    assertThat(session.findMultiple(Deal.class, ids))
                            .extracting(deal -> deal.id)
                            .isEqualTo(ids);
                }));
    }

    private static void atOnce(int threads, Runnable work) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(executor.submit(() -> {
                    go.await();
                    work.run();
                    return true;
                }));
            }
            go.countDown();
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    // ---- time

    @Test
    void timeout_pastIt_endsAllShards_byName() {
        for (Consumer<org.hibernate.query.Query<?>> way : List.<Consumer<org.hibernate.query.Query<?>>>of(
                query -> query.setTimeout(1), query -> query.setHint("jakarta.persistence.query.timeout", 700))) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> factory.inTransaction(session -> {
                        var query = session.createQuery(SLOW, Owner.class);
                        way.accept(query);
                        query.getResultList();
                    }))
                    .isInstanceOf(QueryTimeoutException.class)
                    .hasMessageContaining("shard0, shard1")
                    .hasMessageContaining("ms");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(650), Duration.ofSeconds(20)); // of 32
        }
    }

    /** Each of the two steps stays below it, both together do not. */
    @Test
    void timeout_holdsForAllStepsTogether() {
        String hql = "from Owner o where function('pg_sleep', 0.07) is not null order by o.id";
        assertThatThrownBy(() -> factory.inTransaction(session -> {
                    session.createQuery(hql, Owner.class)
                            .setFirstResult(52)
                            .setMaxResults(5)
                            .setHint("jakarta.persistence.query.timeout", 300)
                            .getResultList();
                }))
                .isInstanceOf(QueryTimeoutException.class);
        factory.inTransaction(session -> assertThat(session.createQuery(hql, Owner.class)
                        .setPage(Page.page(5, 10))
                        .setHint("jakarta.persistence.query.timeout", 20_000)
                        .getResultList())
                .hasSize(5));
    }

    @Test
    void timeout_thatIsNotReached_cancelsNothingLater() {
        boolean[] inTime = new boolean[1];
        for (int attempt = 0; attempt < 20 && !inTime[0]; attempt++) {
            try {
                factory.inTransaction(session -> {
                    assertThat(session.createQuery("from Owner o order by o.id", Owner.class)
                                    .setHint("jakarta.persistence.query.timeout", 700)
                                    .getResultList())
                            .hasSize(OWNERS);
                    inTime[0] = true;
                    assertThat(session.createQuery(
                                            "from Owner o where function('pg_sleep', 0.06) is not null", Owner.class)
                                    .getResultList())
                            .as("asked for longer than the first query had")
                            .hasSize(OWNERS);
                });
            } catch (QueryTimeoutException slow) {
                assertThat(inTime[0])
                        .as("only a query that has a limit is cancelled: %s", slow)
                        .isFalse();
            }
        }
        assertThat(inTime[0]).isTrue();
    }

    // ---- failure and interrupt

    @Test
    void failure_ofOneShard_endsTheOthers() {
        long start = System.nanoTime();
        assertThatThrownBy(() -> factory.inTransaction(session -> session.createQuery(
                                "select o.id, case when o.id = 4 then cast(1 / (o.id - 4) as String)"
                                        + " else cast(function('pg_sleep', 4) as String) end from Owner o",
                                Object[].class)
                        .getResultList()))
                .hasStackTraceContaining("division by zero");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(40)); // of 60
    }

    @Test
    void interrupt_ofTheCaller_endsAllShards() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            boolean[] stillInterrupted = {false};
            CountDownLatch begun = new CountDownLatch(1);
            Future<?> asking = executor.submit(() -> factory.inTransaction(session -> {
                begun.countDown();
                try {
                    session.createQuery(SLOW, Owner.class).getResultList();
                } finally {
                    stillInterrupted[0] = Thread.currentThread().isInterrupted();
                }
            }));
            begun.await();
            for (long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                    running() == 0 && System.nanoTime() < end; ) {
                Thread.sleep(20);
            }
            executor.shutdownNow();
            assertThatThrownBy(() -> asking.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(HibernateException.class)
                    .hasMessageContaining("interrupted");
            assertThat(stillInterrupted[0]).isTrue();
        } finally {
            executor.shutdownNow();
        }
    }
}
