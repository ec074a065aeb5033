package io.hibernateshards.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.cache.Shelf.Book;
import io.hibernateshards.internal.cache.Shelf.Loose;
import io.hibernateshards.internal.cache.Shelf.Note;
import jakarta.persistence.LockModeType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Writers count rows up in every way there is, and acknowledge each commit; readers look by every way there is, and must see
 * at least what was acknowledged before they began. Few keys, fewer than the regions have room for, so that all is contended
 * and evicted.
 */
class RacesTest {
    private static final int KEYS = 6;
    private static final int WRITERS = 4;
    private static final int READERS = 6;
    private static final int WRITES = 150;

    private static Shelf shelf;

    @BeforeAll
    static void start() {
        shelf = new Shelf(Map.of(
                "hibernate.shards.cache.max-entries", 4,
                "hibernate.shards.cache.load-wait", 20,
                "hibernate.connection.pool_size", 40));
    }

    @AfterAll
    static void stop() {
        shelf.close();
    }

    private final AtomicLongArray acknowledged = new AtomicLongArray(KEYS);

    private void acknowledge(int key, long count) {
        acknowledged.accumulateAndGet(key, count, Math::max);
    }

    private static int any() {
        return ThreadLocalRandom.current().nextInt(KEYS);
    }

    private static boolean chance(int percent) {
        return ThreadLocalRandom.current().nextInt(100) < percent;
    }

    /** One way to count a row up; null if it was rolled back. */
    private interface Write {
        @Nullable
        Long up(Session session, int key);
    }

    /** What is read of a row. */
    private interface Read {
        long count(Session session, int key);
    }

    private void race(List<Write> writes, List<Read> reads) throws Exception {
        AtomicInteger writing = new AtomicInteger(WRITERS);
        AtomicLong checked = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS + READERS);
        List<Future<?>> running = new ArrayList<>();
        try {
            for (int i = 0; i < WRITERS; i++) {
                running.add(threads.submit(() -> {
                    try {
                        for (int n = 0; n < WRITES; n++) {
                            write(writes.get(ThreadLocalRandom.current().nextInt(writes.size())));
                        }
                    } finally {
                        writing.decrementAndGet();
                    }
                    return null;
                }));
            }
            for (int i = 0; i < READERS; i++) {
                running.add(threads.submit(() -> {
                    while (writing.get() > 0) {
                        read(reads.get(ThreadLocalRandom.current().nextInt(reads.size())));
                        checked.incrementAndGet();
                    }
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(checked.get()).isGreaterThan(WRITES);
        for (int key = 0; key < KEYS; key++) {
            for (Read read : reads) {
                read(read);
            }
        }
    }

    private void write(Write write) {
        int key = any();
        try (Session session = shelf.factory.openSession()) {
            session.beginTransaction();
            Long count = write.up(session, key);
            if (count == null || chance(20)) {
                session.getTransaction().rollback();
            } else {
                session.getTransaction().commit();
                acknowledge(key, count);
            }
        }
        if (chance(3)) {
            shelf.factory.getCache().evictAllRegions();
        }
    }

    private void read(Read read) {
        int key = any();
        long least = acknowledged.get(key);
        try (Session session = shelf.factory.openSession()) {
            if (chance(50)) {
                session.beginTransaction();
            }
            assertThat(read.count(session, key)).as("key %d", key).isGreaterThanOrEqualTo(least);
            if (session.isJoinedToTransaction()) {
                session.getTransaction().commit();
            }
        }
    }

    private static long number(String text) {
        return Long.parseLong(text);
    }

    @Test
    void versionedEntities() throws Exception {
        shelf.empty();
        shelf.factory.inTransaction(session -> {
            for (int key = 0; key < KEYS; key++) {
                session.persist(new Book(key, "0"));
            }
        });
        race(
                List.of(
                        (session, key) -> {
                            Book book = session.find(Book.class, key, LockModeType.PESSIMISTIC_WRITE);
                            long count = number(book.title) + 1;
                            book.title = String.valueOf(count);
                            return count;
                        },
                        (session, key) -> {
                            session.createMutationQuery(
                                            "update versioned Book set title = cast(cast(title as Long) + 1 as"
                                                    + " String) where id = :id")
                                    .setParameter("id", (long) key)
                                    .executeUpdate();
                            return number(
                                    session.createSelectionQuery("select title from Book where id = :id", String.class)
                                            .setParameter("id", (long) key)
                                            .getSingleResult());
                        }),
                List.of(
                        (session, key) -> number(session.find(Book.class, key).title),
                        (session, key) -> number(session.createSelectionQuery("from Book where id = :id", Book.class)
                                .setParameter("id", (long) key)
                                .getSingleResult()
                                .title),
                        (session, key) -> number(
                                session.createSelectionQuery("select title from Book where id = :id", String.class)
                                        .setParameter("id", (long) key)
                                        .setCacheable(true)
                                        .getSingleResult())));
    }

    @Test
    void entitiesWithoutVersions() throws Exception {
        shelf.empty();
        shelf.factory.inTransaction(session -> {
            for (int key = 0; key < KEYS; key++) {
                session.persist(new Note(key, "0"));
            }
        });
        race(
                List.of(
                        (session, key) -> {
                            Note note = session.find(Note.class, key, LockModeType.PESSIMISTIC_WRITE);
                            if (note == null) {
                                return null; // the server waited for the row that the next write removed
                            }
                            long count = number(note.text) + 1;
                            note.text = String.valueOf(count);
                            return count;
                        },
                        (session, key) -> {
                            Note note = session.find(Note.class, key, LockModeType.PESSIMISTIC_WRITE);
                            if (note == null) {
                                return null; // the server waited for the row that the next write removed
                            }
                            long count = number(note.text) + 1;
                            session.remove(note);
                            session.flush();
                            session.persist(new Note(key, String.valueOf(count)));
                            return count;
                        },
                        (session, key) -> {
                            session.createNativeMutationQuery(
                                            "update Note set text = cast(text as int) + 1 where id = " + key)
                                    .executeUpdate();
                            return number(
                                    session.createNativeQuery("select text from Note where id = " + key, String.class)
                                            .getSingleResult());
                        }),
                List.of(
                        (session, key) -> number(session.find(Note.class, key).text),
                        (session, key) -> number(
                                session.createSelectionQuery("select text from Note where id = :id", String.class)
                                        .setParameter("id", (long) key)
                                        .setCacheable(true)
                                        .getSingleResult())));
    }

    @Test
    void nonstrictEntities_andCollections() throws Exception {
        shelf.empty();
        shelf.factory.inTransaction(session -> {
            for (int key = 0; key < KEYS; key++) {
                Loose loose = new Loose(key, "0");
                loose.tags.add("0");
                session.persist(loose);
            }
        });
        race(
                List.of((session, key) -> {
                    Loose loose = session.find(Loose.class, key, LockModeType.PESSIMISTIC_WRITE);
                    session.refresh(loose);
                    long count = number(loose.text) + 1;
                    loose.text = String.valueOf(count);
                    loose.tags = new ArrayList<>(List.of(loose.text));
                    return count;
                }),
                List.of(
                        (session, key) -> number(session.find(Loose.class, key).text),
                        (session, key) ->
                                number(session.find(Loose.class, key).tags.get(0))));
    }
}
