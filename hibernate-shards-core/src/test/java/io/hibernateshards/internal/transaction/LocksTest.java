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
import io.hibernateshards.internal.transaction.Counters.Counter;
import jakarta.persistence.LockModeType;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A lock on one shard protects what its transaction writes on others: nobody gets it before that is stored. */
class LocksTest {
    private static final int THREADS = 4;
    private static final int TIMES = 50;

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
        TwoPhase.observer = Step.Observer.NONE;
        assertThat(counters.prepared()).isZero();
    }

    /** Many at once; all commit. */
    private static void concurrently(TransactionMode mode, Consumer<ShardedSession> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                all.add(threads.submit(() -> {
                    for (int i = 0; i < TIMES; i++) {
                        try (ShardedSession session = factory.openSession()) {
                            session.setTransactionMode(mode);
                            session.inTransaction(transaction -> work.accept(session));
                        }
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Counter lock(ShardedSession session, int shard) {
        return session.find(Counter.class, names.get(shard), LockModeType.PESSIMISTIC_WRITE);
    }

    private static void count(ShardedSession session, int shard) {
        Counters.find(session, names.get(shard)).amount++;
    }

    // ---- what is protected

    @ParameterizedTest
    @EnumSource
    void aRowLock_protectsTheWriteOfOneOtherShard(TransactionMode mode) throws Exception {
        concurrently(mode, session -> {
            lock(session, 1);
            count(session, 0);
        });
        assertThat(counters.amounts()).containsExactly(THREADS * TIMES, 0, 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"TWO_PHASE", "BEST_EFFORT"})
    void aRowLock_protectsTheWritesOfSeveralShards(TransactionMode mode) throws Exception {
        concurrently(mode, session -> {
            lock(session, 1);
            count(session, 2);
            count(session, 0);
        });
        assertThat(counters.amounts()).containsExactly(THREADS * TIMES, 0, THREADS * TIMES);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRowThatIsLockedFirst_protectsOtherShards_ifItIsWrittenToo(boolean mutexFirst) throws Exception {
        concurrently(TransactionMode.TWO_PHASE, session -> {
            Counter mutex = lock(session, 1);
            Counter counter = Counters.find(session, names.get(0));
            (mutexFirst ? mutex : counter).amount++;
            session.flush();
            (mutexFirst ? counter : mutex).amount++;
        });
        assertThat(counters.amounts()).containsExactly(THREADS * TIMES, THREADS * TIMES, 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select cast(pg_advisory_xact_lock(17) as text)",
                "select guarded()",
                "with own as (select name from Counter for\nUPDATE) select count(*) from own",
                "select name from Counter for/* mine */update",
                "select name from Counter where name <> '/*' for -- mine\n no key update",
                "select guarded/* /* mine */ */()"
            })
    void otherLocks_protectTheWritesOfOtherShards(String sql) throws Exception {
        concurrently(TransactionMode.SINGLE_SHARD, session -> {
            Counters.select(session, 2, sql);
            count(session, 0);
        });
        concurrently(TransactionMode.TWO_PHASE, session -> {
            Counters.select(session, 2, sql);
            count(session, 0);
            count(session, 1);
        });
        assertThat(counters.amounts()).containsExactly(2 * THREADS * TIMES, THREADS * TIMES, 0);
    }

    @Test
    void aTableLock_protectsTheWritesOfOtherShards() throws Exception {
        concurrently(TransactionMode.TWO_PHASE, session -> {
            session.createNativeMutationQuery("lock table audit in exclusive mode")
                    .setHint(ShardHints.SHARD, ShardId.of("shard1"))
                    .executeUpdate();
            count(session, 0);
        });
        assertThat(counters.amounts()).containsExactly(THREADS * TIMES, 0, 0);
    }

    @Test
    void theOneThatLockedLast_decides_andTheOthersFollow_theLocksLast() {
        List<String> steps = new ArrayList<>();
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.DECIDED || step == Step.COMPLETED) {
                steps.add(step + " " + shard);
            }
        };
        factory.inTransaction(session -> {
            lock((ShardedSession) session, 2);
            lock((ShardedSession) session, 1).amount = 1;
            count((ShardedSession) session, 0);
        });
        assertThat(steps).containsExactly("DECIDED shard0", "COMPLETED shard1", "COMPLETED shard2");
    }

    @Test
    void theLockThatWasTakenFirst_isReleasedAfterWhatAFunctionHasWritten() {
        List<String> steps = new ArrayList<>();
        TwoPhase.observer = (step, transaction, shard) -> {
            if (step == Step.DECIDED || step == Step.COMPLETED) {
                steps.add(step + " " + shard);
            }
        };
        factory.inTransaction(session -> {
            ShardedSession sharded = (ShardedSession) session;
            lock(sharded, 1).amount = 1;
            session.flush();
            Counters.select(sharded, 2, "select count_to('" + names.get(2) + "', 1)");
            count(sharded, 0);
        });
        assertThat(steps).containsExactly("DECIDED shard0", "COMPLETED shard2", "COMPLETED shard1");
        assertThat(counters.amounts()).containsExactly(1, 1, 1);
    }

    // ---- what is not there any more

    private static void terminate(ShardedSession session, int shard) {
        int process = (int) Counters.select(session, shard, "select pg_backend_pid()");
        counters.execute(shard, "select pg_terminate_backend(" + process + ", 5000)");
    }

    @ParameterizedTest
    @EnumSource
    void aLockThatWasLost_failsTheCommit(TransactionMode mode) {
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionMode(mode);
            session.beginTransaction();
            lock(session, 1);
            count(session, 0);
            session.flush();
            terminate(session, 1);
            assertLost(session);
        }
        assertThat(counters.amounts()).containsExactly(0, 0, 0);
    }

    @Test
    void aLockThatWasLost_failsTheCommitOfSeveralWriters() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            lock(session, 1);
            count(session, 0);
            count(session, 2);
            session.flush();
            terminate(session, 1);
            assertLost(session);
        }
        assertThat(counters.amounts()).containsExactly(0, 0, 0);
    }

    @Test
    @Timeout(300)
    void aLockThatIsLeftIdleTooLong_failsTheCommit() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            lock(session, 1);
            int process = (int) Counters.select(session, 1, "select pg_backend_pid()");
            count(session, 0);
            session.flush();
            Counters.select(session, 1, "select set_config('idle_in_transaction_session_timeout', '20', true)");
            while (counters.number(1, "select count(*) from pg_stat_activity where pid = " + process) > 0) {
                Thread.onSpinWait();
            }
            assertLost(session);
        }
        assertThat(counters.amounts()).containsExactly(0, 0, 0);
    }

    private static void assertLost(ShardedSession session) {
        assertThatThrownBy(session.getTransaction()::commit)
                .isInstanceOfSatisfying(
                        ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.LOCK_LOST))
                .hasMessageContaining("shard \"shard1\"")
                .hasMessageContaining("locks are lost");
    }

    @Test
    void aReaderThatWasLost_isNoReasonToFail_onceItsLocksProtectNothing() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            lock(session, 1);
            session.getTransaction().commit();
            session.beginTransaction();
            count(session, 0);
            lock(session, 0);
            session.getTransaction().commit();
        }
        assertThat(counters.amounts()).containsExactly(1, 0, 0);
    }
}
