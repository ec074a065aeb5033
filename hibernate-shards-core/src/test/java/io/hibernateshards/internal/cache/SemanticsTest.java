package io.hibernateshards.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.internal.cache.Shelf.Book;
import io.hibernateshards.internal.cache.Shelf.Fixed;
import io.hibernateshards.internal.cache.Shelf.Loose;
import io.hibernateshards.internal.cache.Shelf.Note;
import jakarta.persistence.LockModeType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.CacheMode;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What sessions of plain Hibernate see, of their own changes and of others', and what they cost. */
class SemanticsTest {
    private static Shelf shelf;

    @BeforeAll
    static void start() {
        shelf = new Shelf(Map.of());
    }

    @AfterAll
    static void stop() {
        shelf.close();
    }

    @BeforeEach
    void fill() {
        shelf.empty();
        shelf.factory.inTransaction(session -> {
            session.persist(new Book(1, "old"));
            session.persist(new Note(1, "old"));
            session.persist(new Loose(1, "old"));
            session.persist(new Fixed(1, "old"));
        });
        shelf.factory.getStatistics().clear();
    }

    private static String title() {
        return shelf.factory.fromSession(session -> session.find(Book.class, 1).title);
    }

    private static String note() {
        return shelf.factory.fromSession(session -> session.find(Note.class, 1).text);
    }

    private static long statements() {
        long count = shelf.factory.getStatistics().getPrepareStatementCount();
        shelf.factory.getStatistics().clear();
        return count;
    }

    private static void titleIsCached(String expected) {
        statements();
        assertThat(title()).isEqualTo(expected);
        assertThat(statements()).isZero();
    }

    @Test
    void whatIsInserted_isCached() {
        titleIsCached("old");
        assertThat(shelf.has(Note.class, 1)).isTrue();
        assertThat(shelf.has(Fixed.class, 1)).isTrue();
        assertThat(shelf.has(Loose.class, 1)).isFalse();
    }

    @Test
    void anUpdate_isSeenFromItsCommitOn() {
        try (Session writer = shelf.factory.openSession()) {
            writer.beginTransaction();
            writer.find(Book.class, 1).title = "new";
            titleIsCached("old");
            writer.flush();
            assertThat(title()).isEqualTo("old");
            assertThat(shelf.has(Book.class, 1)).isFalse();
            writer.getTransaction().commit();
        }
        titleIsCached("new");
    }

    @Test
    void aRollback_leavesNothingLocked() {
        try (Session writer = shelf.factory.openSession()) {
            writer.beginTransaction();
            writer.find(Book.class, 1).title = "new";
            writer.flush();
            writer.getTransaction().rollback();
        }
        assertThat(title()).isEqualTo("old");
        titleIsCached("old");
    }

    /** Its own transaction's state must reach nobody else. */
    @Test
    void whatASessionReadsOfItsOwnChanges_isNotCached() {
        for (Class<?> entity : List.of(Note.class, Loose.class)) {
            try (Session writer = shelf.factory.openSession()) {
                writer.beginTransaction();
                change(writer, entity, "new");
                writer.flush();
                writer.clear();
                assertThat(text(writer, entity)).isEqualTo("new");
                assertThat(shelf.readOf(entity)).isEqualTo("old");
                writer.getTransaction().rollback();
            }
            assertThat(shelf.readOf(entity)).isEqualTo("old");
        }
    }

    private static void change(Session session, Class<?> entity, String text) {
        if (session.find(entity, 1) instanceof Note note) {
            note.text = text;
        } else {
            session.find(Loose.class, 1).text = text;
        }
    }

    private static String text(Session session, Class<?> entity) {
        return session.find(entity, 1) instanceof Note note ? note.text : session.find(Loose.class, 1).text;
    }

    @Test
    void aRemoval_isSeenFromItsCommitOn() {
        shelf.factory.inTransaction(session -> session.remove(session.find(Note.class, 1)));
        assertThat(shelf.<Note>fromSession(session -> session.find(Note.class, 1)))
                .isNull();
        shelf.factory.inTransaction(session -> session.persist(new Note(1, "again")));
        assertThat(note()).isEqualTo("again");
    }

    @Test
    void readOnly_isCached_andNotChanged() {
        assertThatThrownBy(() -> shelf.factory.inTransaction(session -> session.find(Fixed.class, 1).text = "new"))
                .hasMessageContaining("READ_ONLY");
        assertThat(shelf.<String>fromSession(session -> session.find(Fixed.class, 1).text))
                .isEqualTo("old");
        shelf.factory.inTransaction(session -> session.remove(session.find(Fixed.class, 1)));
        assertThat(shelf.<Fixed>fromSession(session -> session.find(Fixed.class, 1)))
                .isNull();
    }

    @Test
    void aBulkUpdate_isSeenByItsOwnSession_andByOthersFromItsCommitOn() {
        try (Session writer = shelf.factory.openSession()) {
            writer.beginTransaction();
            assertThat(note()).isEqualTo("old");
            writer.createMutationQuery("update Note set text = 'new'").executeUpdate();
            assertThat(note()).isEqualTo("old"); // which may cache it
            assertThat(writer.find(Note.class, 1).text).isEqualTo("new");
            assertThat(note()).isEqualTo("old");
            writer.getTransaction().commit();
        }
        assertThat(note()).isEqualTo("new");
        statements();
        assertThat(note()).isEqualTo("new");
        assertThat(statements()).isZero();
    }

    /** Hibernate tells of its end before it has begun. */
    @Test
    void aBulkUpdateOfAStatelessSession_isSeenFromItsCommitOn() {
        try (StatelessSession writer = shelf.factory.openStatelessSession()) {
            writer.beginTransaction();
            writer.createMutationQuery("update Note set text = 'new'").executeUpdate();
            assertThat(note()).isEqualTo("old");
            writer.getTransaction().commit();
        }
        assertThat(note()).isEqualTo("new");
    }

    @Test
    void nativeSql_isSeenFromItsCommitOn() {
        assertThat(note()).isEqualTo("old");
        shelf.factory.inTransaction(session -> session.createNativeMutationQuery("update Note set text = 'new'")
                .executeUpdate());
        assertThat(note()).isEqualTo("new");
    }

    @Test
    void statelessSessions_tellOfTheirChanges() {
        assertThat(note()).isEqualTo("old");
        shelf.factory.inStatelessTransaction(session -> session.update(new Note(1, "updated")));
        assertThat(note()).isEqualTo("updated");
        shelf.factory.inStatelessTransaction(session -> session.upsert(new Note(1, "upserted")));
        assertThat(note()).isEqualTo("upserted");
        shelf.factory.inStatelessTransaction(session -> session.delete(new Note(1, "")));
        assertThat(shelf.<Note>fromSession(session -> session.find(Note.class, 1)))
                .isNull();
    }

    @Test
    void refresh_andLocks_askTheDatabase_andLeaveNothingLocked() {
        shelf.execute("update Note set text = 'past Hibernate'");
        assertThat(note()).isEqualTo("old");
        shelf.factory.inTransaction(session -> {
            Note note = session.find(Note.class, 1);
            session.refresh(note);
            assertThat(note.text).isEqualTo("past Hibernate");
        });
        assertThat(note()).isEqualTo("past Hibernate");
        statements();
        assertThat(note()).isEqualTo("past Hibernate");
        assertThat(statements()).isZero();
        shelf.factory.inTransaction(session -> session.find(Note.class, 1, LockModeType.PESSIMISTIC_WRITE));
        note();
        statements();
        note();
        assertThat(statements()).isZero();
    }

    @Test
    void cacheModes_meanWhatTheySay() {
        shelf.execute("update Note set text = 'past Hibernate'");
        assertThat(noteBy(CacheMode.GET)).isEqualTo("old");
        assertThat(noteBy(CacheMode.IGNORE)).isEqualTo("past Hibernate");
        assertThat(noteBy(CacheMode.PUT)).isEqualTo("past Hibernate");
        assertThat(note()).as("what is there is not replaced").isEqualTo("old");
        assertThat(noteBy(CacheMode.REFRESH)).isEqualTo("past Hibernate");
        assertThat(note()).isEqualTo("past Hibernate");
        shelf.factory.getCache().evictAll();
        noteBy(CacheMode.GET);
        assertThat(shelf.has(Note.class, 1)).isFalse();
        noteBy(CacheMode.PUT);
        assertThat(shelf.has(Note.class, 1)).isTrue();
    }

    private static String noteBy(CacheMode mode) {
        return shelf.factory.fromSession(session -> session.find(Note.class, 1L, mode).text);
    }

    @Test
    void aQuery_fillsTheCache() {
        shelf.factory.getCache().evictAllRegions();
        shelf.factory.inSession(
                session -> session.createQuery("from Book", Book.class).getResultList());
        titleIsCached("old");
    }

    private static long idOf(String isbn) {
        Book book = shelf.fromSession(session -> session.find(Book.class, isbn, KeyType.NATURAL));
        return book == null ? 0 : book.id;
    }

    @Test
    void naturalIds_followTheirChanges() {
        assertThat(idOf("isbn 1")).isEqualTo(1);
        statements();
        assertThat(idOf("isbn 1")).isEqualTo(1);
        assertThat(statements()).isZero();
        try (Session writer = shelf.factory.openSession()) {
            writer.beginTransaction();
            writer.find(Book.class, 1).isbn = "isbn 2";
            writer.flush();
            assertThat(idOf("isbn 1")).isEqualTo(1);
            assertThat(idOf("isbn 2")).isZero();
            writer.getTransaction().commit();
        }
        assertThat(idOf("isbn 1")).isZero();
        assertThat(idOf("isbn 2")).isEqualTo(1);
        shelf.factory.inTransaction(session -> {
            session.remove(session.find(Book.class, 1));
            Book next = new Book(3, "next");
            next.isbn = "isbn 2";
            session.flush();
            session.persist(next);
        });
        assertThat(idOf("isbn 2")).isEqualTo(3);
        try (Session writer = shelf.factory.openSession()) {
            writer.beginTransaction();
            writer.persist(new Book(4, "rolled back"));
            writer.flush();
            writer.getTransaction().rollback();
        }
        assertThat(idOf("isbn 4")).isZero();
    }

    private static List<String> tags() {
        return shelf.factory.fromSession(session -> List.copyOf(session.find(Book.class, 1).tags));
    }

    @Test
    void collections_followTheirChanges() {
        assertThat(tags()).isEmpty();
        statements();
        assertThat(tags()).isEmpty();
        assertThat(statements()).isZero();
        try (Session writer = shelf.factory.openSession()) {
            writer.beginTransaction();
            writer.find(Book.class, 1).tags.add("red");
            writer.flush();
            assertThat(tags()).isEmpty();
            writer.getTransaction().commit();
        }
        assertThat(tags()).containsExactly("red");
        statements();
        assertThat(tags()).containsExactly("red");
        assertThat(statements()).isZero();
        shelf.factory.inTransaction(session -> session.find(Book.class, 1).tags = new ArrayList<>(List.of("blue")));
        assertThat(tags()).containsExactly("blue");
        shelf.factory.inTransaction(session -> session.find(Book.class, 1).tags.clear());
        assertThat(tags()).isEmpty();
        try (Session writer = shelf.factory.openSession()) {
            writer.beginTransaction();
            writer.find(Book.class, 1).tags.add("rolled back");
            writer.flush();
            writer.getTransaction().rollback();
        }
        assertThat(tags()).isEmpty();
    }

    private static List<String> queried(Session session) {
        return session.createQuery("select text from Note order by id", String.class)
                .setCacheable(true)
                .getResultList();
    }

    private static List<String> queried() {
        return shelf.factory.fromSession(SemanticsTest::queried);
    }

    @Test
    void resultsOfQueries_areCached_untilATableChanges() {
        assertThat(queried()).containsExactly("old");
        statements();
        assertThat(queried()).containsExactly("old");
        assertThat(statements()).isZero();
        shelf.factory.inTransaction(session -> session.find(Note.class, 1).text = "new");
        assertThat(queried()).containsExactly("new");
        shelf.factory.inTransaction(session -> session.persist(new Note(2, "two")));
        assertThat(queried()).containsExactly("new", "two");
        shelf.factory.inTransaction(session ->
                session.createMutationQuery("delete from Note where id = 2").executeUpdate());
        assertThat(queried()).containsExactly("new");
        shelf.regions().tablesChanged(List.of("Note"));
        statements();
        assertThat(queried()).containsExactly("new");
        assertThat(statements()).isOne();
        shelf.factory
                .unwrap(SessionFactoryImplementor.class)
                .getCache()
                .getTimestampsCache()
                .clear();
        assertThat(queried()).containsExactly("new");
        assertThat(statements()).as("times that are gone tell nothing").isOne();
    }

    /** Though the end of another's transaction makes the table look unchanged since then. */
    @Test
    void aSession_seesItsOwnChangesInQueries_whateverOthersDo() {
        try (Session writer = shelf.factory.openSession()) {
            writer.beginTransaction();
            writer.find(Note.class, 1).text = "mine";
            writer.flush();
            shelf.factory.inTransaction(session -> session.persist(new Note(2, "other")));
            assertThat(queried()).containsExactly("old", "other");
            assertThat(queried()).containsExactly("old", "other");
            assertThat(queried(writer)).containsExactly("mine", "other");
            assertThat(queried()).containsExactly("old", "other");
            writer.getTransaction().rollback();
        }
        assertThat(queried()).containsExactly("old", "other");
    }

    @Test
    void statistics_countWhatHappens() {
        shelf.factory.getCache().evictAllRegions();
        note();
        note();
        var counted = shelf.factory.getStatistics().getDomainDataRegionStatistics(Note.class.getName());
        assertThat(counted.getMissCount()).isOne();
        assertThat(counted.getPutCount()).isOne();
        assertThat(counted.getHitCount()).isOne();
        assertThat(counted.getElementCountInMemory()).isOne();
        queried();
        queried();
        var results = Objects.requireNonNull(
                shelf.factory.getStatistics().getCacheRegionStatistics("default-query-results-region"));
        assertThat(results.getHitCount()).isOne();
        assertThat(results.getElementCountInMemory()).isPositive();
        assertThat(shelf.regions().statistics(Note.class.getName()).hitCount()).isPositive();
    }
}
