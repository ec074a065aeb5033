package io.hibernateshards.internal.id;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.id.WorkerNumber.Grant;
import io.hibernateshards.internal.route.RouteModel;
import io.hibernateshards.internal.route.TestServer;
import io.hibernateshards.internal.topology.IdBits;
import io.hibernateshards.spi.Catalog;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class WorkerLeaseTest {
    private static final IdSettings MINUTE = IdSettings.DEFAULT;
    private static final IdSettings SHORT =
            new IdSettings(OptionalInt.empty(), Duration.ofMillis(600), Duration.ofMillis(100));

    private static TestServer server;
    private final List<WorkerLease> open = new ArrayList<>();
    private final AtomicBoolean unreachable = new AtomicBoolean();
    private final String schema;

    WorkerLeaseTest(TestInfo test) {
        schema = "lease_" + Integer.toHexString(test.getDisplayName().hashCode());
    }

    @BeforeAll
    static void start() throws SQLException {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void close() {
        unreachable.set(false);
        open.forEach(lease -> lease.close(Long.MAX_VALUE));
    }

    private WorkerLease lease(IdSettings settings, Clock clock) {
        Catalog real = server.catalog(schema);
        WorkerLease lease = new WorkerLease(
                new Catalog() {
                    @Override
                    public String schema() {
                        return real.schema();
                    }

                    @Override
                    public <T> T inTransaction(Work<T> work) {
                        if (unreachable.get()) {
                            throw new ShardingException(ShardErrorCode.SHARD_UNAVAILABLE, "cable unplugged");
                        }
                        return real.inTransaction(work);
                    }
                },
                settings,
                TimeIds.MAX_AHEAD,
                clock);
        open.add(lease);
        return lease;
    }

    private long inTable(String what) throws SQLException {
        return TestServer.number(server.of(RouteModel.EAST), "select " + what + " from " + schema + ".worker_lease");
    }

    @Test
    void manyJvms_thatStartAtOnce_getDifferentNumbersFromTheLowest() throws Exception {
        var pool = Executors.newFixedThreadPool(8);
        try {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                WorkerLease lease = lease(MINUTE, Clock.SYSTEM);
                running.add(pool.submit(() -> lease.current().worker()));
            }
            Set<Integer> numbers = new TreeSet<>();
            for (Future<Integer> one : running) {
                numbers.add(one.get());
            }
            assertThat(numbers).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void the33rdJvm_isRefused_untilAnotherGivesItsNumberBack() {
        for (int i = 0; i < IdSettings.WORKERS; i++) {
            assertThat(lease(MINUTE, Clock.SYSTEM).current().worker()).isEqualTo(i);
        }
        assertThatThrownBy(() -> lease(MINUTE, Clock.SYSTEM).current())
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("all 32 worker numbers");
        open.get(17).close(0);
        assertThat(lease(MINUTE, Clock.SYSTEM).current().worker()).isEqualTo(17);
    }

    @Test
    void lease_isRenewedByItself_aLongAsTheJvmLives() throws Exception {
        WorkerLease lease = lease(SHORT, Clock.SYSTEM);
        Grant first = lease.current();
        Thread.sleep(1_500);
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (inTable("extract(epoch from max(expires) - clock_timestamp()) * 1000") <= 0) {
            assertThat(System.nanoTime()).as("not renewed within a minute").isLessThan(end);
            Thread.sleep(20);
        }
        assertThat(lease.current().worker()).isEqualTo(first.worker());
        assertThat(lease.current().ceiling()).isGreaterThan(first.ceiling());
    }

    @Test
    void leaseThatRanOut_stopsIds_untilTheCatalogIsBack() {
        HandClock clock = new HandClock();
        WorkerLease lease = lease(MINUTE, clock);
        assertThat(lease.current().worker()).isZero();
        unreachable.set(true);
        clock.pass(50_000);
        assertThat(lease.current().worker()).as("still valid").isZero();
        clock.pass(4_000);
        assertThatThrownBy(lease::current)
                .as("a tenth before the database's 60 s")
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("HS-050")
                .hasMessageContaining("worker number 0 ran out")
                .hasMessageContaining("cable unplugged");
        unreachable.set(false);
        assertThatThrownBy(lease::current).as("not asked again within a second").isInstanceOf(ShardingException.class);
        clock.pass(1_000);
        assertThat(lease.current().worker()).as("nobody has taken it").isZero();
    }

    @Test
    void leaseThatRanOut_andWasTaken_getsAnotherNumber_andNoIdIsMadeTwice() throws Exception {
        HandClock clock = new HandClock();
        WorkerLease paused = lease(MINUTE, clock);
        TimeIds before = new TimeIds(
                IdBits::timeBucket, Buckets.COUNT, 5, IdBits.MAX_TIME_BUCKET_MILLIS, () -> paused, clock, 100);
        long last = before.next(1);
        assertThat(paused.current().worker()).isZero();
        TestServer.execute(
                server.of(RouteModel.EAST), "update " + schema + ".worker_lease set expires = clock_timestamp()");

        assertThat(lease(MINUTE, clock).current().worker())
                .as("the first holder may still make ids of the coming minute")
                .isEqualTo(1);

        HandClock later = new HandClock();
        later.step(62_000);
        WorkerLease taker = lease(MINUTE, later);
        TimeIds after = new TimeIds(
                IdBits::timeBucket, Buckets.COUNT, 5, IdBits.MAX_TIME_BUCKET_MILLIS, () -> taker, later, 100);
        assertThat(taker.current().worker()).isZero();
        later.step(-62_000);
        assertThatThrownBy(() -> after.next(1))
                .as("its clock went back into the first holder's time")
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("behind");
        later.step(62_000);
        assertThat(after.next(1)).isGreaterThan(last);

        clock.pass(60_000);
        assertThat(paused.current().worker())
                .as("0 and 1 have other holders now")
                .isEqualTo(2);
    }

    @Test
    void numberGivenBack_isTakenAtOnce_forTimesAfterItsLastId() {
        HandClock clock = new HandClock();
        WorkerLease first = lease(MINUTE, clock);
        assertThat(first.current().worker()).isZero();
        first.close(clock.millis());
        Grant next = lease(MINUTE, clock).current();
        assertThat(next.worker()).isZero();
        assertThat(next.floor()).isEqualTo(clock.millis());
        assertThatThrownBy(first::current).hasMessageContaining("closed");
    }

    @Test
    void clockThatJumpsPastTheReservedTime_reservesMoreFirst() throws Exception {
        HandClock clock = new HandClock();
        WorkerLease lease = lease(MINUTE, clock);
        TimeIds ids = new TimeIds(
                IdBits::timeBucket, Buckets.COUNT, 5, IdBits.MAX_TIME_BUCKET_MILLIS, () -> lease, clock, 100);
        assertThat(ids.next(1)).isPositive();
        clock.step(600_000);
        long id = ids.next(1);
        assertThat((id >>> 23) + IdBits.EPOCH).isEqualTo(clock.millis());
        assertThat(inTable("max(ceiling)")).isGreaterThan(clock.millis());
    }
}
