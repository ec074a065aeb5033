package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.scatter.SubtleModel.Account;
import io.hibernateshards.internal.scatter.SubtleModel.Entry;
import jakarta.persistence.Tuple;
import java.util.List;
import java.util.Map;
import org.hibernate.Hibernate;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries whose Java types, join types or names say less than the server knows, answered as by one plain PostgreSQL. */
class SubtleQueriesTest {
    private static BothSides sides;

    @BeforeAll
    static void start() {
        sides = new BothSides(SubtleModel.BEFORE, SubtleModel.SETTINGS, SubtleModel.ENTITIES);
        SubtleModel.load(sides);
    }

    @AfterAll
    static void stop() {
        sides.close();
    }

    // ---- distinct counts

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select count(distinct a.id), count(distinct e.kind) from Account a join a.entries e",
                "select count(distinct e.kind), count(distinct a.id) from Account a join a.entries e",
                "select a.kind, count(distinct a), count(distinct e.kind) from Account a join a.entries e group by a.kind",
                "select count(*), sum(a.id), count(distinct e.kind), sum(distinct a.id) from Account a join a.entries e",
                "select count(distinct a.id), count(distinct e.kind), count(distinct a.name) from Account a join a.entries e",
                "select a.kind, count(distinct e.kind), avg(a.id), max(a.id), min(a.id) from Account a join a.entries e"
                        + " group by a.kind having count(distinct a.id) > 1",
                "select sum(distinct e.id), count(distinct e.kind) from Entry e",
                "select count(distinct e.kind) from Entry e where e.id < 0",
                "select count(distinct e.kind), count(distinct e.id), sum(distinct e.id) from Entry e where e.id < 0"
            })
    void distinctCounts_areThePlainOnes(String hql) {
        sides.same(hql);
    }

    // ---- negated criteria

    @Test
    void negatedComparisons_areHeldAgainstGroups() {
        sides.same(session -> grouped(session, true, false));
        sides.same(session -> grouped(session, false, false));
        sides.same(session -> grouped(session, true, true));
        sides.same(session -> grouped(session, false, true));
    }

    private static List<?> grouped(Session session, boolean greater, boolean twice) {
        var builder = session.getCriteriaBuilder();
        var query = builder.createQuery(Object[].class);
        var root = query.from(Account.class);
        var count = builder.count(root);
        var condition = greater ? builder.gt(count, 18L) : builder.equal(count, 18L);
        var negated = builder.not(condition);
        query.multiselect(root.get("kind"), count)
                .groupBy(root.get("kind"))
                .having(twice ? builder.not(negated) : negated);
        return session.createQuery(query).getResultList();
    }

    @Test
    void emptyJunctions_areTrueOrFalse() {
        for (int i = 0; i < 4; i++) {
            int which = i;
            sides.same(session -> {
                var builder = session.getCriteriaBuilder();
                var query = builder.createQuery(Object[].class);
                var root = query.from(Account.class);
                var junction = which < 2 ? builder.conjunction() : builder.disjunction();
                query.multiselect(root.get("kind"), builder.count(root))
                        .groupBy(root.get("kind"))
                        .having(which % 2 == 0 ? junction : junction.not());
                return session.createQuery(query).getResultList();
            });
        }
    }

    @Test
    void negatedConditionsOnKeys_areHeldAgainstGroups() {
        sides.same(session -> {
            var builder = session.getCriteriaBuilder();
            var query = builder.createQuery(Object[].class);
            var root = query.from(Account.class);
            query.multiselect(root.get("kind"), builder.count(root))
                    .groupBy(root.get("kind"))
                    .having(
                            builder.not(builder.between(root.get("kind"), 0, 1)),
                            builder.not(builder.between(builder.count(root), 1L, 2L)),
                            builder.not(builder.isNull(builder.max(root.get("id")))),
                            builder.not(root.get("kind").in(1)),
                            builder.not(builder.or(
                                    builder.gt(builder.count(root), 100L), builder.lt(root.get("kind"), 0))));
            return session.createQuery(query).getResultList();
        });
    }

    // ---- deep pages

    @ParameterizedTest
    @ValueSource(ints = {49, 50, 90})
    void deepPages_keepTypeAndFetches(int offset) {
        sides.sameOrder(session -> session.createQuery("from Account a order by a.id", Object[].class)
                .setFirstResult(offset)
                .setMaxResults(2)
                .list());
        sides.sameOrder(session -> session.createQuery("select a as x from Account a order by a.id", Tuple.class)
                .setFirstResult(offset)
                .setMaxResults(2)
                .list());
        sides.sameOrder(session -> session.createQuery("select a as x from Account a order by a.id", List.class)
                .setFirstResult(offset)
                .setMaxResults(2)
                .list());
        sides.sameOrder(session -> session
                .createQuery("select e from Entry e join fetch e.account order by e.id", Entry.class)
                .setFirstResult(offset)
                .setMaxResults(3)
                .list()
                .stream()
                .map(entry -> List.of(entry, Hibernate.isInitialized(entry.account)))
                .toList());
        sides.sameOrder(session -> session
                .createQuery(
                        "select e from Entry e join fetch e.account a left join fetch a.currency order by e.id",
                        Entry.class)
                .setFirstResult(offset)
                .setMaxResults(3)
                .list()
                .stream()
                .map(entry -> List.of(entry, Hibernate.isInitialized(entry.account)))
                .toList());
        for (String id : List.of("Composed", "Digest")) {
            sides.sameOrder(session -> session.createQuery("from " + id + " x order by x.kind, x.id", Object.class)
                    .setFirstResult(offset - 20)
                    .setMaxResults(30)
                    .list());
        }
    }

    // ---- one text, several types of result

    @Test
    void sameText_hasManyTypesOfResult() {
        String hql = "select a.id, a.name from Account a order by a.id";
        sides.sameOrder(session -> session.createQuery(hql, Object[].class).list());
        sides.sameOrder(session -> session.createQuery(hql, Tuple.class).list());
        sides.sameOrder(session -> session.createQuery(hql, List.class).list());
        sides.sameOrder(session -> session.createQuery(hql, Map.class).list());
        sides.sameOrder(session -> session.createQuery(hql, Named.class).list());
        sides.sameOrder(session -> session.createQuery(hql, Object.class).list());
        String joined = "from Entry e join e.account a order by e.id";
        sides.sameOrder(session -> session.createQuery(joined, Entry.class).list());
        sides.sameOrder(session -> session.createQuery(joined, Object[].class).list());
        sides.sameOrder(session -> session.createQuery(joined, Entry.class).list());
        String grouped = "select a.kind, count(*) from Account a group by a.kind order by a.kind";
        sides.sameOrder(session -> session.createQuery(grouped, Counted.class).list());
        sides.sameOrder(session -> session.createQuery(grouped, Object[].class).list());
        sides.sameOrder(session -> session.createQuery(grouped, Tuple.class).list());
        sides.sameOrder(session -> session.createQuery(grouped, Map.class).list());
        String ordered = "from Entry e join e.account a order by a.id, e.id";
        sides.sameOrder(session -> session.createQuery(ordered, Object[].class).list());
        sides.sameOrder(session -> session.createQuery(ordered, Entry.class).list());
        sides.sameOrder(session -> session.createQuery(ordered, Entry.class)
                .setFirstResult(60)
                .setMaxResults(5)
                .list());
        sides.sameOrder(session -> session.createQuery(ordered, Object[].class)
                .setFirstResult(60)
                .setMaxResults(5)
                .list());
    }

    record Named(Long id, String name) {}

    record Counted(Integer kind, Long count) {}

    // ---- ids without equals

    @ParameterizedTest
    @ValueSource(strings = {"Composed", "Digest"})
    void idsWithoutEquals_loseNoRow(String entity) {
        sides.same("select x from " + entity + " x where x.kind = (select max(y.kind) from " + entity + " y)");
        sides.same("select x, y.kind from " + entity + " x join " + entity + " y on x.kind = y.kind where y.kind = 1");
        sides.same("select distinct x from " + entity + " x join " + entity + " y on x.kind = y.kind");
        sides.same("from " + entity);
    }
}
