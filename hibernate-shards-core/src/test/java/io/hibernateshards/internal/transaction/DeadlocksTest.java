package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.transaction.Purses.Purse;
import jakarta.persistence.LockModeType;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.hibernate.Session;
import org.hibernate.exception.LockAcquisitionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions that wait for each other on several shards. */
class DeadlocksTest {
    private static Purses purses;
    private static List<List<String>> names;
    private static ExecutorService threads;

    @BeforeAll
    static void start() {
        purses = new Purses(LocalCluster.shared(Layout.DATABASES, 3));
        names = Purses.names(purses.factory, 2);
        threads = Executors.newCachedThreadPool();
    }

    @AfterAll
    static void stop() {
        threads.shutdownNow();
        purses.close();
    }

    @BeforeEach
    void fill() {
        purses.factory.inTransaction(session -> {
            session.createMutationQuery("delete from Purse").executeUpdate();
            names.forEach(here -> here.forEach(name -> session.persist(new Purse(name, 10))));
        });
    }

    @AfterEach
    void leavesNothing() {
        assertThat(purses.prepared()).isZero();
        assertThat(purses.sum("select count(*) from pg_locks where not granted and database ="
                        + " (select oid from pg_database where datname = current_database())"))
                .isZero();
        // no row is locked any more
        purses.factory.inTransaction(session -> names.forEach(
                here -> here.forEach(name -> session.find(Purse.class, name, LockModeType.PESSIMISTIC_WRITE))));
    }

    private static ShardedSessionFactory factory(String mode, int lockTimeout) {
        return new ShardedConfiguration()
                .entities(Purse.class)
                .settings(purses.cluster.settings())
                .setting(ShardSettings.TRANSACTION_MODE, mode)
                .setting(ShardSettings.TRANSACTION_LOCK_TIMEOUT, lockTimeout)
                .setting("hibernate.hbm2ddl.auto", "none")
                .build();
    }

    private static void change(Session session, String name) {
        session.createMutationQuery("update Purse set coins = coins + 1 where name = :name")
                .setParameter("name", name)
                .executeUpdate();
    }

    /** A transaction that changes rows in their order; before the last it waits until the others are as far. */
    private static Callable<@Nullable Throwable> changing(
            ShardedSessionFactory factory, CyclicBarrier ready, String... rows) {
        return () -> {
            try {
                factory.inTransaction(session -> {
                    for (int i = 0; i < rows.length; i++) {
                        if (i == rows.length - 1) {
                            await(ready);
                        }
                        change(session, rows[i]);
                    }
                });
                return null;
            } catch (RuntimeException failure) {
                return failure;
            }
        };
    }

    private static void await(CyclicBarrier ready) {
        try {
            ready.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Their failures. */
    private static List<Throwable> run(List<Callable<@Nullable Throwable>> transactions) throws Exception {
        List<Future<@Nullable Throwable>> running = new ArrayList<>();
        for (Callable<@Nullable Throwable> one : transactions) {
            running.add(threads.submit(one));
        }
        List<Throwable> failures = new ArrayList<>();
        for (Future<@Nullable Throwable> one : running) {
            Throwable failure = one.get();
            if (failure != null) {
                failures.add(failure);
            }
        }
        return failures;
    }

    /** Hibernate's error, which JPA's wraps. */
    private static LockAcquisitionException failureOfLock(Throwable failure) {
        return cause(failure, LockAcquisitionException.class);
    }

    private static ShardingException reason(Throwable failure) {
        ShardingException reason = cause(failureOfLock(failure), ShardingException.class);
        assertThat(reason.code()).isEqualTo(ShardErrorCode.CROSS_SHARD_DEADLOCK);
        return reason;
    }

    private static <T extends Throwable> T cause(Throwable failure, Class<T> type) {
        Throwable cause = failure;
        while (cause != null && !type.isInstance(cause)) {
            cause = cause.getCause();
        }
        if (cause == null) {
            throw new AssertionError("no " + type.getSimpleName(), failure);
        }
        return type.cast(cause);
    }

    private static int coins() {
        return purses.sum("select sum(coins) from Purse");
    }

    // ---- circles that are seen

    @ParameterizedTest
    @ValueSource(strings = {"two-phase", "best-effort"})
    void twoTransactions_twoShards_haveOneVictim(String mode) throws Exception {
        try (ShardedSessionFactory factory = factory(mode, 0)) {
            CyclicBarrier ready = new CyclicBarrier(2);
            String a = names.get(0).get(0);
            String b = names.get(1).get(0);
            List<Throwable> failures = run(List.of(changing(factory, ready, a, b), changing(factory, ready, b, a)));
            assertThat(failures).hasSize(1);
            assertThat(reason(failures.get(0)))
                    .hasMessageContaining("waits on shard \"shard0\"")
                    .hasMessageContaining("waits on shard \"shard1\"")
                    .hasMessageContaining("has locked rows on shards [shard0, shard1]");
            assertThat(coins()).isEqualTo(62);
        }
    }

    @Test
    void theVictim_failsAsThatOfOneServer() throws Exception {
        CyclicBarrier ready = new CyclicBarrier(2);
        String a = names.get(0).get(0);
        String a2 = names.get(0).get(1);
        String b = names.get(1).get(0);
        Throwable over = run(List.of(changing(purses.factory, ready, a, b), changing(purses.factory, ready, b, a)))
                .get(0);
        Throwable plain = run(List.of(changing(purses.factory, ready, a, a2), changing(purses.factory, ready, a2, a)))
                .get(0);
        assertThat(over).hasSameClassAs(plain);
        assertThat(failureOfLock(over).getSQLState())
                .isEqualTo(failureOfLock(plain).getSQLState());
    }

    @Test
    void threeTransactions_threeShards_haveOneVictim() throws Exception {
        CyclicBarrier ready = new CyclicBarrier(3);
        List<String> rows = names.stream().map(here -> here.get(0)).toList();
        List<Throwable> failures = run(IntStream.range(0, 3)
                .mapToObj(i -> changing(purses.factory, ready, rows.get(i), rows.get((i + 1) % 3)))
                .toList());
        assertThat(failures).hasSize(1);
        assertThat(reason(failures.get(0)))
                .hasMessageContaining("waits on shard \"shard0\"")
                .hasMessageContaining("waits on shard \"shard1\"")
                .hasMessageContaining("waits on shard \"shard2\"");
        assertThat(coins()).isEqualTo(64);
    }

    @Test
    void rowsLockedByReading_areSeenToo() throws Exception {
        CyclicBarrier ready = new CyclicBarrier(2);
        String a = names.get(0).get(0);
        String b = names.get(1).get(0);
        assertThat(run(List.of(locking(ready, a, b), locking(ready, b, a))))
                .singleElement()
                .satisfies(failure -> reason(failure));
    }

    private static Callable<@Nullable Throwable> locking(CyclicBarrier ready, String first, String second) {
        return () -> {
            try {
                purses.factory.inTransaction(session -> {
                    session.find(Purse.class, first, LockModeType.PESSIMISTIC_WRITE);
                    await(ready);
                    session.find(Purse.class, second, LockModeType.PESSIMISTIC_WRITE);
                });
                return null;
            } catch (RuntimeException failure) {
                return failure;
            }
        };
    }

    /** It holds what one of the others waits for, and waits for the other, both on one shard. */
    @Test
    void aTransactionOfOneShard_inTheCircle_isNoVictim() throws Exception {
        CyclicBarrier ready = new CyclicBarrier(3);
        String a = names.get(0).get(0);
        String b = names.get(1).get(0);
        String b2 = names.get(1).get(1);
        List<Callable<@Nullable Throwable>> all = List.of(
                changing(purses.factory, ready, a, b),
                changing(purses.factory, ready, b2, a),
                changing(purses.factory, ready, b, b2));
        assertThat(run(all)).singleElement().satisfies(failure -> assertThat(reason(failure))
                .hasMessageContaining("a transaction of one shard waits on shard \"shard1\""));
        assertThat(coins()).isEqualTo(64);
    }

    // ---- those that are not

    @Test
    void betweenTwoFactories_theWaitIsBounded() throws Exception {
        try (ShardedSessionFactory one = factory("two-phase", 1500);
                ShardedSessionFactory other = factory("two-phase", 1500)) {
            CyclicBarrier ready = new CyclicBarrier(2);
            String a = names.get(0).get(0);
            String b = names.get(1).get(0);
            List<Throwable> failures = run(List.of(changing(one, ready, a, b), changing(other, ready, b, a)));
            assertThat(failures).isNotEmpty().allSatisfy(failure -> assertThat(reason(failure))
                    .hasMessageContaining("has locked rows on shards [shard0, shard1], and waited ")
                    .hasMessageContaining("(hibernate-shards shard-shard")
                    .hasMessageContaining("hibernate.shards.transaction.lock-timeout = 1500"));
            assertThat(coins()).isEqualTo(60 + 2 * (2 - failures.size()));
        }
    }

    @Test
    void aLongWaitOfATransactionOfOneShard_isItsOwnAffair() throws Exception {
        try (ShardedSessionFactory factory = factory("two-phase", 500)) {
            assertThat(waitingFor(factory, 0, names.get(0).get(0), names.get(0).get(1), 2500))
                    .isNull();
            assertThat(coins()).isEqualTo(62);
        }
    }

    @Test
    void aWaitWithoutCircle_goesOn() throws Exception {
        assertThat(waitingFor(
                        purses.factory, 1, names.get(1).get(0), names.get(0).get(0), 2500))
                .isNull();
        assertThat(coins()).isEqualTo(62);
    }

    @Test
    void aWaitWithoutCircle_endsAfterItsTime() throws Exception {
        try (ShardedSessionFactory factory = factory("two-phase", 700)) {
            Throwable failure =
                    waitingFor(factory, 1, names.get(1).get(0), names.get(0).get(0), -1);
            assertThat(reason(Objects.requireNonNull(failure)))
                    .hasMessageContaining("has locked rows on shards [shard0, shard1]")
                    .hasMessageContaining("on shard \"shard1\" for process")
                    .hasMessageContaining("(somebody else, idle in transaction)");
            assertThat(coins()).isEqualTo(60);
        }
    }

    /**
     * A transaction that changes one row, and then one that somebody else holds until the wait lasts so long; for ever if
     * negative.
     */
    private static @Nullable Throwable waitingFor(
            ShardedSessionFactory factory, int shard, String held, String first, int millis) throws Exception {
        try (Connection holder = purses.cluster.shards().get(shard).connect();
                Statement statement = holder.createStatement()) {
            statement.execute("set application_name = 'somebody else'");
            holder.setAutoCommit(false);
            statement.execute("select * from Purse where name = '" + held + "' for update");
            Future<@Nullable Throwable> waiting = threads.submit(changing(factory, new CyclicBarrier(1), first, held));
            if (millis >= 0) {
                while (!waiting.isDone() && longestWait(shard) < millis) {
                    Thread.sleep(20);
                }
                holder.rollback();
            }
            Throwable failure = waiting.get();
            holder.rollback();
            return failure;
        }
    }

    private static int longestWait(int shard) {
        return purses.number(
                shard,
                "select coalesce(max(extract(epoch from clock_timestamp() - waitstart) * 1000), 0)::int from pg_locks"
                        + " where not granted");
    }

    // ---- what is left

    @Test
    void noThreadIsLeft() throws Exception {
        List<Thread> before = watches();
        List<Thread> own;
        try (ShardedSessionFactory factory = factory("two-phase", 0)) {
            factory.inTransaction(session -> change(session, names.get(0).get(0)));
            assertThat(before)
                    .as("none is started by transactions of one shard")
                    .containsAll(watches());
            factory.inTransaction(session -> names.forEach(here -> change(session, here.get(0))));
            own = watches();
            own.removeAll(before);
            assertThat(own).hasSize(1);
        }
        own.get(0).join(60_000);
        assertThat(own.get(0).isAlive()).isFalse();
    }

    private static List<Thread> watches() {
        return new ArrayList<>(Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("hibernate-shards-deadlocks"))
                .toList());
    }
}
