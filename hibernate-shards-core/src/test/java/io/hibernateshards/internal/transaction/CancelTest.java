package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.hibernateshards.ServerStatus;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.Purses.Purse;
import jakarta.persistence.QueryTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.HibernateException;
import org.hibernate.SharedSessionContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A request to cancel a statement may arrive late: sessions have one connection a shard here, which they hand on. */
class CancelTest {
    /** How long a cancel request to the first shard may take before the driver gives up, in seconds. */
    private static final int SIGNAL_TIMEOUT = 2;

    /** The same of the second shard: longer than any stall of the machine that runs this. */
    private static final int PATIENT_SIGNAL_TIMEOUT = 60;

    private static final List<Relay> RELAYS = new ArrayList<>();

    private static Purses purses;
    private static ShardedSessionFactory factory;
    private static ShardId first;
    private static ShardId patient;

    @BeforeAll
    static void start() {
        purses = new Purses(LocalCluster.shared(Layout.DATABASES, 2));
        Map<String, String> settings = new HashMap<>(purses.cluster.settings());
        for (Shard shard : purses.cluster.shards()) {
            Relay relay = new Relay(shard);
            RELAYS.add(relay);
            String url = relay.url(shard);
            int timeout = RELAYS.size() == 1 ? SIGNAL_TIMEOUT : PATIENT_SIGNAL_TIMEOUT;
            settings.put(
                    "hibernate.shards.shard." + shard.name() + ".url",
                    url + (url.contains("?") ? "&" : "?") + "cancelSignalTimeout=" + timeout);
        }
        factory = Purses.configured(settings, "none")
                .setting("hibernate.shards.pool.maximum-pool-size", 1)
                .setting("hibernate.shards.pool.connection-timeout", 20_000)
                .build();
        first = factory.getTopology().shards().get(0);
        patient = factory.getTopology().shards().get(1);
    }

    @AfterAll
    static void stop() {
        factory.close();
        RELAYS.forEach(Relay::close);
        purses.close();
    }

    @BeforeEach
    void fill() {
        purses.fill(10);
        factory.fromSession(session -> on(session, first, "1", 0));
    }

    @AfterEach
    void pass() {
        RELAYS.forEach(Relay::passCancels);
    }

    private static int on(SharedSessionContract session, ShardId shard, String what, double seconds) {
        return session.createNativeQuery("select " + what + " from pg_sleep(" + seconds + ")", Integer.class)
                .setHint(ShardHints.SHARD, shard)
                .getSingleResult();
    }

    private static List<Integer> onAll(SharedSessionContract session, String function, int millis) {
        return session.createNativeQuery("select 1 from " + function, Integer.class)
                .setHint(ShardHints.ALL, true)
                .setHint(ShardHints.MAX_TIME, millis)
                .getResultList();
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** Something on each shard that statements can be made to wait for. */
    private record Barrier(int key, List<Connection> connections) implements AutoCloseable {
        static Barrier up(int key) throws SQLException {
            List<Connection> connections = new ArrayList<>();
            for (Shard shard : purses.cluster.shards()) {
                Connection connection = shard.connect();
                connections.add(connection);
                try (Statement statement = connection.createStatement()) {
                    statement.execute("select pg_advisory_lock(" + key + ")");
                }
            }
            return new Barrier(key, connections);
        }

        String function() {
            return "pg_advisory_xact_lock(" + key + ")";
        }

        private String waiting() {
            return "select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = " + key
                    + " and database = (select oid from pg_database where datname = current_database())";
        }

        boolean isReached() {
            return purses.sum(waiting()) > 0;
        }

        boolean isReachedOnAll() {
            return purses.sum(waiting()) == purses.cluster.shards().size();
        }

        /** Until no statement waits for it any more. */
        void lift() {
            close();
            CancelTest.await(() -> !isReached());
        }

        @Override
        public void close() {
            for (Connection connection : connections) {
                try {
                    connection.close();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private static boolean isWaitedFor() {
        return factory.getServers().stream().map(ServerStatus::waitingThreads).anyMatch(waiting -> waiting > 0);
    }

    /** Each on a thread of its own: the common pool has one on two cores, which would run them one after the other. */
    private static CompletableFuture<Integer> run(Function<ShardedSession, Integer> work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (ShardedSession session = factory.openSession()) {
                        return work.apply(session);
                    }
                },
                CancelTest::start);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "session of a test");
        thread.setDaemon(true);
        thread.start();
    }

    private static int behind(SharedSessionContract session, ShardId shard, Barrier barrier) {
        return session.createNativeQuery("select 1 from " + barrier.function(), Integer.class)
                .setHint(ShardHints.SHARD, shard)
                .getSingleResult();
    }

    private static int process() {
        return factory.fromSession(session -> on(session, first, "pg_backend_pid()", 0));
    }

    /** A statement comes to its end while the request to cancel it is on its way. */
    private static void late(Function<ShardedSession, Integer> cancelled, Barrier barrier, Runnable then)
            throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        RELAYS.forEach(Relay::holdCancels);
        CompletableFuture<Integer> ended = run(session -> {
            thread.set(Thread.currentThread());
            return cancelled.apply(session);
        });
        await(barrier::isReachedOnAll);
        thread.get().interrupt();
        await(() -> RELAYS.get(0).heldCancels() > 0);
        barrier.lift();
        then.run();
        assertThat(ended.get(30, TimeUnit.SECONDS)).isPositive();
    }

    /** Another session wants the connection, and has a statement to run on it. */
    private static void another(ShardId shard, Runnable meanwhile) {
        try (Barrier second = Barrier.up(2)) {
            CompletableFuture<Integer> other = run(session -> behind(session, shard, second));
            await(() -> second.isReached() || isWaitedFor());
            meanwhile.run();
            await(second::isReached);
            assertThat(on(1)).isEqualTo(1); // what was passed on has arrived
            second.lift();
            assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static int on(int result) {
        return purses.number(0, "select " + result);
    }

    private static void passCancels() {
        RELAYS.forEach(Relay::passCancels);
    }

    @Test
    void requestThatIsLate_doesNotHitTheNextSession() throws Exception {
        try (Barrier barrier = Barrier.up(1)) {
            late(
                    session -> onAll(session, barrier.function(), 60_000).size(),
                    barrier,
                    () -> another(first, CancelTest::passCancels));
        }
    }

    @Test
    void requestThatIsLate_doesNotHitTheNextStatementOfTheTransaction() throws Exception {
        try (Barrier barrier = Barrier.up(1)) {
            late(
                    session -> session.fromTransaction(transaction -> {
                        int rows = onAll(session, barrier.function(), 60_000).size();
                        assertThat(Thread.interrupted()).isTrue();
                        return rows + on(session, first, "1", 0.2);
                    }),
                    barrier,
                    CancelTest::passCancels);
        }
    }

    /** The time-out of a statement, of a query or a transaction, is the driver's. */
    @Test
    void requestOfTheDriver_thatIsLate_doesNotHitTheNextSession() throws Exception {
        RELAYS.forEach(Relay::holdCancels);
        try (Barrier barrier = Barrier.up(1)) {
            CompletableFuture<Integer> timed =
                    run(session -> session.createNativeQuery("select 1 from " + barrier.function(), Integer.class)
                            .setHint(ShardHints.SHARD, patient)
                            .setTimeout(1)
                            .getSingleResult());
            await(() -> RELAYS.get(1).heldCancels() > 0);
            barrier.lift();
            another(patient, CancelTest::passCancels);
            assertThat(timed.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    void connectionOfARequest_thatIsNotAnswered_isNotUsedAgain() throws Exception {
        int process = process();
        try (Barrier barrier = Barrier.up(1)) {
            late(
                    session -> onAll(session, barrier.function(), 60_000).size(),
                    barrier,
                    () -> another(first, () -> {
                        await(() ->
                                purses.number(0, "select count(*) from pg_stat_activity where pid = " + process) == 0);
                        passCancels();
                    }));
        }
        assertThat(process()).isNotEqualTo(process);
    }

    /** What is not answered is not waited for without end, either. */
    @Test
    void statementThatCannotBeCancelled_failsInTime() throws Exception {
        RELAYS.get(0).holdCancels();
        long start = System.nanoTime();
        Throwable failure = catchThrowable(() -> factory.inSession(session -> onAll(session, "pg_sleep(60)", 100)));
        assertThat(failure).isInstanceOf(QueryTimeoutException.class).hasMessageContaining("100 ms");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(SIGNAL_TIMEOUT + 8));
    }

    // ---- interrupts

    private static int waitingForLocks() {
        return purses.sum("select count(*) from pg_locks where not granted and database ="
                + " (select oid from pg_database where datname = current_database())");
    }

    private static int sleeping() {
        return purses.sum("select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
                + " and datname = current_database() and query like '%pg_sleep%'");
    }

    /** The error of some work in a session, which is disturbed once the servers are busy with it. */
    private static Throwable disturbed(
            Consumer<ShardedSession> work, BooleanSupplier busy, BiConsumer<Thread, ShardedSession> disturb)
            throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicBoolean still = new AtomicBoolean();
        try (ShardedSession session = factory.openSession()) {
            Thread thread = new Thread(() -> {
                failure.set(catchThrowable(() -> work.accept(session)));
                still.set(Thread.currentThread().isInterrupted());
            });
            thread.start();
            await(busy);
            disturb.accept(thread, session);
            thread.join(TimeUnit.SECONDS.toMillis(10));
            assertThat(thread.isAlive()).isFalse();
            if (failure.get() instanceof HibernateException
                    && String.valueOf(failure.get().getMessage()).contains("interrupted")) {
                assertThat(still).isTrue();
            }
        }
        return failure.get();
    }

    private static Throwable interrupted(Consumer<ShardedSession> work, BooleanSupplier busy)
            throws InterruptedException {
        return disturbed(work, busy, (thread, session) -> thread.interrupt());
    }

    private static final String RANKED =
            "select p.name, rank() over (order by p.coins), cast(function('pg_sleep', 20) as String) from Purse p";

    private static List<?> gathered(SharedSessionContract session, String sql) {
        return session.createNativeQuery(sql, Object.class)
                .setHint(ShardHints.GATHER, true)
                .getResultList();
    }

    static Stream<Arguments> slowAtTheEnd() {
        return Stream.of(
                arguments(named("gathered HQL", work(session -> session.createQuery(RANKED, Object[].class)
                        .getResultList()))),
                arguments(named(
                        "gathered HQL in a transaction",
                        work(session -> session.inTransaction(transaction ->
                                session.createQuery(RANKED, Object[].class).getResultList())))),
                arguments(named(
                        "gathered HQL in a read-only transaction",
                        work(session -> session.inTransaction(transaction -> {
                            readOnly(session);
                            session.createQuery(RANKED, Object[].class).getResultList();
                        })))),
                arguments(named(
                        "gathered SQL",
                        work(session -> gathered(session, "select max(name) from Purse, pg_sleep(20)")))),
                arguments(named("scattered HQL", work(session -> session.createQuery(
                                "select cast(function('pg_sleep', 20) as String) from Purse p", String.class)
                        .getResultList()))),
                arguments(named("scattered SQL", work(session -> onAll(session, "pg_sleep(20)", 60_000)))));
    }

    private static Consumer<ShardedSession> work(Consumer<ShardedSession> work) {
        return work;
    }

    private static void readOnly(ShardedSession session) {
        for (ShardId shard : factory.getTopology().shards()) {
            session.createNativeQuery("select 1 from set_config('transaction_read_only', 'on', true)", Integer.class)
                    .setHint(ShardHints.SHARD, shard)
                    .getSingleResult();
        }
    }

    @ParameterizedTest
    @MethodSource("slowAtTheEnd")
    void interrupt_endsTheLastStatement(Consumer<ShardedSession> work) throws Exception {
        assertThat(interrupted(work, () -> sleeping() > 0))
                .isInstanceOf(HibernateException.class)
                .hasMessageContaining("interrupted")
                .hasStackTraceContaining("canceling statement");
        await(() -> sleeping() == 0);
    }

    static Stream<Arguments> waitsForARow() {
        return Stream.of(
                arguments(named(
                        "rows that are gathered by HQL", work(session -> session.createQuery(RANKED, Object[].class)
                                .getResultList()))),
                arguments(named(
                        "rows that are gathered by SQL",
                        work(session -> gathered(session, "select max(name) from Purse")))),
                arguments(named(
                        "an update of several shards",
                        work(session -> session.inTransaction(
                                transaction -> session.createMutationQuery("update Purse set coins = coins + 1")
                                        .executeUpdate())))),
                arguments(named(
                        "SQL that updates several shards",
                        work(session -> session.inTransaction(
                                transaction -> session.createNativeMutationQuery("update Purse set coins = coins + 1")
                                        .setHint(ShardHints.ALL, true)
                                        .executeUpdate())))));
    }

    @ParameterizedTest
    @MethodSource("waitsForARow")
    void interrupt_endsWhatWaitsOnOneShard(Consumer<ShardedSession> work) throws Exception {
        for (Shard shard : purses.cluster.shards()) {
            try (Connection locking = shard.connect();
                    Statement lock = locking.createStatement()) {
                locking.setAutoCommit(false);
                lock.execute("lock table Purse in access exclusive mode");
                assertThat(interrupted(work, () -> waitingForLocks() > 0))
                        .isInstanceOf(HibernateException.class)
                        .hasMessageContaining("interrupted");
                locking.rollback();
            }
        }
        assertThat(purses.coins()).containsExactly(10, 10);
    }

    @Test
    void cancelQuery_endsCopiesOfRows() throws Exception {
        Shard shard = purses.cluster.shards().get(0);
        try (Connection locking = shard.connect();
                Statement lock = locking.createStatement()) {
            locking.setAutoCommit(false);
            lock.execute("lock table Purse in access exclusive mode");
            assertThat(disturbed(
                            session -> gathered(session, "select max(name) from Purse"),
                            () -> waitingForLocks() > 0,
                            (thread, session) -> session.cancelQuery()))
                    .hasStackTraceContaining("canceling statement");
        }
    }

    /** As in plain Hibernate. */
    @Test
    void interrupt_leavesAStatementOfOneShard() {
        factory.inTransaction(session -> {
            on(session, first, "1", 0);
            Thread.currentThread().interrupt();
            assertThat(on(session, first, "1", 0.2)).isEqualTo(1);
            assertThat(Thread.interrupted()).isTrue();
        });
    }

    // ---- all of it at once

    @Test
    void sessionsWithAndWithoutTimeLimits_side_bySide_disturbNobody() throws Exception {
        AtomicInteger timedOut = new AtomicInteger();
        AtomicInteger innocent = new AtomicInteger();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread client = new Thread(() -> {
                while (System.nanoTime() < end) {
                    int millis = ThreadLocalRandom.current().nextInt(5, 25);
                    try (ShardedSession session = factory.openSession()) {
                        onAll(session, "pg_sleep(0.015)", millis);
                    } catch (QueryTimeoutException e) {
                        timedOut.incrementAndGet();
                    } catch (RuntimeException e) {
                        failures.add(e);
                    }
                    try {
                        factory.inTransaction(session ->
                                session.createQuery("from Purse", Purse.class).getResultList());
                        innocent.incrementAndGet();
                    } catch (RuntimeException e) {
                        failures.add(e);
                    }
                }
            });
            client.start();
            clients.add(client);
        }
        for (Thread client : clients) {
            client.join();
        }
        assertThat(failures).isEmpty();
        assertThat(timedOut.get()).isGreaterThan(10);
        assertThat(innocent.get()).isGreaterThan(10);
        assertThat(factory.getServers())
                .extracting(ServerStatus::activeConnections)
                .containsOnly(0);
    }
}
