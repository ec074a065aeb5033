package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A server is killed: what still answers, and only when asked so. */
class PartialResultsTest {
    private static final ShardId DOWN = ShardId.of("shard1");
    private static final String ALL = "from Owner o order by o.name, o.id";

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;
    private static final List<Long> REACHABLE = new ArrayList<>();
    private static final List<Long> LOST = new ArrayList<>();

    @BeforeAll
    static void start() throws SQLException, InterruptedException {
        cluster = LocalCluster.start(Layout.SERVERS, 3);
        factory = new ShardedConfiguration()
                .entities(OracleModel.ENTITIES)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.shards.shard.shard1.pool.connection-timeout", "300") // waited for in vain
                .build();
        awaitAnswer(0); // with the connections that the rows are stored by
        for (long id = 1; id <= 90; id++) {
            Owner owner = new Owner();
            owner.id = id;
            owner.name = "name %03d".formatted(id);
            owner.number = 1;
            factory.inTransaction(session -> session.persist(owner));
            try (ShardedSession session = factory.openSession()) {
                (session.shardOf(owner).equals(DOWN) ? LOST : REACHABLE).add(id);
            }
        }
        // the servers of tests commit to memory: a kill must not take rows with it
        Shard shard = cluster.shards().get(1);
        try (Connection connection = DriverManager.getConnection(shard.url(), shard.user(), shard.password());
                Statement statement = connection.createStatement()) {
            statement.execute("checkpoint");
        }
    }

    @AfterEach
    void restart() throws InterruptedException {
        cluster.restart(1);
        awaitAnswer(90);
    }

    /** The pool tries again only now and then. */
    private static void awaitAnswer(int rows) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!answers(rows) && System.nanoTime() < end) {
            Thread.sleep(50);
        }
    }

    /** Until the pool gives out no connections any more that it had before the kill. */
    private static void awaitNoConnection() {
        for (boolean given = true; given; ) {
            try (ShardedSession session = factory.openSession()) {
                session.doReturningWork(
                        DOWN, connection -> connection.createStatement().execute("select 1"));
            } catch (ShardingException e) {
                given = e.code() != ShardErrorCode.SHARD_UNAVAILABLE;
            } catch (RuntimeException broken) {
                // the pool gives it out no more
            }
        }
    }

    private static boolean answers(int rows) {
        try (ShardedSession session = factory.openSession()) {
            return session.createQuery(ALL, Owner.class).getResultList().size() == rows;
        } catch (RuntimeException e) {
            return false;
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    private static <R> ShardedQuery<R> partial(Session session, String hql, Class<R> type) {
        ShardedQuery<R> query = session.unwrap(ShardedSession.class).createQuery(hql, type);
        query.setHint(ShardHints.PARTIAL, true);
        return query;
    }

    @Test
    void list_leavesTheMissingShardOut_andNamesIt() {
        cluster.kill(1);
        try (ShardedSession session = factory.openSession()) {
            ShardedQuery<Owner> query = partial(session, ALL, Owner.class);
            assertThat(query.getResultList()).extracting(owner -> owner.id).isEqualTo(REACHABLE);
            assertThat(query.missingShards()).containsExactly(DOWN);
        }
    }

    @Test
    void list_withoutTheHint_failsByName() {
        cluster.kill(1);
        try (ShardedSession session = factory.openSession()) {
            assertThatThrownBy(() -> session.createQuery(ALL, Owner.class).getResultList())
                    .hasStackTraceContaining("shard1");
        }
    }

    @Test
    void list_inATransaction_leavesTheMissingShardOut_andCommits() {
        cluster.kill(1);
        awaitNoConnection();
        factory.inTransaction(session -> {
            assertThat(partial(session, ALL, Owner.class).getResultList()).hasSameSizeAs(REACHABLE);
            assertThat(partial(session, ALL, Owner.class).getResultList()).hasSameSizeAs(REACHABLE);
        });
    }

    @Test
    void list_whoseServerIsKilledInTheTransaction_leavesItOut() {
        try (ShardedSession session = factory.openSession()) {
            var transaction = session.beginTransaction();
            ShardedQuery<Owner> query = partial(session, ALL, Owner.class);
            assertThat(query.getResultList()).hasSize(90);
            assertThat(query.missingShards()).isEmpty();
            cluster.kill(1);
            for (int i = 0; i < 2; i++) { // the connection is known to be broken the second time
                assertThat(query.getResultList()).extracting(owner -> owner.id).isEqualTo(REACHABLE);
                assertThat(query.missingShards()).containsExactly(DOWN);
            }
            // what the shard had begun ended with it, and whoever ends the transaction is told so
            assertThatThrownBy(transaction::rollback).hasMessageContaining("shard1");
        }
    }

    @Test
    void pagesAndAggregates_areThoseOfTheShardsThatAnswer() {
        cluster.kill(1);
        try (ShardedSession session = factory.openSession()) {
            assertThat(partial(session, ALL, Owner.class)
                            .setFirstResult(50)
                            .setMaxResults(5)
                            .getResultList())
                    .extracting(owner -> owner.id)
                    .isEqualTo(REACHABLE.subList(50, 55));
            assertThat(partial(session, ALL, Owner.class).setMaxResults(30).getResultList())
                    .extracting(owner -> owner.id)
                    .isEqualTo(REACHABLE.subList(0, 30));
            assertThat(partial(session, "select sum(o.number) from Owner o", Long.class)
                            .getSingleResult())
                    .isEqualTo(REACHABLE.size());
            assertThat(partial(session, "from Owner o", Owner.class).getResultList())
                    .hasSameSizeAs(REACHABLE);
            ShardedQuery<Owner> query = partial(session, "from Owner o", Owner.class);
            assertThat(query.getResultCount()).isEqualTo(REACHABLE.size());
            assertThat(query.missingShards()).containsExactly(DOWN);
        }
    }

    @Test
    void timeout_ofOneShard_leavesItOut() {
        String slow = "from Owner o where (o.id <> " + LOST.get(0)
                + " or function('pg_sleep', 20) is not null) order by o.id";
        try (ShardedSession session = factory.openSession()) {
            ShardedQuery<Owner> query = partial(session, slow, Owner.class);
            query.setHint("jakarta.persistence.query.timeout", 4000); // enough for the others
            assertThat(query.getResultList()).extracting(owner -> owner.id).isEqualTo(REACHABLE);
            assertThat(query.missingShards()).containsExactly(DOWN);
        }
    }

    @Test
    void anyOtherFailure_isTheQuerys() {
        try (ShardedSession session = factory.openSession()) {
            assertThatThrownBy(() -> partial(session, "select o.id, 1 / (o.id - 7) from Owner o", Object[].class)
                            .getResultList())
                    .hasStackTraceContaining("division by zero");
        }
    }

    @Test
    void whatCannotDoWithoutShards_isRefused() {
        factory.inTransaction(session -> {
            assertThatThrownBy(() -> partial(session, ALL, Owner.class).getResultStream())
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.OPERATION_REFUSED))
                    .hasMessageContaining("a stream or scroll")
                    .hasMessageContaining(ShardHints.PARTIAL);
            assertThatThrownBy(() -> session.createMutationQuery("update Owner o set o.number = 2 where o.id = 4")
                            .setHint(ShardHints.PARTIAL, true)
                            .executeUpdate())
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("a statement that writes");
            assertThatThrownBy(() -> session.createQuery(ALL, Owner.class).setHint(ShardHints.PARTIAL, "perhaps"))
                    .isInstanceOf(IllegalArgumentException.class);
        });
    }
}
