package io.hibernateshards.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.cache.Shelf.Book;
import io.hibernateshards.internal.cache.Shelf.Note;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.hibernate.Session;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many sessions that miss the same at once. */
class LoadsTest {
    private static final int THREADS = 100;

    private static Shelf shelf;

    /** Nobody who waits is to run out of time on a busy machine. */
    @BeforeAll
    static void start() {
        shelf = new Shelf(
                Map.of("hibernate.shards.cache.load-wait", 60_000, "hibernate.connection.pool_size", THREADS));
    }

    @AfterAll
    static void stop() {
        shelf.close();
    }

    @BeforeEach
    void fill() {
        shelf.empty();
        shelf.factory.inTransaction(session -> {
            Book book = new Book(1, "one");
            book.tags.add("red");
            session.persist(book);
        });
    }

    /** All that they found, each in a session and a transaction of its own. */
    private static List<Object> atOnce(Function<Session, Object> work) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Object>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit(() -> {
                    try (Session session = shelf.factory.openSession()) {
                        barrier.await();
                        session.beginTransaction();
                        Object found = work.apply(session);
                        session.getTransaction().commit();
                        return found;
                    }
                }));
            }
            List<Object> found = new ArrayList<>();
            for (Future<Object> one : running) {
                found.add(one.get());
            }
            return found;
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aColdEntity_isLoadedByFewOfThem() throws Exception {
        shelf.factory.getCache().evictAllRegions();
        shelf.factory.getStatistics().clear();
        assertThat(atOnce(session -> session.find(Book.class, 1).title)).containsOnly("one");
        assertThat(shelf.factory.getStatistics().getPrepareStatementCount()).isBetween(1L, 3L);
    }

    @Test
    void aColdCollection_isLoadedByFewOfThem() throws Exception {
        shelf.factory.getCache().evictCollectionData();
        shelf.factory.getStatistics().clear();
        assertThat(atOnce(session -> List.copyOf(session.find(Book.class, 1).tags)))
                .containsOnly(List.of("red"));
        assertThat(shelf.factory.getStatistics().getPrepareStatementCount()).isBetween(1L, 3L);
    }

    /** Else the others would wait in vain: what is not there is never put. */
    @Test
    void whatIsNotThere_isWaitedForOnlyUntilThatIsFound() throws Exception {
        assertThat(atOnce(session -> {
                    Object found = session.find(Book.class, 2);
                    return found == null
                            && SessionView.of((SharedSessionContractImplementor) session)
                                            .load()
                                    == null;
                }))
                .containsOnly(true);
    }

    /** It may be the last one, which the other needs. */
    @Test
    void aSessionWithAConnection_doesNotWait() {
        shelf.factory.getCache().evictAllRegions();
        try (Session first = shelf.factory.openSession();
                Session second = shelf.factory.openSession()) {
            SharedSessionContractImplementor loader = (SharedSessionContractImplementor) first;
            Loads loads = new Loads(60_000_000_000L);
            assertThat(loads.await("key", 1L, loader, SessionView.of(loader))).isFalse();
            second.beginTransaction();
            second.createNativeQuery("select 1", Integer.class).getSingleResult();
            SharedSessionContractImplementor connected = (SharedSessionContractImplementor) second;
            assertThat(fromAnotherThread(() -> loads.await("key", 1L, connected, SessionView.of(connected))))
                    .isFalse();
            second.getTransaction().commit();
        }
    }

    private static <T> T fromAnotherThread(Callable<T> work) {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            return thread.submit(work).get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            thread.shutdownNow();
        }
    }

    /** As in a listener of the first. */
    @Test
    void aSessionWithinAnothersLoad_onOneThread_doesNotWait() {
        shelf.factory.getCache().evictAllRegions();
        try (Session outer = shelf.factory.openSession();
                Session inner = shelf.factory.openSession()) {
            SharedSessionContractImplementor loader = (SharedSessionContractImplementor) outer;
            SharedSessionContractImplementor nested = (SharedSessionContractImplementor) inner;
            Loads loads = new Loads(60_000_000_000L);
            loads.await("key", 1L, loader, SessionView.of(loader));
            assertThat(loads.await("key", 1L, nested, SessionView.of(nested))).isFalse();
        }
    }

    @Test
    void aSessionThatOthersWaitFor_doesNotWait() {
        try (Session one = shelf.factory.openSession();
                Session two = shelf.factory.openSession()) {
            SharedSessionContractImplementor first = (SharedSessionContractImplementor) one;
            SharedSessionContractImplementor second = (SharedSessionContractImplementor) two;
            Loads loads = new Loads(60_000_000_000L);
            loads.await("a", 1L, first, SessionView.of(first));
            loads.await("b", 2L, second, SessionView.of(second));
            assertThat(fromAnotherThread(() -> loads.await("a", 1L, second, SessionView.of(second))))
                    .isFalse();
        }
    }

    @Test
    void theEndOfATransaction_endsItsLoad() {
        try (Session one = shelf.factory.openSession();
                Session two = shelf.factory.openSession()) {
            SharedSessionContractImplementor first = (SharedSessionContractImplementor) one;
            SharedSessionContractImplementor second = (SharedSessionContractImplementor) two;
            Loads loads = new Loads(60_000_000_000L);
            one.beginTransaction();
            loads.await("key", 1L, first, SessionView.of(first));
            one.getTransaction().rollback();
            assertThat(SessionView.of(first).load()).isNull();
            assertThat(fromAnotherThread(() -> loads.await("key", 1L, second, SessionView.of(second))))
                    .isFalse();
            assertThat(SessionView.of(second).load()).as("it is the first now").isNotNull();
        }
    }

    @Test
    void aLoadThatTakesTooLong_isNotWaitedFor() {
        try (Session one = shelf.factory.openSession();
                Session two = shelf.factory.openSession()) {
            SharedSessionContractImplementor first = (SharedSessionContractImplementor) one;
            SharedSessionContractImplementor second = (SharedSessionContractImplementor) two;
            Loads loads = new Loads(1);
            loads.await("key", 1L, first, SessionView.of(first));
            assertThat(fromAnotherThread(() -> loads.await("key", 1L, second, SessionView.of(second))))
                    .isFalse();
            assertThat(second.createQuery("from Note", Note.class).getResultList())
                    .isEmpty();
        }
    }
}
