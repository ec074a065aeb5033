package io.hibernateshards.internal.id;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Buckets;
import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.topology.IdBits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TimeIdsTest {
    private static TimeIds timeBuckets(Clock clock, WorkerNumber worker) {
        return new TimeIds(
                IdBits::timeBucket, Buckets.COUNT, 5, IdBits.MAX_TIME_BUCKET_MILLIS, () -> worker, clock, 100);
    }

    private static TimeIds snowflakes(Clock clock, WorkerNumber worker) {
        return new TimeIds(
                (millis, slot, number, sequence) -> IdBits.snowflake(millis, number, sequence),
                1,
                12,
                IdBits.MAX_SNOWFLAKE_MILLIS,
                () -> worker,
                clock,
                100);
    }

    private static long[] inThreads(int count, List<LongSupplier> threads) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads.size());
        try {
            List<Future<long[]>> running = new ArrayList<>();
            for (LongSupplier thread : threads) {
                running.add(pool.submit(
                        () -> LongStream.generate(thread).limit(count).toArray()));
            }
            LongStream all = LongStream.empty();
            for (Future<long[]> one : running) {
                all = LongStream.concat(all, Arrays.stream(one.get()));
            }
            return all.sorted().toArray();
        } finally {
            pool.shutdownNow();
        }
    }

    private static void assertUnique(long[] sorted) {
        for (int i = 1; i < sorted.length; i++) {
            assertThat(sorted[i]).isGreaterThan(sorted[i - 1]);
        }
    }

    @Test
    void manyThreadsAndWorkers_overManyBuckets_makeOnlyUniqueIds() throws Exception {
        TimeIds first = timeBuckets(Clock.SYSTEM, WorkerNumber.fixed(0));
        TimeIds second = timeBuckets(Clock.SYSTEM, WorkerNumber.fixed(31));
        List<LongSupplier> threads = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
            TimeIds ids = thread % 2 == 0 ? first : second;
            int[] bucket = {0};
            threads.add(() -> ids.next(bucket[0]++ & 63));
        }
        long start = System.nanoTime();
        long[] made = inThreads(200_000, threads);
        assertThat(made).hasSize(1_600_000);
        assertUnique(made);
        assertThat(System.nanoTime() - start).as("1.6 million ids").isLessThan(60_000_000_000L);
    }

    @Test
    void manyThreads_onOneBucket_waitForTheClockRatherThanRepeat() throws Exception {
        TimeIds ids = timeBuckets(Clock.SYSTEM, WorkerNumber.fixed(3));
        long start = System.currentTimeMillis();
        long[] made = inThreads(20_000, List.of(() -> ids.next(9), () -> ids.next(9), () -> ids.next(9)));
        long end = System.currentTimeMillis();
        assertUnique(made);
        assertThat(Arrays.stream(made).allMatch(id -> IdBits.bucket(IdStyle.TIME_BUCKET, id) == 9))
                .isTrue();
        long last = (made[made.length - 1] >>> 23) + IdBits.EPOCH;
        assertThat(last).isBetween(start, end + TimeIds.MAX_AHEAD);
    }

    @Test
    void snowflakes_ofManyThreads_areUnique() throws Exception {
        TimeIds ids = snowflakes(Clock.SYSTEM, WorkerNumber.fixed(7));
        assertUnique(inThreads(300_000, List.of(() -> ids.next(0), () -> ids.next(0), () -> ids.next(0))));
    }

    @Test
    void uuids_ofManyThreads_areUniqueAndInOrderWithinAThread() throws Exception {
        UuidIds ids = new UuidIds(Clock.SYSTEM);
        List<UUID> made = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            made.add(ids.next(4321));
        }
        assertThat(made).doesNotHaveDuplicates();
        for (int i = 1; i < made.size(); i++) {
            assertThat(made.get(i).getMostSignificantBits())
                    .isGreaterThan(made.get(i - 1).getMostSignificantBits());
        }
        assertThat(made).allMatch(id -> IdBits.bucket(IdStyle.UUID_V7, id) == 4321 && id.version() == 7);
    }

    @Test
    void sequenceThatOverflows_borrowsTheNextMillisecond() {
        HandClock clock = new HandClock();
        TimeIds ids = timeBuckets(clock, WorkerNumber.fixed(1));
        long now = clock.millis() - IdBits.EPOCH;
        for (int i = 0; i < 32; i++) {
            assertThat(ids.next(5)).isEqualTo(IdBits.timeBucket(now, 5, 1, i));
        }
        assertThat(ids.next(5)).isEqualTo(IdBits.timeBucket(now + 1, 5, 1, 0));
        assertThat(ids.next(6)).as("another bucket counts for itself").isEqualTo(IdBits.timeBucket(now, 6, 1, 0));
    }

    @Test
    void borrowing_isBounded_andThenWaits() {
        HandClock clock = new HandClock();
        TimeIds ids = timeBuckets(clock, WorkerNumber.fixed(1));
        long start = clock.millis();
        for (int i = 0; i < 32 * (TimeIds.MAX_AHEAD + 1); i++) {
            assertThat(ids.next(5)).isPositive();
        }
        assertThat(clock.millis()).as("no wait so far").isEqualTo(start);
        assertThat(ids.next(5)).isPositive();
        assertThat(clock.millis()).isEqualTo(start + 1);
    }

    @Test
    void clockThatStepsBackALittle_isBridged_withoutARepeatedId() {
        HandClock clock = new HandClock();
        TimeIds ids = timeBuckets(clock, WorkerNumber.fixed(1));
        long before = ids.next(5);
        clock.step(-TimeIds.MAX_AHEAD - 50);
        long start = clock.nanos();
        assertThat(ids.next(5)).isGreaterThan(before);
        assertThat(clock.nanos() - start).as("waited 50 ms").isEqualTo(50_000_000L);
    }

    @Test
    void clockThatStepsBackFar_isRefusedUntilItHasCaughtUp() {
        HandClock clock = new HandClock();
        TimeIds ids = timeBuckets(clock, WorkerNumber.fixed(1));
        long before = ids.next(5);
        clock.step(-10_000);
        assertThatThrownBy(() -> ids.next(5))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("HS-050")
                .hasMessageContaining("10000 ms behind");
        clock.pass(10_000);
        assertThat(ids.next(5)).isGreaterThan(before);
    }

    @Test
    void clockBeforeTheEpochOrPastTheEnd_isRefused() {
        HandClock clock = new HandClock();
        TimeIds ids = timeBuckets(clock, WorkerNumber.fixed(1));
        clock.step(IdBits.EPOCH - 5_000 - clock.millis());
        assertThatThrownBy(() -> ids.next(5)).isInstanceOf(ShardingException.class);
        clock.step(IdBits.MAX_TIME_BUCKET_MILLIS + 10_000);
        assertThatThrownBy(() -> ids.next(5))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("2058");
    }
}
