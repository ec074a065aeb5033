package io.hibernateshards.internal.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.lookup.Members.Boat;
import io.hibernateshards.internal.lookup.Members.Card;
import io.hibernateshards.internal.lookup.Members.Member;
import io.hibernateshards.internal.lookup.Members.Rank;
import io.hibernateshards.internal.lookup.Members.Thing;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.hibernate.FlushMode;
import org.hibernate.Session;
import org.hibernate.exception.ConstraintViolationException;
import org.hibernate.exception.ConstraintViolationException.ConstraintKind;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Values that are unique over all shards, and the rows that make them so, in the transactions of the entities. */
class GlobalUniqueTest {
    private static Members members;
    private static List<String> names;

    @BeforeAll
    static void start() {
        members = new Members(LocalCluster.shared(Layout.DATABASES, 3));
        names = members.names("member");
    }

    @AfterAll
    static void stop() {
        members.close();
    }

    @AfterEach
    void leavesNothing() {
        members.clear();
        assertThat(members.rows("")).isEmpty();
    }

    private static void persist(Object... entities) {
        members.factory.inTransaction(session -> List.of(entities).forEach(session::persist));
    }

    private static Member member(Session session, int shard) {
        return session.find(Member.class, names.get(shard));
    }

    // ---- what is kept

    @Test
    void rows_areWrittenWithTheEntity_onTheShardOfTheValue() {
        persist(new Member(names.get(0), "a@club", "Rome"), new Member(names.get(1), null, "Rome"));
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
        assertThat(members.rows("#city")).containsExactly("Rome:" + names.get(0), "Rome:" + names.get(1));
        int bucket = LookupRow.bucketOf("a@club");
        int shard = members.factory.getTopology().indexOf(bucket);
        assertThat(members.texts(shard, "select bucket || ' ' || value from hibernate_shards.global_unique"))
                .containsExactly(bucket + " a@club");
    }

    @Test
    void changes_moveTheRow_andRemovalRemovesIt() {
        persist(new Member(names.get(0), "a@club", "Rome"));
        members.factory.inTransaction(session -> {
            member(session, 0).email = "b@club";
            member(session, 0).city = null;
        });
        assertThat(members.rows("#email")).containsExactly("b@club:" + names.get(0));
        assertThat(members.rows("#city")).isEmpty();
        members.factory.inTransaction(session -> {
            member(session, 0).email = "c@club";
            session.flush();
            member(session, 0).email = "d@club";
        });
        assertThat(members.rows("#email")).containsExactly("d@club:" + names.get(0));
        members.factory.inTransaction(session -> {
            member(session, 0).email = "e@club";
            session.remove(member(session, 0));
        });
        assertThat(members.rows("")).isEmpty();
    }

    @Test
    void otherTypes_haveTheirText() {
        Card card = new Card(new Member(names.get(1), "a@club"), 17L);
        card.expires = LocalDate.of(2027, 1, 31);
        card.rank = Rank.MASTER;
        Boat boat = new Boat();
        boat.sail = "GER 5";
        boat.serial = UUID.randomUUID();
        persist(card.member, card, boat);
        assertThat(members.rows("#number")).containsExactly("17:" + card.id);
        assertThat(members.rows("#expires")).containsExactly("2027-01-31:" + card.id);
        assertThat(members.rows("#rank")).containsExactly("MASTER:" + card.id);
        assertThat(members.rows("#sail")).containsExactly("GER 5:" + boat.id);
        assertThat(members.rows("Thing#serial")).containsExactly(boat.serial + ":" + boat.id);
    }

    @Test
    void owners_areFoundByTheBucketOfTheirKey_evenIfTheIdIsSilent() {
        Card card = new Card(new Member(names.get(1), "a@club"), 17L);
        persist(card.member, card);
        assertThat(members.rows("#number")).hasSize(1);
        assertThat(List.of(0, 1, 2).stream()
                        .flatMap(shard -> members
                                .texts(
                                        shard,
                                        "select owner_bucket::text from hibernate_shards.global_unique where value = '17'")
                                .stream()))
                .singleElement()
                .satisfies(bucket -> assertThat(members.factory.getTopology().shardOf(Integer.parseInt(bucket)))
                        .isEqualTo(members.factory.locate(Member.class, names.get(1))));
    }

    // ---- unique

    private static void assertTaken(Throwable failure) {
        assertThat(failure).isInstanceOfSatisfying(ConstraintViolationException.class, violation -> {
            assertThat(violation.getKind()).isEqualTo(ConstraintKind.UNIQUE);
            assertThat(violation.getSQLState()).isEqualTo("23505");
            assertThat(violation)
                    .hasMessageContaining("Member.email is unique over all shards")
                    .hasMessageContaining(names.get(0))
                    .hasMessageContaining("shard0")
                    .hasMessageNotContaining("a@club");
        });
    }

    @Test
    void aTakenValue_isRefused_andNothingIsStored() {
        persist(new Member(names.get(0), "a@club"));
        assertTaken(catchThrowable(() -> members.factory.inTransaction(session -> {
            session.persist(new Member(names.get(1), "a@club"));
            session.flush();
        })));
        assertThatThrownBy(() -> persist(new Member(names.get(2), "b@club"), new Member(names.get(1), "a@club")))
                .hasMessageContaining("Member.email is unique over all shards");
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
        members.factory.inSession(session -> {
            assertThat(member(session, 1)).isNull();
            assertThat(member(session, 2)).isNull();
        });
    }

    @Test
    void aRefusedTransaction_cannotCommitAfterAll() {
        persist(new Member(names.get(0), "a@club"));
        try (Session session = members.factory.openSession()) {
            session.beginTransaction();
            session.persist(new Member(names.get(1), "a@club"));
            assertTaken(catchThrowable(session::flush));
            session.getTransaction().commit();
            assertThat(session.getTransaction().getStatus()).isEqualTo(TransactionStatus.ROLLED_BACK);
        }
        members.factory.inSession(session -> assertThat(member(session, 1)).isNull());
    }

    @Test
    void oneTransaction_cannotTakeAValueTwice() {
        assertThatThrownBy(() -> persist(new Member(names.get(0), "a@club"), new Member(names.get(1), "a@club")))
                .satisfies(failure -> assertThat(failure.toString() + failure.getCause())
                        .contains("Member.email is unique over all shards"));
    }

    @Test
    void valuesOfDifferentAttributes_haveNothingToDoWithEachOther() {
        Boat boat = new Boat();
        boat.sail = "a@club";
        persist(boat, new Member(names.get(0), "a@club"), new Member(names.get(1), "b@club", "a@club"));
        assertThat(members.rows("")).hasSize(4);
    }

    @Test
    void values_canBeExchanged() {
        persist(new Member(names.get(0), "a@club"), new Member(names.get(1), "b@club"));
        members.factory.inTransaction(session -> {
            member(session, 0).email = "b@club";
            member(session, 1).email = "a@club";
        });
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(1), "b@club:" + names.get(0));
    }

    @Test
    void aValue_canBeHandedOn_inOneTransaction() {
        persist(new Member(names.get(2), "a@club"));
        members.factory.inTransaction(session -> {
            session.persist(new Member(names.get(0), "a@club")); // flushed first
            session.remove(member(session, 2));
        });
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
    }

    @Test
    void theSameValue_isNoChange() {
        persist(new Member(names.get(0), "a@club"));
        members.factory.inTransaction(session -> {
            member(session, 0).email = "b@club";
            session.flush();
            member(session, 0).email = "a@club";
        });
        members.factory.inTransaction(session -> {
            Member detached = new Member(names.get(0), "a@club");
            detached.version = 2;
            session.merge(detached).points = 3;
        });
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
    }

    @Test
    void underConcurrency_eachValueIsWonOnce() throws Exception {
        int threads = 6;
        int values = 12;
        CyclicBarrier together = new CyclicBarrier(threads);
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                List<String> mine = members.names("racer" + i + "-");
                Callable<Integer> racer = () -> {
                    int won = 0;
                    for (int value = 0; value < values; value++) {
                        String email = "race" + value + "@club";
                        String name = mine.get(value % 3) + "-" + value;
                        together.await(1, TimeUnit.MINUTES);
                        try {
                            persist(new Member(name, email));
                            won++;
                        } catch (RuntimeException lost) {
                            assertThat(lost)
                                    .hasRootCauseInstanceOf(
                                            SQLException.class); // on one shard its own constraint is faster
                        }
                    }
                    return won;
                };
                running.add(workers.submit(racer));
            }
            int won = 0;
            for (Future<Integer> one : running) {
                won += one.get(2, TimeUnit.MINUTES);
            }
            assertThat(won).isEqualTo(values);
        } finally {
            workers.shutdownNow();
        }
        List<String> stored = members.factory.fromSession(
                session -> session.createSelectionQuery("select m.email || ':' || m.name from Member m", String.class)
                        .list());
        assertThat(members.rows("#email")).hasSize(values).containsExactlyInAnyOrderElementsOf(stored);
    }

    // ---- with the transaction

    @Test
    void rollback_leavesNone() {
        try (Session session = members.factory.openSession()) {
            session.beginTransaction();
            session.persist(new Member(names.get(0), "a@club", "Rome"));
            session.flush();
            session.getTransaction().rollback();
            session.beginTransaction();
            session.clear();
            session.persist(new Member(names.get(1), "b@club"));
            session.getTransaction().rollback();
        }
        assertThat(members.rows("")).isEmpty();
    }

    @Test
    void aLoneBranch_isFlushedBeforeItCommits_soTheRowsCommitWithIt() {
        for (int i = 0; i < 6; i++) { // on whichever shard the rows are
            persist(new Member(names.get(0) + "-" + i, i + "@club"));
        }
        assertThat(members.rows("#email")).hasSize(6);
    }

    @Test
    void queries_flushRowsToo() {
        members.factory.inTransaction(session -> {
            session.persist(new Member(names.get(0), "a@club"));
            assertThat(session.createSelectionQuery("select count(m) from Member m", Long.class)
                            .getSingleResult())
                    .isEqualTo(1);
        });
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
    }

    @Test
    void flushModeManual_writesWhatIsFlushed() {
        try (Session session = members.factory.openSession()) {
            session.setHibernateFlushMode(FlushMode.MANUAL);
            session.beginTransaction();
            session.persist(new Member(names.get(0), "a@club"));
            session.persist(new Member(names.get(1), "b@club"));
            session.getTransaction().commit();
        }
        assertThat(members.rows("")).isEmpty();
    }

    // ---- stateless sessions

    @Test
    void statelessSessions_keepRows_thoughTheyKnowNoState() {
        try (ShardedStatelessSession session = members.factory.openStatelessSession()) {
            session.beginTransaction();
            Member first = new Member(names.get(0), "a@club", "Rome");
            session.insert(first);
            session.insertMultiple(List.of(new Member(names.get(1), "b@club"), new Member(names.get(2), "c@club")));
            session.getTransaction().commit();
            assertThat(members.rows("#email")).hasSize(3);
            session.beginTransaction();
            first.email = "d@club";
            first.city = null;
            session.update(first);
            session.upsert(new Member(names.get(1) + "-new", "e@club"));
            session.delete(session.get(Member.class, names.get(2)));
            session.getTransaction().commit();
        }
        assertThat(members.rows("#city")).isEmpty();
        assertThat(members.rows("#email"))
                .containsExactly("b@club:" + names.get(1), "d@club:" + names.get(0), "e@club:" + names.get(1) + "-new");
    }

    @Test
    void statelessSessions_exchangeValues_inOneCall() {
        persist(new Member(names.get(0), "a@club"), new Member(names.get(1), "b@club"));
        try (ShardedStatelessSession session = members.factory.openStatelessSession()) {
            session.beginTransaction();
            Member first = session.get(Member.class, names.get(0));
            Member second = session.get(Member.class, names.get(1));
            first.email = "b@club";
            second.email = "a@club";
            session.updateMultiple(List.of(first, second));
            session.getTransaction().commit();
        }
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(1), "b@club:" + names.get(0));
    }

    @Test
    void statelessUpdate_ofWhatAnotherTransactionHasChanged_makesSureOfItsRow() {
        Card card = new Card(new Member(names.get(0), "a@club"), 1L);
        persist(card.member, card);
        try (ShardedStatelessSession session = members.factory.openStatelessSession()) {
            session.beginTransaction();
            Card stale = session.get(Card.class, card.id);
            members.factory.inTransaction(other -> other.find(Card.class, card.id).number = 2L);
            session.update(stale); // writes all it has read, and no version stands against it
            session.getTransaction().commit();
        }
        assertThat(members.rows("#number")).contains("1:" + card.id);
        persistRefused(new Card(card.member, 1L));
    }

    private static void persistRefused(Card card) {
        assertThatThrownBy(() -> members.factory.inTransaction(session -> {
                    card.member = session.getReference(Member.class, card.member.name);
                    session.persist(card);
                    session.flush();
                }))
                .isInstanceOf(ConstraintViolationException.class);
    }

    @Test
    void withoutTransaction_aWriteIsRefused() {
        try (ShardedStatelessSession session = members.factory.openStatelessSession()) {
            assertThatThrownBy(() -> session.insert(new Member(names.get(0), "a@club")))
                    .isInstanceOfSatisfying(ShardingException.class, refused -> assertThat(refused.code())
                            .isEqualTo(ShardErrorCode.OPERATION_REFUSED))
                    .hasMessageContaining("write it in a transaction");
            assertThat(session.get(Member.class, names.get(0))).isNull();
        }
    }

    // ---- limits

    @Test
    void aValueThatIsTooLong_isRefused() {
        assertThatThrownBy(() -> members.factory.inTransaction(session -> {
                    Boat boat = new Boat();
                    boat.sail = "\u00e4".repeat(601);
                    session.persist(boat);
                    session.flush();
                }))
                .hasMessageContaining("Boat.sail: a value of 601 characters is too long for @GlobalUnique");
    }

    @Test
    void subclasses_shareTheValuesOfTheirRoot() {
        Thing thing = new Thing();
        thing.serial = UUID.randomUUID();
        persist(thing);
        assertThatThrownBy(() -> members.factory.inTransaction(session -> {
                    Boat boat = new Boat();
                    boat.serial = thing.serial;
                    session.persist(boat);
                    session.flush();
                }))
                .isInstanceOf(ConstraintViolationException.class)
                .hasMessageContaining("Thing.serial");
    }

    // ---- statements and modes

    private static void assertStatementRefused(String hql) {
        assertThatThrownBy(() -> members.factory.inTransaction(
                        session -> session.createMutationQuery(hql).executeUpdate()))
                .hasMessageContaining("HS-030")
                .hasMessageContaining("whose rows on other shards the statement would not write");
    }

    @Test
    void statementsThatSetOrInsertSuchValues_areRefused() {
        assertStatementRefused("update Member set email = 'a@club' where name = '" + names.get(0) + "'");
        assertStatementRefused(
                "insert into Member (name, city, points, version) values ('" + names.get(0) + "', 'Rome', 0, 0)");
        members.factory.inTransaction(session -> session.persist(new Member(names.get(0), "a@club")));
        members.factory.inTransaction(session -> assertThat(session.createMutationQuery("update Member set points = 5")
                        .executeUpdate())
                .isEqualTo(1));
    }

    @Test
    void aModeOfOneShard_isRefusedAtStart() {
        assertThatThrownBy(() ->
                        Members.configuration(members.cluster, "single-shard").build())
                .hasMessageContaining("HS-001")
                .hasMessageContaining("set it to two-phase");
    }

    @Test
    void tablesDroppedUnderWay_areNamed_andMadeAgain_andNothingIsStoredWithoutThem() {
        int shard = members.factory.getTopology().indexOf(LookupRow.bucketOf("a@club"));
        members.execute(shard, "drop table hibernate_shards.global_unique, hibernate_shards.shard_lookup");
        assertThat(catchThrowable(() -> persist(new Member(names.get(0), "a@club", "Rome"))))
                .hasStackTraceContaining("HS-060 the tables ")
                .hasStackTraceContaining("global_unique and ")
                .hasStackTraceContaining("have been dropped");
        assertThat(members.factory.<Long>fromSession(
                        session -> session.createSelectionQuery("select count(m) from Member m", Long.class)
                                .getSingleResult()))
                .isZero();

        persist(new Member(names.get(0), "a@club", "Rome"));
        assertThat(members.rows("#email")).containsExactly("a@club:" + names.get(0));
    }
}
