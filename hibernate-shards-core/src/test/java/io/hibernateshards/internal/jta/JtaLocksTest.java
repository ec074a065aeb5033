package io.hibernateshards.internal.jta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.jta.Tills.Till;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionManager;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Locks of one shard that protect writes of others, and selects that write, in transactions of Narayana. */
class JtaLocksTest {
    private static final int THREADS = 4;
    private static final int TIMES = 40;

    private static Tills tills;
    private static ShardedSessionFactory factory;
    private static List<String> names;
    private static TransactionManager manager;

    @BeforeAll
    static void start() {
        manager = Narayana.start();
        tills = new Tills(LocalCluster.shared(Layout.DATABASES, 3));
        factory = tills.factory;
        names = tills.names;
        for (int shard = 0; shard < 3; shard++) {
            tills.execute(shard, "create table audit (text text)");
            tills.execute(
                    shard,
                    "create function note(t text) returns text language plpgsql as"
                            + " $$ begin insert into audit values (t); return t; end $$");
            tills.execute(
                    shard,
                    "create function fill_to(which text, number int) returns int language sql as"
                            + " $$ update Till set coins = number where name = which returning coins $$");
            tills.execute(shard, "create view noting as select note('view') as text");
        }
    }

    @AfterAll
    static void stop() {
        for (int shard = 0; shard < 3; shard++) {
            tills.execute(
                    shard,
                    "drop view noting; drop function note(text); drop function fill_to(text, int); drop table audit");
        }
        tills.close();
    }

    @BeforeEach
    void fill() {
        tills.fill();
        for (int shard = 0; shard < 3; shard++) {
            tills.execute(shard, "truncate audit");
        }
    }

    @AfterEach
    void leavesNothing() throws Exception {
        if (manager.getStatus() != Status.STATUS_NO_TRANSACTION) {
            manager.rollback();
        }
        assertThat(tills.prepared()).containsOnly(0);
        assertThat(tills.inTransaction()).isZero();
    }

    private static int notes(int shard) {
        return tills.number(shard, "select count(*) from audit");
    }

    private static Till lock(ShardedSession session, int shard) {
        return session.find(Till.class, names.get(shard), LockModeType.PESSIMISTIC_WRITE);
    }

    private static void count(ShardedSession session, int shard) {
        session.find(Till.class, names.get(shard)).coins += 1000;
    }

    private static void select(ShardedSession session, int shard, String sql) {
        session.createNativeQuery(sql, Object.class)
                .setHint(ShardHints.SHARD, ShardId.of("shard" + shard))
                .getSingleResult();
    }

    /** Many at once: a version that has changed fails, as who holds the lock has read what nobody else may change. */
    private static void concurrently(Consumer<ShardedSession> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                all.add(threads.submit(() -> {
                    for (int i = 0; i < TIMES; i++) {
                        manager.begin();
                        try (ShardedSession session = factory.openSession()) {
                            work.accept(session);
                            manager.commit();
                        } finally {
                            if (manager.getStatus() != Status.STATUS_NO_TRANSACTION) {
                                manager.rollback();
                            }
                        }
                    }
                    return true;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRowLock_protectsTheWritesOfOtherShards(boolean several) throws Exception {
        concurrently(session -> {
            lock(session, 1);
            count(session, 0);
            if (several) {
                count(session, 2);
            }
        });
        int all = 10 + THREADS * TIMES * 1000;
        assertThat(tills.coins()).containsExactly(all, 10, several ? all : 10);
    }

    @Test
    void aRowThatIsLockedFirst_protectsOtherShards_ifItIsWrittenToo() throws Exception {
        concurrently(session -> {
            lock(session, 0).coins += 1000;
            session.flush();
            count(session, 2);
        });
        int all = 10 + THREADS * TIMES * 1000;
        assertThat(tills.coins()).containsExactly(all, 10, all);
    }

    @Test
    void anAdvisoryLock_protectsTheWritesOfOtherShards() throws Exception {
        concurrently(session -> {
            select(session, 1, "select cast(pg_advisory_xact_lock(17) as text)");
            count(session, 0);
        });
        assertThat(tills.coins()).containsExactly(10 + THREADS * TIMES * 1000, 10, 10);
    }

    @Test
    void aLockThatWasLost_failsTheCommit() throws Exception {
        manager.begin();
        try (ShardedSession session = factory.openSession()) {
            lock(session, 1);
            int process = (int) session.createNativeQuery("select pg_backend_pid()", Object.class)
                    .setHint(ShardHints.SHARD, ShardId.of("shard1"))
                    .getSingleResult();
            count(session, 0);
            session.flush();
            tills.execute(1, "select pg_terminate_backend(" + process + ", 5000)");
            assertThatThrownBy(manager::commit).isInstanceOf(Exception.class);
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"select note('function')", "select text from noting"})
    void whatASelectWrote_isCommittedAndRolledBackWithTheOthers(String sql) throws Exception {
        for (boolean commits : List.of(false, true)) {
            manager.begin();
            try (ShardedSession session = factory.openSession()) {
                select(session, 1, sql);
                count(session, 0);
                if (!commits) {
                    manager.getTransaction().enlistResource(new Participant() {
                        @Override
                        public int prepare(javax.transaction.xa.Xid xid) throws javax.transaction.xa.XAException {
                            throw new javax.transaction.xa.XAException(javax.transaction.xa.XAException.XA_RBROLLBACK);
                        }

                        @Override
                        public void commit(javax.transaction.xa.Xid xid, boolean onePhase) {}
                    });
                    assertThatThrownBy(manager::commit).isInstanceOf(Exception.class);
                } else {
                    manager.commit();
                }
            }
            assertThat(notes(1)).isEqualTo(commits ? 1 : 0);
            assertThat(tills.coins()).containsExactly(commits ? 1010 : 10, 10, 10);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"select note('function')", "select text from noting"})
    void inModeSingleShard_aSecondShardThatASelectWrites_isRefused(String sql) {
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionMode(TransactionMode.SINGLE_SHARD);
            session.beginTransaction();
            select(session, 1, sql);
            count(session, 0);
            assertThatThrownBy(session.getTransaction()::commit)
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.CROSS_SHARD_TRANSACTION));
        }
        assertThat(notes(1)).isZero();
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void aSessionThatOnlyReads_storesNothing() {
        try (ShardedSession session = factory.openSession()) {
            session.setReadsOnly(true);
            session.beginTransaction();
            select(session, 1, "select note('function')");
            assertThatThrownBy(session.getTransaction()::commit)
                    .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                            .isEqualTo(ShardErrorCode.OPERATION_REFUSED));
        }
        assertThat(notes(1)).isZero();
    }

    @Test
    void aShardThatWasGatheredOn_mayHoldALock() throws Exception {
        for (int i = 1; i <= 5; i++) {
            manager.begin();
            try (ShardedSession session = factory.openSession()) {
                session.createQuery(
                                "select percentile_disc(0.5) within group (order by t.coins) from Till t",
                                Integer.class)
                        .getSingleResult();
                lock(session, 0);
                lock(session, 1);
                lock(session, 2);
                manager.commit();
            }
        }
        assertThat(tills.coins()).containsExactly(10, 10, 10);
    }

    @Test
    void aSessionThatOnlyReads_mayCallFunctions_whereAnotherSessionHasWritten() throws Exception {
        try (ShardedSession reading = factory.openSession()) {
            reading.setReadsOnly(true);
            manager.begin();
            try (ShardedSession writing = factory.openSession()) {
                count(writing, 1);
                writing.flush();
                select(reading, 1, "select pg_size_pretty(bigint '1')");
                manager.commit();
            }
            manager.begin();
            select(reading, 1, "select note('reading')");
            assertThatThrownBy(manager::commit).hasStackTraceContaining("the session only reads");
        }
        assertThat(tills.coins()).containsExactly(10, 1010, 10);
        assertThat(notes(1)).isZero();
    }

    @Test
    void aRowThatIsLockedFirstAndWritten_protectsWhatAFunctionWritesOnAnotherShard() throws Exception {
        String till = names.get(2);
        concurrently(session -> {
            lock(session, 1).coins += 1000;
            session.flush();
            int coins = session.createSelectionQuery("select coins from Till where name = :name", Integer.class)
                    .setParameter("name", till)
                    .getSingleResult();
            select(session, 2, "select fill_to('" + till + "', " + (coins + 1000) + ")");
        });
        int all = 10 + THREADS * TIMES * 1000;
        assertThat(tills.coins()).containsExactly(10, all, all);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select note('beside')",
                "select note('beside') from Till for update",
                "select name from Till for update"
            })
    void functionsAndLocks_besideATransactionThatCanOnlyBeRolledBack_areRefused(String sql) throws Exception {
        try (ShardedSession session = factory.openSession()) {
            for (int round = 0; round < 2; round++) {
                manager.begin();
                manager.setRollbackOnly();
                try (ShardedSession another = factory.openSession()) {
                    for (ShardedSession one : List.of(session, another)) {
                        assertThatThrownBy(() -> select(one, 1, sql))
                                .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                                        .isEqualTo(ShardErrorCode.OPERATION_REFUSED))
                                .hasMessageContainingAll("shard \"shard1\"", "a select that", "MARKED_ROLLBACK");
                    }
                }
                manager.rollback();
                assertThat(notes(1)).isZero();
                select(session, 1, "select note('alone')"); // stored, as there is no transaction
                assertThat(notes(1)).isOne();
                fill();
            }
        }
    }
}
