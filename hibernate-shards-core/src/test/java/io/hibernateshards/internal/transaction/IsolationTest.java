package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.transaction.Purses.Purse;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.SharedSessionContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions with an isolation level of their own; sessions have one connection a shard, which they hand on. */
class IsolationTest {
    private static final Map<Integer, String> LEVELS = Map.of(
            Connection.TRANSACTION_READ_UNCOMMITTED, "read uncommitted",
            Connection.TRANSACTION_READ_COMMITTED, "read committed",
            Connection.TRANSACTION_REPEATABLE_READ, "repeatable read",
            Connection.TRANSACTION_SERIALIZABLE, "serializable");

    private static Purses purses;
    private static ShardedSessionFactory factory;
    private static List<ShardId> shards;

    /** Two on each shard, in the order of the shards. */
    private static List<List<String>> names;

    @BeforeAll
    static void start() {
        purses = new Purses(LocalCluster.shared(Layout.DATABASES, 2));
        factory = Purses.configured(purses.cluster.settings(), "none")
                .setting("hibernate.shards.pool.maximum-pool-size", 1)
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .build();
        shards = factory.getTopology().shards();
        names = Purses.names(factory, 2);
    }

    @AfterAll
    static void stop() {
        factory.close();
        purses.close();
    }

    @BeforeEach
    void fill() {
        purses.fill(10);
        purses.factory.inTransaction(session -> names.forEach(of -> session.persist(new Purse(of.get(1), 10))));
    }

    /** By somebody else. */
    private static void change(int shard, int coins) {
        purses.factory.inTransaction(
                session -> session.find(Purse.class, names.get(shard).get(0)).coins = coins);
    }

    private static int coins(SharedSessionContract session, int shard) {
        return session.createSelectionQuery("select coins from Purse where name = :name", Integer.class)
                .setParameter("name", names.get(shard).get(0))
                .getSingleResult();
    }

    private static int total(SharedSessionContract session) {
        return session.createSelectionQuery("select sum(coins) from Purse", Long.class)
                .getSingleResult()
                .intValue();
    }

    private static String level(SharedSessionContract session, ShardId shard) {
        return session.createNativeQuery("select current_setting('transaction_isolation')", String.class)
                .setHint(ShardHints.SHARD, shard)
                .getSingleResult();
    }

    private static <T> T serializable(Function<ShardedSession, T> work) {
        return Objects.requireNonNull(factory.fromSession(session -> {
            ShardedSession own = (ShardedSession) session;
            own.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            return own.fromTransaction(transaction -> work.apply(own));
        }));
    }

    // ---- what it does

    @ParameterizedTest
    @ValueSource(
            ints = {
                Connection.TRANSACTION_READ_UNCOMMITTED,
                Connection.TRANSACTION_READ_COMMITTED,
                Connection.TRANSACTION_REPEATABLE_READ,
                Connection.TRANSACTION_SERIALIZABLE
            })
    void level_isThatOfEachShard_fromItsFirstStatement(int level) {
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionIsolation(level);
            session.inTransaction(transaction -> assertThat(shards)
                    .allSatisfy(shard -> assertThat(level(session, shard)).isEqualTo(LEVELS.get(level))));
        }
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            session.beginTransaction();
            session.setTransactionIsolation(level);
            assertThat(shards)
                    .allSatisfy(shard -> assertThat(level(session, shard)).isEqualTo(LEVELS.get(level)));
            session.getTransaction().commit();
        }
    }

    @Test
    void repeatableRead_showsASnapshotOfEachShard_takenByItsFirstStatement() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            assertThat(coins(session, 0)).isEqualTo(10);
            change(0, 1);
            change(1, 2);
            assertThat(coins(session, 0)).as("seen before the change").isEqualTo(10);
            assertThat(coins(session, 1)).as("first seen after it").isEqualTo(2);
            change(1, 3);
            assertThat(total(session)).isEqualTo(10 + 10 + 2 + 10);
            session.getTransaction().commit();

            assertThat(total(session)).isEqualTo(1 + 10 + 3 + 10);
        }
    }

    @Test
    void repeatableRead_holdsForQueriesThatGatherRows() {
        String aboveAverage = "select count(p) from Purse p where p.coins > (select avg(q.coins) from Purse q)";
        try (ShardedSession session = factory.openSession()) {
            session.setReadsOnly(true);
            session.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            session.beginTransaction();
            assertThat(session.createSelectionQuery(aboveAverage, Long.class).getSingleResult())
                    .isZero();
            change(0, 1);
            assertThat(session.createSelectionQuery(aboveAverage, Long.class).getSingleResult())
                    .isZero();
            session.getTransaction().commit();

            assertThat(session.createSelectionQuery(aboveAverage, Long.class).getSingleResult())
                    .isEqualTo(3);
        }
    }

    @Test
    void serializable_failsOnWriteSkew() {
        List<String> here = names.get(0);
        assertThatThrownBy(() -> serializable(session -> {
                    int sum =
                            session.find(Purse.class, here.get(0)).coins + session.find(Purse.class, here.get(1)).coins;
                    inTransactionOfAnother(other -> {
                        int same =
                                other.find(Purse.class, here.get(0)).coins + other.find(Purse.class, here.get(1)).coins;
                        other.find(Purse.class, here.get(1)).coins -= same;
                    });
                    session.find(Purse.class, here.get(0)).coins -= sum;
                    return sum;
                }))
                .satisfies(failure -> assertThat(sqlState(failure)).isEqualTo("40001"));
        assertThat(purses.number(0, "select sum(coins) from Purse where name in ('" + String.join("', '", here) + "')"))
                .as("one of them took all, the other nothing")
                .isZero();
    }

    private static void inTransactionOfAnother(Consumer<ShardedSession> work) {
        try (ShardedSession other = purses.factory.openSession()) {
            other.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            other.inTransaction(transaction -> work.accept(other));
        }
    }

    private static String sqlState(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .filter(SQLException.class::isInstance)
                .map(e -> ((SQLException) e).getSQLState())
                .findFirst()
                .orElse("none");
    }

    @Test
    void severalShardsAtSerializable_commitInTwoPhases() {
        AtomicInteger prepared = new AtomicInteger();
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.PREPARED) {
                prepared.incrementAndGet();
            }
        };
        try {
            serializable(session -> {
                session.find(Purse.class, names.get(0).get(0)).coins -= 4;
                session.find(Purse.class, names.get(1).get(0)).coins += 4;
                return session;
            });
        } finally {
            TwoPhase.observer = Step.Observer.NONE;
        }
        assertThat(prepared).hasValue(1);
        assertThat(purses.coins()).containsExactly(6, 14);
    }

    @Test
    void severalShardsAtSerializable_failTogether_ifOneOfThemDoes() {
        assertThatThrownBy(() -> serializable(session -> {
                    assertThat(total(session)).isEqualTo(40);
                    change(1, 7);
                    session.find(Purse.class, names.get(0).get(0)).coins = 1;
                    session.createMutationQuery("update Purse set coins = 1 where name = :name")
                            .setParameter("name", names.get(1).get(0))
                            .executeUpdate();
                    return session;
                }))
                .satisfies(failure -> assertThat(sqlState(failure)).isEqualTo("40001"));
        assertThat(purses.coins()).containsExactly(10, 7);
        assertThat(purses.prepared()).isZero();
    }

    // ---- how long it lasts

    @Test
    void afterwards_connectionsAreAsTheyWere_howeverItEnded() {
        try (ShardedSession session = factory.openSession()) {
            serializableBegun(session);
            session.getTransaction().commit();
            assertReadsCommitted(session);

            serializableBegun(session);
            session.getTransaction().rollback();
            assertReadsCommitted(session);

            serializableBegun(session);
            assertThatThrownBy(() -> session.createNativeQuery("select 1 / 0", Integer.class)
                            .setHint(ShardHints.SHARD, shards.get(0))
                            .getSingleResult())
                    .isNotNull();
            session.getTransaction().rollback();
            assertReadsCommitted(session);

            serializableBegun(session); // and is left to the end of the session
        }
        try (ShardedSession next = factory.openSession()) {
            assertReadsCommitted(next);
        }
    }

    private static void serializableBegun(ShardedSession session) {
        session.beginTransaction();
        session.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        assertThat(shards).allSatisfy(shard -> assertThat(level(session, shard)).isEqualTo("serializable"));
    }

    private static void assertReadsCommitted(ShardedSession session) {
        assertThat(shards).allSatisfy(shard -> assertThat(level(session, shard)).isEqualTo("read committed"));
        session.inTransaction(transaction -> assertThat(shards)
                .allSatisfy(shard -> assertThat(level(session, shard)).isEqualTo("read committed")));
    }

    @Test
    void beforeTheTransaction_statementsAreAsEver() {
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            assertThat(level(session, shards.get(0))).isEqualTo("read committed");
            session.inTransaction(
                    transaction -> assertThat(level(session, shards.get(0))).isEqualTo("serializable"));
        }
    }

    // ---- what is refused

    @Test
    void anotherLevel_afterTheFirstStatement_isRefused() {
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            session.beginTransaction();
            session.find(Purse.class, names.get(1).get(0));
            assertThatThrownBy(() -> session.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll(shards.get(1).name(), "serializable");
            session.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            assertThat(level(session, shards.get(0))).isEqualTo("repeatable read");
            session.getTransaction().rollback();
        }
    }

    @Test
    void rowsThatAreOpenSinceBefore_areRefused() {
        try (ShardedSession session = factory.openSession()) {
            try (Stream<String> rows =
                    session.createQuery("select name from Purse order by name", String.class).stream()) {
                assertThat(rows.iterator().hasNext()).isTrue();
                session.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                session.beginTransaction();
                assertThatThrownBy(() -> session.find(Purse.class, names.get(0).get(0)))
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContainingAll("HS-031", "close streams");
                session.getTransaction().rollback();
            }
        }
    }

    @Test
    void whatJdbcDoesNotKnow_isRefused() {
        try (ShardedSession session = factory.openSession()) {
            for (int level : new int[] {Connection.TRANSACTION_NONE, 3, -1}) {
                assertThatThrownBy(() -> session.setTransactionIsolation(level))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("isolation level " + level);
            }
        }
    }
}
