package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.hibernateshards.ServerStatus;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.transaction.Purses.Purse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

/** Factories that are closed in the middle of work. */
class CloseTest {
    /** Longer than commits get, and then the pools. */
    private static final Duration BOUND = Duration.ofSeconds(25);

    private static Purses purses;

    private ShardedSessionFactory factory;

    @BeforeAll
    static void start() {
        purses = new Purses(LocalCluster.shared(Layout.DATABASES, 2));
    }

    @AfterAll
    static void stop() {
        purses.close();
    }

    @BeforeEach
    void open() {
        purses.fill(10);
        factory = Purses.configured(purses.cluster.settings(), "none")
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .setting("hibernate.shards.pool.maximum-pool-size", 3)
                .build();
    }

    @AfterEach
    void close() {
        TwoPhase.observer = Step.Observer.NONE;
        factory.close();
        purses.factory.recoverTransactions();
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private void closeInTime() {
        long start = System.nanoTime();
        factory.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(BOUND);
    }

    private static Consumer<ShardedSession> work(Consumer<ShardedSession> work) {
        return work;
    }

    private static void pay(ShardedSession session) {
        session.inTransaction(transaction -> purses.names.forEach(name -> session.find(Purse.class, name).coins++));
    }

    static Stream<Arguments> works() {
        return Stream.of(
                arguments(named("scatter", work(session -> session.createQuery("select count(*) from Purse", Long.class)
                        .getSingleResult()))),
                arguments(named(
                        "scatters in a transaction",
                        work(session -> session.inTransaction(transaction -> {
                            for (int i = 0; i < 20; i++) {
                                session.createQuery("from Purse", Purse.class).getResultList();
                            }
                        })))),
                arguments(named("gather", work(session -> session.createQuery(
                                "select name, rank() over (order by coins) from Purse", Object[].class)
                        .getResultList()))),
                arguments(named("gathered SQL", work(session -> session.createNativeQuery(
                                "select count(*) from Purse", Long.class)
                        .setHint(ShardHints.GATHER, true)
                        .getSingleResult()))),
                arguments(named("finds", work(session -> {
                    session.clear();
                    purses.names.forEach(name -> session.find(Purse.class, name));
                }))),
                arguments(named(
                        "stream",
                        work(session -> session.inTransaction(transaction -> {
                            try (Stream<Purse> rows = session.createQuery("from Purse order by name", Purse.class)
                                    .getResultStream()) {
                                assertThat(rows.count()).isEqualTo(2);
                            }
                        })))),
                arguments(named("commits in two phases", work(CloseTest::pay))),
                arguments(named("statements that sleep", work(session -> session.createNativeQuery(
                                "select 1 from pg_sleep(30)", Integer.class)
                        .setHint(ShardHints.ALL, true)
                        .getResultList()))));
    }

    /** More clients than connections, so that some wait for one. */
    @ParameterizedTest
    @MethodSource("works")
    void everyCaller_endsWithItsResult_orAnErrorThatSaysSo(Consumer<ShardedSession> work) throws Exception {
        AtomicInteger done = new AtomicInteger();
        List<AtomicReference<Throwable>> failures = new ArrayList<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            failures.add(failure);
            Thread client = new Thread(() -> failure.set(catchThrowable(() -> {
                while (true) {
                    try (ShardedSession session = factory.openSession()) {
                        work.accept(session);
                        done.incrementAndGet();
                    }
                }
            })));
            client.setDaemon(true);
            client.start();
            clients.add(client);
        }
        await(() -> done.get() > 20
                || factory.getServers().stream()
                        .map(ServerStatus::waitingThreads)
                        .anyMatch(waiting -> waiting > 0));
        closeInTime();
        for (Thread client : clients) {
            client.join(TimeUnit.SECONDS.toMillis(10));
            assertThat(client.isAlive()).isFalse();
        }
        assertThat(failures).allSatisfy(failure -> {
            if (!(failure.get() instanceof IllegalStateException)) { // Hibernate's, of a session that is to be opened
                assertThat(failure.get()).hasStackTraceContaining("HS-041 the session factory is closed");
            } else {
                assertThat(failure.get()).hasMessageContaining("closed");
            }
        });
        purses.factory.recoverTransactions();
        assertThat(purses.coins().stream().distinct()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            mode = Mode.EXCLUDE,
            names = {"LEARNED", "RECOVERED"})
    void commit_thatIsUnderWay_comesToItsEnd(Step step) throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        TwoPhase.observer = (at, transaction, shard) -> {
            if (at == step && reached.getCount() > 0) {
                reached.countDown();
                await(() -> factory.isClosed() || isClosing());
            }
        };
        CompletableFuture<Void> payment = CompletableFuture.runAsync(() -> {
            try (ShardedSession session = factory.openSession()) {
                pay(session);
            }
        });
        assertThat(reached.await(30, TimeUnit.SECONDS)).isTrue();
        closeInTime();
        payment.get(30, TimeUnit.SECONDS);
        assertThat(purses.coins()).containsExactly(11, 11);
        assertThat(purses.prepared()).isZero();
    }

    private boolean isClosing() {
        return catchThrowable(() -> factory.inSession(session -> session.find(Purse.class, "none"))) != null;
    }

    /** Its connections are closed in the end. What is reported of it is what becomes of it. */
    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"ALL_PREPARED", "DECIDED"})
    void commit_thatDoesNotEnd_isLeftToRecovery(Step step) throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        TwoPhase.observer = (at, transaction, shard) -> {
            if (at == step && reached.getCount() > 0) {
                reached.countDown();
                try {
                    assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        CompletableFuture<Void> payment = CompletableFuture.runAsync(() -> {
            try (ShardedSession session = factory.openSession()) {
                pay(session);
            }
        });
        assertThat(reached.await(30, TimeUnit.SECONDS)).isTrue();
        closeInTime();
        closed.countDown();
        Throwable failure = catchThrowable(() -> payment.get(30, TimeUnit.SECONDS));
        await(() -> {
            purses.factory.recoverTransactions();
            return purses.prepared() == 0;
        });
        if (step == Step.DECIDED) {
            assertThat(failure).isNull();
            assertThat(purses.coins()).containsExactly(11, 11);
        } else {
            assertThat(failure).isInstanceOf(ExecutionException.class).hasStackTraceContaining("HS-041");
            assertThat(purses.coins()).containsExactly(10, 10);
        }
    }

    @Test
    void workOfASession_afterwards_saysSo() {
        try (ShardedSession session = factory.openSession();
                ShardedSession busy = factory.openSession()) {
            busy.beginTransaction();
            busy.find(Purse.class, purses.names.get(0)).coins++;
            closeInTime();
            for (Consumer<ShardedSession> work : List.<Consumer<ShardedSession>>of(
                    one -> one.find(Purse.class, purses.names.get(0)),
                    one -> one.createQuery("from Purse", Purse.class).getResultList(),
                    one -> one.doReturningWork(first(), connection -> 1))) {
                assertThatThrownBy(() -> work.accept(session))
                        .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                                .isEqualTo(ShardErrorCode.FACTORY_CLOSED));
            }
            assertThatThrownBy(busy.getTransaction()::commit).hasStackTraceContaining("HS-041");
        }
        assertThat(purses.coins()).containsExactly(10, 10);
    }

    private ShardId first() {
        return factory.getTopology().shards().get(0);
    }

    @Test
    void close_twice_andByTwo_isHarmless() throws Exception {
        pay(purses.factory.openSession());
        List<CompletableFuture<Void>> closing = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            closing.add(CompletableFuture.runAsync(factory::close));
        }
        for (CompletableFuture<Void> one : closing) {
            one.get(30, TimeUnit.SECONDS);
        }
        factory.close();
        await(factory::isClosed);
    }

    /** And leaves no connection behind. */
    @Test
    void close_byAnInterruptedThread_closesAllConnections() {
        int before = connections();
        factory.inSession(
                session -> session.createQuery("from Purse", Purse.class).getResultList());
        assertThat(connections()).isGreaterThan(before);
        Thread.currentThread().interrupt();
        closeInTime();
        assertThat(Thread.interrupted()).isTrue();
        await(() -> connections() <= before);
    }

    private static int connections() {
        return purses.sum("select count(*) from pg_stat_activity where datname = current_database()"
                + " and application_name like 'hibernate-shards shard-%'");
    }

    /** The tables are locked by a transaction that nobody ends. */
    @Test
    void createDrop_doesNotWaitForItsOwnSessions() {
        ShardedSessionFactory dropping =
                Purses.configured(purses.cluster.settings(), "create-drop").build();
        try (ShardedSession session = dropping.openSession()) {
            session.beginTransaction();
            session.createQuery("from Purse", Purse.class).getResultList();
            long start = System.nanoTime();
            dropping.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(BOUND);
            assertThat(purses.sum("select count(*) from pg_tables where tablename = 'purse'"))
                    .isZero();
        } finally {
            Purses.configured(purses.cluster.settings(), "create").build().close();
        }
    }
}
