package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import jakarta.persistence.LockModeType;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Selects write, too, by what they call. Then their branch commits and rolls back with the others. */
class UnseenWritesTest {
    private static final String FUNCTION = "select note('function')";
    private static final String VIEW = "select text from noting";
    private static final String EXPLAIN = "explain (analyze, costs off) insert into audit values ('explained')";
    private static final String LOCKING = "select note(name) from Counter limit 1 for update";

    private static Counters counters;
    private static ShardedSessionFactory factory;
    private static List<String> names;

    @BeforeAll
    static void start() {
        counters = new Counters();
        factory = counters.factory;
        names = counters.names;
    }

    @AfterAll
    static void stop() {
        counters.close();
    }

    @BeforeEach
    void reset() {
        counters.reset();
    }

    @AfterEach
    void leavesNothing() {
        assertThat(counters.prepared()).isZero();
    }

    private static void run(ShardedSession session, int shard, String sql) {
        session.createNativeQuery(sql, Object.class)
                .setHint(ShardHints.SHARD, ShardId.of("shard" + shard))
                .getResultList();
    }

    private static ShardedSession begin(TransactionMode mode) {
        ShardedSession session = factory.openSession();
        session.setTransactionMode(mode);
        session.beginTransaction();
        return session;
    }

    @ParameterizedTest
    @ValueSource(strings = {FUNCTION, VIEW, EXPLAIN, LOCKING})
    void whatASelectWrote_isRolledBack_ifAnotherShardFails(String sql) {
        for (TransactionMode mode : List.of(TransactionMode.TWO_PHASE, TransactionMode.BEST_EFFORT)) {
            try (ShardedSession session = begin(mode)) {
                run(session, 1, sql);
                Counters.find(session, names.get(0)).amount = 13;
                session.flush();
                session.createNativeMutationQuery("insert into Counter (name, amount) values ('same', 13)")
                        .setHint(ShardHints.SHARD, ShardId.of("shard0"))
                        .executeUpdate();
                assertThatThrownBy(session.getTransaction()::commit).hasStackTraceContaining("no_thirteen");
            }
            assertThat(counters.notes()).as("%s", mode).containsExactly(0, 0, 0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"TWO_PHASE|" + FUNCTION, "TWO_PHASE|" + VIEW, "BEST_EFFORT|" + FUNCTION, "BEST_EFFORT|" + VIEW})
    void whatASelectWrote_isCommitted(TransactionMode mode, String sql) {
        try (ShardedSession session = begin(mode)) {
            run(session, 1, sql);
            run(session, 2, sql);
            Counters.find(session, names.get(0)).amount = 5;
            session.getTransaction().commit();
        }
        assertThat(counters.notes()).containsExactly(0, 1, 1);
        assertThat(counters.amounts()).containsExactly(5, 0, 0);
    }

    @Test
    void twoSelectsThatWrite_areOneTransaction() {
        counters.onAll("alter table audit add constraint one exclude (text with =) deferrable initially deferred");
        try (ShardedSession session = begin(TransactionMode.TWO_PHASE)) {
            run(session, 2, FUNCTION);
            run(session, 1, FUNCTION);
            run(session, 1, FUNCTION);
            assertThatThrownBy(session.getTransaction()::commit).hasStackTraceContaining("constraint \"one\"");
        } finally {
            counters.onAll("alter table audit drop constraint one");
        }
        assertThat(counters.notes()).containsExactly(0, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {FUNCTION, VIEW, EXPLAIN})
    void inModeSingleShard_aSecondShardThatASelectWrites_isRefused(String sql) {
        try (ShardedSession session = begin(TransactionMode.SINGLE_SHARD)) {
            Counters.find(session, names.get(0)).amount = 5;
            session.flush();
            assertThatThrownBy(() -> {
                        run(session, 1, sql);
                        session.getTransaction().commit();
                    })
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.CROSS_SHARD_TRANSACTION))
                    .hasMessageContaining("shard \"shard1\"");
            session.getTransaction().rollback();
        }
        assertThat(counters.notes()).containsExactly(0, 0, 0);
        assertThat(counters.amounts()).containsExactly(0, 0, 0);
    }

    @Test
    void inModeSingleShard_sequencesAndLocksOfOtherShards_areNoWrites() {
        try (ShardedSession session = begin(TransactionMode.SINGLE_SHARD)) {
            run(session, 1, "select nextval('tickets') from generate_series(1, 40)");
            session.find(Counters.Counter.class, names.get(2), LockModeType.PESSIMISTIC_READ);
            session.createQuery("select count(*) from Counter a, Counter b where a.amount = b.amount", Long.class)
                    .getSingleResult();
            Counters.find(session, names.get(0)).amount = 5;
            session.getTransaction().commit();
        }
        assertThat(counters.amounts()).containsExactly(5, 0, 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1|" + FUNCTION, "2|" + FUNCTION, "1|" + VIEW, "2|" + VIEW})
    void aSessionThatOnlyReads_storesNothing(int shards, String sql) {
        try (ShardedSession session = factory.openSession()) {
            session.setReadsOnly(true);
            session.beginTransaction();
            run(session, 1, sql);
            if (shards > 1) {
                run(session, 2, sql);
            }
            assertThatThrownBy(session.getTransaction()::commit)
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.OPERATION_REFUSED))
                    .hasMessageContaining("only reads");
        }
        assertThat(counters.notes()).containsExactly(0, 0, 0);
    }

    // ---- rows that are gathered

    private static void gather(ShardedSession session) {
        session.createQuery(
                        "select percentile_disc(0.5) within group (order by c.amount) from Counter c", Integer.class)
                .getSingleResult();
    }

    @Test
    void queriesThatGather_doNotKeepSeveralShardsFromBeingWritten() {
        for (int i = 0; i < 20; i++) {
            factory.inTransaction(session -> {
                gather((ShardedSession) session);
                names.forEach(name -> session.find(Counters.Counter.class, name).amount++);
                gather((ShardedSession) session);
                session.createNativeQuery("select count(*) from Counter", Long.class)
                        .setHint(ShardHints.GATHER, true)
                        .getSingleResult();
            });
        }
        assertThat(counters.amounts()).containsExactly(20, 20, 20);
    }

    @Test
    void aShardThatWasGatheredOn_andMayHaveWritten_decides() {
        for (int i = 1; i <= 10; i++) {
            factory.inTransaction(session -> {
                gather((ShardedSession) session);
                for (int shard = 0; shard < Counters.SHARDS; shard++) {
                    run((ShardedSession) session, shard, FUNCTION);
                }
                session.find(Counters.Counter.class, names.get(0)).amount++;
            });
            assertThat(counters.notes()).containsExactly(i, i, i);
        }
    }

    @Test
    void aShardThatWasGatheredOn_mayHoldALock() {
        for (int i = 1; i <= 10; i++) {
            factory.inTransaction(session -> {
                gather((ShardedSession) session);
                session.find(Counters.Counter.class, names.get(1), LockModeType.PESSIMISTIC_WRITE);
                session.find(Counters.Counter.class, names.get(0)).amount++;
                session.find(Counters.Counter.class, names.get(2)).amount++;
            });
        }
        assertThat(counters.amounts()).containsExactly(10, 0, 10);
    }

    // ---- what is lost by the time of the commit

    private interface SqlWork {
        void on(Connection connection) throws SQLException;
    }

    private static void work(ShardedSession session, int shard, SqlWork work) {
        session.doReturningWork(ShardId.of("shard" + shard), connection -> {
            work.on(connection);
            return null;
        });
    }

    private static void fail(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("select 1 / 0")).isInstanceOf(SQLException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWriteIsNotCommitted_ifItsTransactionHasFailed_andWorkHidesThat(TransactionMode mode) {
        try (ShardedSession session = begin(mode)) {
            Counters.find(session, names.get(0)).amount = 1;
            session.flush();
            work(session, 0, UnseenWritesTest::fail);
            assertThatThrownBy(session.getTransaction()::commit)
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("HS-027");
        }
        assertThat(counters.amounts()).containsExactly(0, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void workThatEndsABranch_rollsTheOthersBack(boolean commits) {
        try (ShardedSession session = begin(TransactionMode.TWO_PHASE)) {
            Counters.find(session, names.get(0)).amount = 1;
            session.flush();
            work(session, 0, connection -> connection.rollback()); // alone, as with plain Hibernate
            Counters.find(session, names.get(1)).amount = 2;
            work(session, 0, connection -> connection.createStatement().execute("insert into audit values ('work')"));
            assertThatThrownBy(() -> work(session, 0, commits ? Connection::commit : Connection::rollback))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContainingAll("HS-027", "shard0");
            assertThat(session.getTransaction().getRollbackOnly()).isTrue();
            session.getTransaction().rollback();
        }
        assertThat(counters.amounts()).containsExactly(0, 0, 0);
        assertThat(counters.notes()).containsExactly(commits ? 1 : 0, 0, 0);
    }
}
