package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Effort;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.internal.scatter.OracleModel.Deal;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.HibernateException;
import org.hibernate.ScrollMode;
import org.hibernate.ScrollableResults;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.hibernate.query.Query;
import org.hibernate.query.SelectionQuery;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Streams and scrolls over several shards are those of one plain PostgreSQL. */
class StreamsTest {
    /** Hibernate's own stream yields an owner again wherever the order puts another one between its deals. */
    private static final String SORTED_BY_WHAT_IT_FETCHES =
            "select o from Owner o left join fetch o.deals d order by d.price desc nulls last, o.id";

    private static Oracle german;
    private static Oracle oracle;

    @BeforeAll
    static void load() {
        oracle = new Oracle(Collation.C);
        german = new Oracle(Collation.icu("de-DE"));
    }

    @AfterAll
    static void stop() {
        oracle.close();
        german.close();
    }

    @TestFactory
    Stream<DynamicTest> stream_isThePlainAnswer() {
        return everything(oracle, "", ReadBy::stream, 0);
    }

    @TestFactory
    Stream<DynamicTest> stream_inSmallFetches_isThePlainAnswer() {
        return everything(german, "german: ", ReadBy::smallFetches, 0);
    }

    @TestFactory
    Stream<DynamicTest> scroll_backwards_isThePlainAnswer() {
        return everything(oracle, "", ReadBy::backwards, 1);
    }

    private static Stream<DynamicTest> everything(
            Oracle of, String prefix, Function<Query<?>, List<?>> reader, int turn) {
        List<Ask> asks = new ArrayList<>(OrderedAsks.all());
        asks.addAll(UnorderedAsks.all());
        asks.addAll(CriteriaAsks.all());
        return Effort.some(asks, 2, turn).stream()
                .filter(ask -> !ask.name().equals(SORTED_BY_WHAT_IT_FETCHES))
                .map(ask -> DynamicTest.dynamicTest(prefix + ask.name(), () -> {
                    List<String> right = of.plain.fromTransaction(s -> ask.answer(ReadBy.session(s, reader)));
                    assertThat(of.sharded.<List<String>>fromTransaction(s -> ask.answer(ReadBy.session(s, reader))))
                            .isEqualTo(right);
                }));
    }

    @Test
    void stream_ofACollectionFetchSortedByIt_isRefused() {
        oracle.sharded.inTransaction(
                session -> assertThatThrownBy(() -> session.createQuery(SORTED_BY_WHAT_IT_FETCHES, Owner.class)
                                .getResultStream())
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContaining("HS-030")
                        .hasMessageContaining("fetches a collection and sorts by more than its root"));
    }

    // ---- moving about

    @TestFactory
    Stream<DynamicTest> scroll_anyMoves_areThePlainOnes() {
        return Stream.of(
                        "select o.id from Owner o order by o.number, o.id",
                        "from Owner o order by o.name, o.id",
                        "select o.id from Owner o where o.id > 1000000 order by o.id",
                        "select d.id from Deal d where d.owner.id in (4, 6, 8) order by d.id")
                .map(hql -> DynamicTest.dynamicTest(hql, () -> {
                    for (int seed = 0; seed < 20; seed++) {
                        long walk = seed;
                        List<String> right = german.plain.fromTransaction(session -> walk(session, hql, walk));
                        assertThat(german.sharded.<List<String>>fromTransaction(session -> walk(session, hql, walk)))
                                .as("walk %s", seed)
                                .isEqualTo(right);
                    }
                }));
    }

    @SuppressWarnings({"deprecation", "removal"})
    private static List<String> walk(Session session, String hql, long seed) {
        Random random = new Random(seed);
        List<String> seen = new ArrayList<>();
        try (ScrollableResults<?> rows =
                session.createQuery(hql, Object.class).setMaxResults(100).scroll()) {
            for (int i = 0; i < 80; i++) {
                int by = random.nextInt(5) - 2;
                int to = random.nextInt(16) == 0 ? random.nextInt(400) - 200 : random.nextInt(20) - 10;
                String moved =
                        switch (random.nextInt(11)) {
                            case 0, 1, 2 -> "next " + rows.next();
                            case 3, 4 -> "previous " + rows.previous();
                            case 5 -> "first " + rows.first();
                            case 6 -> "last " + rows.last();
                            case 7 -> "scroll " + by + rows.scroll(by);
                            case 8 -> "position " + to + rows.position(to);
                            case 9 -> "row number " + to + rows.setRowNumber(to);
                            default -> {
                                if (random.nextBoolean()) {
                                    rows.beforeFirst();
                                    yield "before first";
                                }
                                rows.afterLast();
                                yield "after last";
                            }
                        };
                seen.add(moved + " " + rows.get() + " " + rows.getPosition() + rows.getRowNumber() + rows.isFirst()
                        + rows.isLast());
            }
        }
        return seen;
    }

    @Test
    @SuppressWarnings("try") // closed early
    void scrollForwardOnly_countsAsThePlainOne_andGoesNowhereElse() {
        Function<Session, List<String>> forward = session -> {
            List<String> seen = new ArrayList<>();
            try (ScrollableResults<Long> rows = session.createQuery(
                            "select o.id from Owner o order by o.number, o.id", Long.class)
                    .setMaxResults(30)
                    .setFetchSize(7)
                    .scroll(ScrollMode.FORWARD_ONLY)) {
                seen.add(rows.get() + " " + rows.getPosition() + rows.isFirst());
                boolean more = true;
                while (more) {
                    more = rows.next();
                    seen.add(more + " " + rows.get() + " " + rows.getPosition() + rows.isFirst() + rows.isLast());
                }
                seen.add("" + rows.next() + rows.getPosition());
                for (Runnable move : List.<Runnable>of(
                        rows::previous,
                        rows::first,
                        rows::last,
                        rows::beforeFirst,
                        rows::afterLast,
                        () -> rows.position(2),
                        () -> rows.scroll(-2))) {
                    seen.add(kind(move));
                }
                rows.close();
                seen.add(rows.isClosed() + kind(rows::get));
            }
            return seen;
        };
        assertThat(oracle.sharded.fromTransaction(forward)).isEqualTo(oracle.plain.fromTransaction(forward));
    }

    private static String kind(Runnable move) {
        try {
            move.run();
            return "moved";
        } catch (RuntimeException e) {
            return e.getClass().getSimpleName();
        }
    }

    // ---- the session around it

    @Test
    void stream_entitiesEnterTheSessionWhenTheirTurnComes() {
        List<Boolean> managed = oracle.sharded.fromTransaction(session -> {
            List<Boolean> contained = new ArrayList<>();
            try (Stream<Owner> owners = session.createQuery("from Owner o order by o.name, o.id", Owner.class)
                    .getResultStream()) {
                int[] read = {0};
                owners.forEach(owner -> {
                    contained.add(session.contains(owner));
                    assertThat(session.getStatistics().getEntityCount()).isEqualTo(read[0] % 7 + 1);
                    if (++read[0] % 7 == 0) {
                        session.clear();
                    }
                });
            }
            return contained;
        });
        assertThat(managed).hasSize(OracleRows.OWNERS).containsOnly(true);
    }

    @Test
    void stream_seesWhatTheTransactionHasChanged_andChangesAreStored() {
        oracle.sharded.inTransaction(session -> {
            session.find(Owner.class, 4L).number = -77;
            try (Stream<Owner> owners = session.createQuery("from Owner o order by o.number, o.id", Owner.class)
                    .getResultStream()) {
                assertThat(owners.findFirst().orElseThrow().id).isEqualTo(4L);
            }
            session.getTransaction().setRollbackOnly();
        });
        Integer before = oracle.sharded.fromTransaction(session -> session.find(Owner.class, 6L).small == null ? 0 : 1);
        assertThat(before).isNotNull();
    }

    @Test
    void stream_lazyAssociationsAndOtherQueries_workBetweenRows() {
        Function<Session, List<String>> reading = session -> {
            List<String> seen = new ArrayList<>();
            try (Stream<Deal> deals = session.createQuery("from Deal d order by d.note, d.id", Deal.class)
                    .setFetchSize(3)
                    .getResultStream()) {
                deals.limit(40).forEach(deal -> {
                    seen.add(deal + " of " + deal.owner + deal.lines);
                    seen.add(""
                            + session.createQuery("select count(*) from Line l where l.deal = :deal", Long.class)
                                    .setParameter("deal", deal)
                                    .getSingleResult());
                    seen.add(""
                            + session.createQuery("select max(o.number) from Owner o", Integer.class)
                                    .getSingleResult());
                });
            }
            return seen;
        };
        assertThat(german.sharded.fromTransaction(reading)).isEqualTo(german.plain.fromTransaction(reading));
    }

    @Test
    void stream_ofAStatelessSession_isThePlainAnswer() {
        Function<StatelessSession, List<String>> reading = session -> {
            try (Stream<Owner> owners = session.createQuery("from Owner o order by o.name desc, o.id", Owner.class)
                    .setFetchSize(10)
                    .setFirstResult(15)
                    .getResultStream()) {
                return owners.map(Owner::toString).toList();
            }
        };
        List<String> right;
        try (StatelessSession session = german.plain.openStatelessSession()) {
            right = reading.apply(session);
        }
        try (StatelessSession session = german.sharded.openStatelessSession()) {
            assertThat(reading.apply(session)).isEqualTo(right);
        }
    }

    @Test
    void stream_outsideATransaction_readsOn_asThePlainOneDoes() {
        for (String hql : List.of("from Owner o order by o.name, o.id", "from Owner o order by o.number, o.id")) {
            List<String> right;
            try (Session session = german.plain.openSession();
                    Stream<Owner> owners = session.createQuery(hql, Owner.class)
                            .setFetchSize(4)
                            .getResultStream()) {
                right = owners.map(Owner::toString).toList();
            }
            try (Session session = german.sharded.openSession();
                    Stream<Owner> owners = session.createQuery(hql, Owner.class)
                            .setFetchSize(4)
                            .getResultStream()) {
                assertThat(owners.map(Owner::toString).toList()).isEqualTo(right);
            }
        }
    }

    // ---- what is left open

    @Test
    void stream_closedEarly_closesTheCursors() {
        german.sharded.inTransaction(session -> {
            for (String hql : List.of(
                    "from Owner o order by o.name, o.id", "from Owner o", "select o.id from Owner o order by o.id")) {
                try (Stream<Object> rows =
                        session.createQuery(hql, Object.class).setFetchSize(5).getResultStream()) {
                    Iterator<Object> some = rows.iterator();
                    some.next();
                    some.next();
                    assertThat(openCursors(session)).as(hql).isPositive();
                }
                assertThat(openCursors(session)).as(hql).isZero();
            }
        });
    }

    @Test
    void stream_atItsEnd_orAtItsLimit_closesTheCursors() {
        german.sharded.inTransaction(session -> {
            for (String hql : List.of("from Owner o order by o.name, o.id", "from Owner o")) {
                Iterator<Object> limited = session.createQuery(hql, Object.class)
                        .setFetchSize(5)
                        .setMaxResults(20)
                        .getResultStream()
                        .iterator();
                limited.forEachRemaining(row -> {});
                assertThat(openCursors(session)).as(hql).isZero();
                Iterator<Object> all = session.createQuery(hql, Object.class)
                        .setFetchSize(5)
                        .getResultStream()
                        .iterator();
                all.forEachRemaining(row -> {});
                assertThat(openCursors(session)).as(hql).isZero();
            }
        });
    }

    @Test
    void stream_thatFailsMidway_closesTheCursors() {
        german.sharded.inTransaction(session -> {
            SelectionQuery<Object> query = session.createQuery(
                            "select o.id, 1 / (o.id - 70) from Owner o where o.id > 0 order by o.id", Object.class)
                    .setFetchSize(3);
            assertThatThrownBy(() -> query.getResultStream().forEach(row -> {}))
                    .isInstanceOf(HibernateException.class)
                    .hasStackTraceContaining("division by zero");
            session.getTransaction().rollback();
            session.beginTransaction();
            assertThat(openCursors(session)).isZero();
        });
    }

    /** On the shard that has the most; one of these owners lives on each. */
    private static int openCursors(Session session) {
        int most = 0;
        for (long owner = 2; owner <= 40; owner += 2) {
            most = Math.max(
                    most,
                    session.createQuery(
                                    "select cast(sql('(select count(*) from pg_cursors where length(name) > 0)') as Integer)"
                                            + " from Owner o where o.id = :owner",
                                    Integer.class)
                            .setParameter("owner", owner)
                            .getSingleResult());
        }
        return most;
    }
}
