package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.CursoredPage;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.scatter.OracleModel.Asset;
import io.hibernateshards.internal.scatter.OracleModel.Line;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hibernate.Session;
import org.hibernate.query.KeyedPage;
import org.hibernate.query.KeyedResultList;
import org.hibernate.query.Order;
import org.hibernate.query.Page;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Pages that begin at keys: Hibernate's own, and those of signed cursors. */
class KeyedPagesTest {
    private static Oracle german;

    @BeforeAll
    static void load() {
        german = new Oracle(Collation.icu("de-DE"));
    }

    @AfterAll
    static void stop() {
        german.close();
    }

    // ---- Hibernate's

    @TestFactory
    Stream<DynamicTest> keyedPages_thereAndBack_areThePlainOnes() {
        return Stream.of(
                keyed("from Owner", Owner.class, 7, 50, Order.asc(Owner.class, "id")),
                keyed("from Owner o where o.number > 0", Owner.class, 4, 50, Order.desc(Owner.class, "id")),
                keyed("from Line", Line.class, 10, 50, Order.desc(Line.class, "quantity"), Order.asc(Line.class, "id")),
                keyed("from Asset", Asset.class, 6, 20, Order.asc(Asset.class, "tenant"), Order.asc(Asset.class, "id")),
                keyed("from Owner o where o.id > 1000000", Owner.class, 5, 3, Order.asc(Owner.class, "id")));
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private static <T> DynamicTest keyed(String hql, Class<T> type, int size, int turn, Order<? super T>... order) {
        return DynamicTest.dynamicTest(hql + " by " + List.of(order), () -> {
            Function<Session, List<String>> walk = session -> {
                List<String> seen = new ArrayList<>();
                KeyedPage<T> page = Page.first(size).keyedBy(List.<Order<? super T>>of(order));
                for (int i = 0; page != null && i < 2 * turn; i++) {
                    KeyedResultList<T> result =
                            session.createSelectionQuery(hql, type).getKeyedResultList(page);
                    seen.add(Ask.text(result.getResultList())
                            + Ask.text(result.getKeyList())
                            + result.isFirstPage()
                            + result.isLastPage());
                    boolean back = i >= turn || result.getNextPage() == null && i > 0;
                    if (back && seen.size() > 1 && i < turn) {
                        i = turn;
                    }
                    page = back ? result.getPreviousPage() : result.getNextPage();
                }
                return seen;
            };
            assertThat(german.sharded.fromTransaction(walk)).isEqualTo(german.plain.fromTransaction(walk));
        });
    }

    @Test
    void keyedPage_withParametersAndOptions_isThePlainOne() {
        Function<Session, List<String>> ask = session -> {
            var query = session.createSelectionQuery(
                            "from Owner o where o.number in :some and o.id > :least", Owner.class)
                    .setParameterList("some", List.of(3, 12, 100))
                    .setParameter("least", 3L)
                    .setReadOnly(true);
            KeyedPage<Owner> second = query.getKeyedResultList(Page.first(4).keyedBy(Order.asc(Owner.class, "id")))
                    .getNextPage();
            return query.getKeyedResultList(second).getResultList().stream()
                    .map(owner -> owner + " " + session.isReadOnly(owner))
                    .toList();
        };
        assertThat(german.sharded.fromTransaction(ask)).hasSize(4).isEqualTo(german.plain.fromTransaction(ask));
    }

    // ---- cursors

    @TestFactory
    Stream<DynamicTest> cursors_thereAndBack_yieldEveryRowOnce_inThePlainOrder() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String order : List.of(
                "o.id",
                "o.id desc",
                "o.name, o.id",
                "o.name desc nulls last, o.place.city nulls first, o.id",
                "o.number desc, o.name, o.id",
                "o.amount, o.id desc",
                "o.ratio desc, o.id",
                "o.colour, o.size desc, o.id",
                "o.token nulls first, o.id",
                "o.instant desc nulls last, o.day, o.time, o.moment, o.id",
                "o.offset, o.id",
                "o.active, o.letter desc, o.code, o.id",
                "o.weight, o.small desc, o.id")) {
            tests.add(cursored("from Owner o order by " + order, Owner.class));
        }
        tests.add(cursored("select l from Line l where l.quantity > 0 order by l.text, l.id", Line.class));
        tests.add(cursored("from Asset a order by a.label desc, a.id", Asset.class));
        tests.add(cursored("from Owner o where o.id = 4 order by o.name, o.id", Owner.class));
        return tests.stream();
    }

    private static <T> DynamicTest cursored(String hql, Class<T> type) {
        return DynamicTest.dynamicTest(hql, () -> {
            List<String> right = german.plain.fromTransaction(
                    session -> session.createSelectionQuery(hql, type).getResultList().stream()
                            .map(Object::toString)
                            .toList());
            for (int size : List.of(1 + right.size() / 4, 7, 1000)) {
                german.sharded.inTransaction(session -> {
                    ShardedQuery<T> query = query(session, hql, type);
                    List<String> seen = new ArrayList<>();
                    CursoredPage<T> page = query.getCursoredPage(size);
                    assertThat(page.previous()).isEmpty();
                    add(page, seen);
                    while (page.next().isPresent()) {
                        page = query.getCursoredPage(size, page.next().get());
                        add(page, seen);
                    }
                    assertThat(seen).as("%s there", size).isEqualTo(right);
                    List<String> back = new ArrayList<>();
                    page.rows().forEach(row -> back.add(row.toString()));
                    while (page.previous().isPresent()) {
                        page = query.getCursoredPage(size, page.previous().get());
                        List<String> before = new ArrayList<>();
                        add(page, before);
                        back.addAll(0, before);
                    }
                    assertThat(back).as("%s back", size).isEqualTo(right);
                });
            }
        });
    }

    private static void add(CursoredPage<?> page, List<String> to) {
        page.rows().forEach(row -> to.add(row.toString()));
    }

    private static <T> ShardedQuery<T> query(Session session, String hql, Class<T> type) {
        return session.unwrap(ShardedSession.class).createQuery(hql, type);
    }

    @Test
    void cursor_addsTheId_whereTheOrderLacksIt() {
        german.sharded.inTransaction(session -> {
            ShardedQuery<Owner> query =
                    query(session, "from Owner o where o.number > :n order by o.colour", Owner.class);
            query.setParameter("n", 0);
            List<Long> seen = new ArrayList<>();
            CursoredPage<Owner> page = query.getCursoredPage(5);
            page.rows().forEach(owner -> seen.add(owner.id));
            while (page.next().isPresent()) {
                page = query.getCursoredPage(5, page.next().get());
                page.rows().forEach(owner -> seen.add(owner.id));
            }
            assertThat(seen)
                    .isEqualTo(session.createQuery(
                                    "select o.id from Owner o where o.number > 0 order by o.colour, o.id", Long.class)
                            .getResultList());
        });
    }

    @Test
    void cursor_ofACriteriaQuery_works() {
        german.sharded.inTransaction(session -> {
            var builder = session.getCriteriaBuilder();
            var criteria = builder.createQuery(Owner.class);
            var owner = criteria.from(Owner.class);
            criteria.where(builder.gt(owner.<Integer>get("number"), 0)).orderBy(builder.desc(owner.get("id")));
            var query = (ShardedQuery<Owner>) session.createQuery(criteria);
            CursoredPage<Owner> second =
                    query.getCursoredPage(3, query.getCursoredPage(3).next().orElseThrow());
            assertThat(second.rows())
                    .isEqualTo(session.createQuery("from Owner o where o.number > 0 order by o.id desc", Owner.class)
                            .setFirstResult(3)
                            .setMaxResults(3)
                            .getResultList());
        });
    }

    // ---- what is no cursor

    @Test
    void cursor_changedAnywhere_isInvalid() {
        german.sharded.inTransaction(session -> {
            ShardedQuery<Owner> query = query(session, "from Owner o order by o.name, o.id", Owner.class);
            String cursor = query.getCursoredPage(10).next().orElseThrow();
            for (int i = 0; i < cursor.length() - 1; i++) {
                char other = cursor.charAt(i) == 'A' ? 'B' : 'A';
                String changed = cursor.substring(0, i) + other + cursor.substring(i + 1);
                invalid(() -> query.getCursoredPage(10, changed));
            }
            for (String garbage :
                    List.of("", "x", "!!!", "ä", cursor + cursor, cursor.substring(4), cursor.repeat(9))) {
                invalid(() -> query.getCursoredPage(10, garbage));
            }
        });
    }

    @Test
    void cursor_ofAnotherQueryOrOrder_isInvalid() {
        german.sharded.inTransaction(session -> {
            String cursor = query(session, "from Owner o order by o.id", Owner.class)
                    .getCursoredPage(10)
                    .next()
                    .orElseThrow();
            for (String hql : List.of(
                    "from Owner o order by o.id desc",
                    "from Owner o where o.number > 0 order by o.id",
                    "from Deal d order by d.id")) {
                invalid(() -> query(session, hql, Object.class).getCursoredPage(10, cursor));
            }
        });
    }

    @Test
    void cursor_isGoodForWhoeverHasTheSecret_andForNobodyElse() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2);
                ShardedSessionFactory one = factory(cluster, "a secret that is long enough");
                ShardedSessionFactory same = factory(cluster, "a secret that is long enough");
                ShardedSessionFactory other = factory(cluster, "a secret that is another one")) {
            for (long id = 1; id <= 10; id++) {
                Owner owner = new Owner();
                owner.id = id;
                one.inTransaction(session -> session.persist(owner));
            }
            String cursor = one.fromTransaction(session -> query(session, "from Owner o order by o.id", Owner.class)
                    .getCursoredPage(4)
                    .next()
                    .orElseThrow());
            same.inTransaction(session -> assertThat(query(session, "from Owner o order by o.id", Owner.class)
                            .getCursoredPage(2, cursor)
                            .rows())
                    .extracting(owner -> owner.id)
                    .containsExactly(5L, 6L));
            other.inTransaction(session -> invalid(() ->
                    query(session, "from Owner o order by o.id", Owner.class).getCursoredPage(2, cursor)));
        }
    }

    private static ShardedSessionFactory factory(LocalCluster cluster, String secret) {
        return new ShardedConfiguration()
                .entities(OracleModel.ENTITIES)
                .settings(cluster.settings())
                .setting(ShardSettings.QUERY_CURSOR_SECRET, secret)
                .setting("hibernate.hbm2ddl.auto", "update")
                .build();
    }

    private static void invalid(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.INVALID_CURSOR))
                .hasMessageContaining("HS-034");
    }

    @Test
    void cursoredPage_ofWhatHasNoPlace_isRefused() {
        german.sharded.inTransaction(session -> {
            for (String hql : List.of(
                    "select o.id from Owner o order by o.id",
                    "from Owner o order by lower(o.name)",
                    "from Owner o order by o.points",
                    "from Owner o order by o.region.name",
                    "from Owner o left join fetch o.deals order by o.id",
                    "select o from Owner o join o.deals d order by o.id",
                    "select distinct o from Owner o order by o.id",
                    "from Owner o order by o.id limit 3")) {
                assertThatThrownBy(() -> query(session, hql, Object.class).getCursoredPage(3))
                        .as(hql)
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContaining("HS-030")
                        .hasMessageContaining("cursored page");
            }
            assertThatThrownBy(() -> query(session, "from Owner o order by o.id", Owner.class)
                            .setMaxResults(4)
                            .unwrap(ShardedQuery.class)
                            .getCursoredPage(3))
                    .hasMessageContaining("cursored page");
            assertThatThrownBy(() -> query(session, "from Owner o order by o.id", Owner.class)
                            .getCursoredPage(0))
                    .isInstanceOf(IllegalArgumentException.class);
        });
    }
}
