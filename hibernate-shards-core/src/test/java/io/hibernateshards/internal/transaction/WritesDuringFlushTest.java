package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Effort;
import io.hibernateshards.PlainConfiguration;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.transaction.Notebook.Item;
import io.hibernateshards.internal.transaction.Notebook.Note;
import io.hibernateshards.internal.transaction.Notebook.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.hibernate.FlushMode;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.StatelessSessionBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Writes that the application makes while a session flushes or completes, to the shard that is being flushed, to one that the
 * session has used before, and to one that it has not: what plain Hibernate stores on one database must be stored.
 */
@SuppressWarnings("EnumOrdinal") // any number will do
class WritesDuringFlushTest {
    /** What is done at the place. */
    private enum Deed {
        PERSIST,
        PERSIST_AND_FLUSH,
        CHANGE,
        REMOVE
    }

    /** What has the session flush. */
    private enum Ending {
        COMMIT,
        FLUSH,
        QUERY,
        MANUAL_FLUSH,
        COMMIT_MODE
    }

    /** Where the note is, seen from the item. */
    private enum Where {
        SAME_SHARD,
        USED_BEFORE,
        USED_AFTER,
        NOT_USED
    }

    private static LocalCluster cluster;
    private static LocalCluster single;
    private static ShardedSessionFactory sharded;
    private static SessionFactory plain;

    /** The ids of each shard, in turn. */
    private static List<List<Long>> ids;

    private static int next;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 3);
        single = LocalCluster.shared(Layout.DATABASES, 1);
        sharded = Notebook.listening(new ShardedConfiguration()
                .entities(Notebook.ENTITIES.toArray(Class<?>[]::new))
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.shards.transaction.mode", "two-phase")
                .build());
        plain = Notebook.listening(
                PlainConfiguration.of(single, Notebook.ENTITIES).buildSessionFactory());
        ids = sharded.getTopology().shards().stream()
                .map(shard -> LongStream.range(0, 30_000)
                        .filter(id -> sharded.locate(Item.class, id).equals(shard))
                        .boxed()
                        .toList())
                .toList();
    }

    @AfterAll
    static void stop() {
        sharded.close();
        plain.close();
        cluster.close();
        single.close();
    }

    @AfterEach
    void disarm() {
        Notebook.disarm();
    }

    /** What is done, what has the session flush, and where the note is. */
    private record Case(Deed deed, Ending ending, Where where) {
        static List<Case> all() {
            List<Case> all = new ArrayList<>();
            for (Deed deed : Deed.values()) {
                for (Ending ending : Ending.values()) {
                    for (Where where : Where.values()) {
                        all.add(new Case(deed, ending, where));
                    }
                }
            }
            return all;
        }

        @Override
        public String toString() {
            return deed + " " + ending + " " + where;
        }
    }

    /** What came of a case: whether the deed is stored, whether a query after the flush has seen it, and the error. */
    private record Outcome(boolean stored, boolean seen, boolean reached, String error) {}

    private static Outcome run(SessionFactory factory, Place place, Case one, int turn) {
        Deed deed = one.deed;
        Ending ending = one.ending;
        Where where = one.where;
        long item = ids.get(0).get(turn);
        long other = ids.get(1).get(turn);
        long note = ids.get(
                        switch (where) {
                            case SAME_SHARD -> 0;
                            case NOT_USED -> 2;
                            default -> 1;
                        })
                .get(turn);
        boolean persists = deed == Deed.PERSIST || deed == Deed.PERSIST_AND_FLUSH;
        factory.inTransaction(session -> {
            if (!Notebook.stores(place)) {
                session.persist(new Item(item));
            }
            session.persist(new Item(other));
            if (!persists) {
                session.persist(new Note(note, "before"));
            }
        });
        boolean seen = false;
        String error = "";
        try (Session session =
                factory.withOptions().interceptor(new Notebook.Intercepting()).openSession()) {
            session.beginTransaction();
            if (where == Where.USED_BEFORE) {
                session.find(Item.class, other);
            }
            Note kept = persists ? null : session.find(Note.class, note);
            Notebook.arm(place, session, current -> {
                Session own = (Session) current;
                switch (deed) {
                    case CHANGE -> {
                        if (kept != null) {
                            kept.text = "after";
                        }
                    }
                    case REMOVE -> own.remove(kept);
                    case PERSIST -> own.persist(new Note(note, "after"));
                    case PERSIST_AND_FLUSH -> {
                        own.persist(new Note(note, "after"));
                        own.flush();
                    }
                }
            });
            Notebook.touch(place, session, item);
            if (where == Where.USED_AFTER) {
                session.find(Item.class, other).text += "y";
            }
            switch (ending) {
                case FLUSH -> session.flush();
                case MANUAL_FLUSH -> {
                    session.setHibernateFlushMode(FlushMode.MANUAL);
                    session.flush();
                }
                case COMMIT_MODE -> session.setHibernateFlushMode(FlushMode.COMMIT);
                case QUERY ->
                    session.createSelectionQuery("from Item", Item.class).getResultList();
                case COMMIT -> {}
            }
            if (ending == Ending.FLUSH || ending == Ending.MANUAL_FLUSH) {
                session.setHibernateFlushMode(FlushMode.MANUAL); // the query itself must not flush
                seen = happened(session, note, deed);
                session.setHibernateFlushMode(ending == Ending.FLUSH ? FlushMode.AUTO : FlushMode.MANUAL);
            }
            session.getTransaction().commit();
        } catch (RuntimeException e) {
            error = e.toString();
        }
        boolean reached = !Notebook.isArmed();
        Notebook.disarm();
        boolean stored = factory.fromTransaction(session -> happened(session, note, deed));
        return new Outcome(stored, seen, reached, error);
    }

    private static boolean happened(Session session, long note, Deed deed) {
        List<String> texts = session.createSelectionQuery("select text from Note where id = :id", String.class)
                .setParameter("id", note)
                .getResultList();
        return deed == Deed.REMOVE ? texts.isEmpty() : texts.contains("after");
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void whatPlainHibernateStores_isStored(Place place) {
        List<String> wrong = new ArrayList<>();
        for (Case one : Effort.some(Case.all(), 3, place.ordinal())) {
            int turn = next++;
            Outcome expected = run(plain, place, one, turn);
            Outcome got = run(sharded, place, one, turn);
            boolean fails = !expected.error.isEmpty();
            if (!fails && !got.error.isEmpty()
                    || !fails && expected.stored && !got.stored
                    || !fails && expected.seen && !got.seen
                    || !fails && expected.reached != got.reached) {
                wrong.add(one + ": plain " + expected + ", sharded " + got);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static long id(int shard) {
        return ids.get(shard).get(next++);
    }

    private static long notes(long... wanted) {
        return sharded.fromSession(session -> LongStream.of(wanted)
                .filter(note -> session.find(Note.class, note) != null)
                .count());
    }

    private static String text(long item) {
        return sharded.fromSession(session -> session.find(Item.class, item).text);
    }

    @Test
    void inTheModeOfOneWriter_aWriteOfASecondShard_isRefused_andNothingIsStored() {
        for (Place place : List.of(Place.PRE_UPDATE, Place.POST_UPDATE, Place.PRE_FLUSH, Place.COMPLETION_CALLBACK)) {
            long item = id(0);
            long note = id(2);
            sharded.inTransaction(session -> session.persist(new Item(item)));
            assertThatThrownBy(() -> {
                        try (Session session = sharded.withOptions()
                                .interceptor(new Notebook.Intercepting())
                                .openSession()) {
                            session.setProperty(ShardHints.TRANSACTION_MODE, "single-shard");
                            session.beginTransaction();
                            Notebook.touch(place, session, item);
                            Notebook.arm(place, session, current -> ((Session) current).persist(new Note(note, "")));
                            session.getTransaction().commit();
                        }
                    })
                    .as(place.name())
                    .hasStackTraceContaining("HS-020")
                    .hasStackTraceContaining("Note");
            assertThat(notes(note)).isZero();
            assertThat(text(item)).isEmpty();
        }
    }

    @Test
    void codeThatWritesOnEachFlush_fails_andIsRolledBack() {
        for (boolean commits : List.of(true, false)) {
            long first = id(0);
            long second = id(1);
            sharded.inTransaction(session -> List.of(first, second).forEach(id -> session.persist(new Item(id))));
            try (Session session = sharded.withOptions()
                    .interceptor(new Notebook.Intercepting())
                    .openSession()) {
                session.beginTransaction();
                Item one = session.find(Item.class, first);
                Item other = session.find(Item.class, second);
                one.text = "changed";
                Notebook.armForever(Place.PRE_UPDATE, session, current -> {
                    one.text += "x";
                    other.text += "x";
                });
                assertThatThrownBy(commits ? session.getTransaction()::commit : session::flush)
                        .hasStackTraceContaining("does not come to an end")
                        .hasStackTraceContaining("HS-031");
                if (!commits) {
                    assertThat(session.getTransaction().getRollbackOnly()).isTrue();
                    session.getTransaction().rollback();
                }
            }
            Notebook.disarm();
            assertThat(text(first)).isEmpty();
        }
    }

    @Test
    void anInterceptorThatWritesAfterEachFlush_isNoEndlessFlush_asWithPlainHibernate() {
        long first = id(0);
        long second = id(1);
        long[] notes = LongStream.range(0, 20).map(i -> id(2)).toArray();
        sharded.inTransaction(session -> List.of(first, second).forEach(id -> session.persist(new Item(id))));
        int[] written = new int[1];
        try (Session session =
                sharded.withOptions().interceptor(new Notebook.Intercepting()).openSession()) {
            session.beginTransaction();
            List.of(first, second).forEach(id -> session.find(Item.class, id).text = "changed");
            Notebook.armForever(Place.POST_FLUSH, session, current -> ((Session) current)
                    .persist(new Note(notes[written[0]++], "flushed")));
            session.flush();
            session.getTransaction().commit();
        }
        assertThat(written[0]).isBetween(2, 10);
        assertThat(notes(notes)).isBetween(1L, (long) written[0]);
    }

    @Test
    void statelessSessions_storeWhatIsWrittenBeforeCompletion_toAShardNotUsedBefore() {
        long item = id(0);
        long used = id(1);
        long[] notes = {id(0), id(1), id(2)};
        StatelessSessionBuilder builder = sharded.withStatelessOptions();
        builder.interceptor(new Notebook.Intercepting());
        try (StatelessSession session = builder.openStatelessSession()) {
            session.setJdbcBatchSize(10);
            session.beginTransaction();
            session.insert(new Item(used));
            session.insert(new Item(item));
            Notebook.arm(Place.BEFORE_COMPLETION, session, current -> {
                for (long note : notes) {
                    ((StatelessSession) current).insert(new Note(note, "completing"));
                }
            });
            session.getTransaction().commit();
        }
        assertThat(notes(notes)).isEqualTo(3);
    }
}
