package io.hibernateshards.spring.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.orm.ObjectOptimisticLockingFailureException;

/** Two transactions that want the same row of a repository, over four databases and over one with plain Hibernate. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LocksTest {
    private final Side sharded = Side.sharded();
    private final Side plain = Side.plain();
    private final ExecutorService others = Executors.newCachedThreadPool();

    @BeforeAll
    void fill() {
        for (Side side : sides()) {
            for (long id = 0; id < 8; id++) {
                side.authors.save(new Author(id, "nobody", "Oslo", 30));
            }
        }
    }

    @AfterAll
    void close() {
        others.shutdownNow();
        sharded.close();
        plain.close();
    }

    private List<Side> sides() {
        return List.of(plain, sharded);
    }

    /** Who has to wait shows in PostgreSQL: within a minute, on however slow a machine. */
    private static void awaitWaiting(Side side, long count) {
        long start = System.nanoTime();
        while (side.waiting() != count) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(60)) {
                throw new AssertionError("not within a minute");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void whatIsLocked_isWaitedFor(Side side) throws Exception {
        for (long id = 0; id < 4; id++) {
            long row = id;
            CountDownLatch locked = new CountDownLatch(1);
            CountDownLatch seen = new CountDownLatch(1);
            Future<?> first = others.submit(() -> {
                side.stored(() -> {
                    Author author = side.authors.findLockedById(row).orElseThrow();
                    locked.countDown();
                    await(seen);
                    author.name = "first";
                });
                return true;
            });
            await(locked);
            Future<?> second = others.submit(() -> side.stored(() -> {
                Author author = side.authors.findLockedById(row).orElseThrow();
                author.name = author.name + ", second";
            }));
            awaitWaiting(side, 1);
            assertThat(side.authors.findById(row))
                    .get()
                    .extracting(author -> author.name)
                    .isEqualTo("nobody");
            assertThat(second.isDone()).isFalse();
            seen.countDown();
            first.get(1, TimeUnit.MINUTES);
            second.get(1, TimeUnit.MINUTES);
            assertThat(side.authors.findById(row))
                    .get()
                    .extracting(author -> author.name)
                    .isEqualTo("first, second");
        }
    }

    @Test
    void whatIsLocked_isToldAtOnce_toWhoDoesNotWait() throws Exception {
        assertThat(refused(sharded)).isSameAs(refused(plain)).isInstanceOf(Class.class);
    }

    private Class<?> refused(Side side) throws Exception {
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch tried = new CountDownLatch(1);
        Future<?> first = others.submit(() -> side.stored(() -> {
            assertThat(side.authors.findLockedById(5L)).isPresent();
            locked.countDown();
            await(tried);
        }));
        await(locked);
        try {
            side.stored(() -> assertThat(side.authors.findAtOnceById(6L)).isPresent()); // is free
            DataAccessException refusal = catchThrowableOfType(
                    DataAccessException.class, () -> side.stored(() -> side.authors.findAtOnceById(5L)));
            assertThat(refusal).isInstanceOf(PessimisticLockingFailureException.class);
            assertThat(side.waiting()).isZero();
            return refusal.getClass();
        } finally {
            tried.countDown();
            first.get(1, TimeUnit.MINUTES);
        }
    }

    @Test
    void changedMeanwhile_failsTheSame() {
        for (Side side : sides()) {
            ObjectOptimisticLockingFailureException failure = catchThrowableOfType(
                    ObjectOptimisticLockingFailureException.class,
                    () -> side.stored(() -> {
                        Author author = side.authors.findById(7L).orElseThrow();
                        side.apart(() -> side.authors.findById(7L).orElseThrow().name = "in between");
                        author.name = "too late";
                    }));
            assertSays(failure);
            Author old = side.authors.findById(7L).orElseThrow();
            side.stored(() -> side.authors.findById(7L).orElseThrow().age++);
            old.name = "detached, and too late";
            assertSays(
                    catchThrowableOfType(ObjectOptimisticLockingFailureException.class, () -> side.authors.save(old)));
            Author now = side.authors.findById(7L).orElseThrow();
            assertThat(now.name + now.version).isEqualTo("in between2");
        }
    }

    private static void assertSays(ObjectOptimisticLockingFailureException failure) {
        assertThat(failure).isNotNull();
        assertThat(failure.getPersistentClassName()).isEqualTo(Author.class.getName());
        assertThat(Objects.requireNonNull(failure.getIdentifier())).isEqualTo(7L);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
