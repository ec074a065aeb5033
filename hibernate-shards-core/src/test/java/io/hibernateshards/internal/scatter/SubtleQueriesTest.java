package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.internal.scatter.SubtleModel.Account;
import io.hibernateshards.internal.scatter.SubtleModel.Entry;
import io.hibernateshards.internal.scatter.SubtleModel.Owner;
import io.hibernateshards.internal.scatter.SubtleModel.Painting;
import io.hibernateshards.internal.scatter.SubtleModel.Piece;
import jakarta.persistence.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.Hibernate;
import org.hibernate.LockMode;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.query.criteria.JpaCriteriaQuery;
import org.hibernate.query.criteria.JpaExpression;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries whose Java types, join types or names say less than the server knows, answered as by one plain PostgreSQL. */
@SuppressWarnings("deprecation") // multiselect, which applications use
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
                "select a.kind, count(distinct a), count(distinct e.kind) from Account a join a.entries e group by"
                        + " a.kind",
                "select count(*), sum(a.id), count(distinct e.kind), sum(distinct a.id) from Account a join a.entries"
                        + " e",
                "select count(distinct a.id), count(distinct e.kind), count(distinct a.name) from Account a join"
                        + " a.entries e",
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

    // ---- large objects

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select a.id, a.text from Account a where a.kind = (select max(b.kind) from Account b)",
                "select count(distinct a.text) from Account a",
                "select distinct a.text from Account a",
                "select a.text, count(*) from Account a group by a.text",
                "select a.id from Account a where a.text in (select b.text from Account b)"
            })
    void largeObjects_areNotReadFromAnotherServer(String hql) {
        sides.refused(hql);
    }

    @Test
    void largeObjects_areReadWithTheirEntityAndOnTheirShard() {
        sides.sameOrder(session -> session
                .createQuery(
                        "select a from Account a where a.kind = (select max(b.kind) from Account b) order by a.id",
                        Account.class)
                .list()
                .stream()
                .map(account -> account.text)
                .toList());
        sides.sameOrder("select a.id, a.text from Account a order by a.id");
    }

    // ---- restrictions, filters, soft deletion

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select e, a from Entry e left join e.account a where e.kind = (select max(f.kind) from Entry f)",
                "select e, a.id from Entry e left join e.account a where e.kind = (select max(f.kind) from Entry f)",
                "select e, a from Entry e join e.account a where e.kind = (select max(f.kind) from Entry f)",
                "select e.id, e.account from Entry e where e.kind = (select max(f.kind) from Entry f) and e.id > 120",
                "select e.account from Entry e where e.kind = (select max(f.kind) from Entry f) and e.id < 90",
                "select e, a from Entry e left join Account a on e.account = a where e.kind = (select max(f.kind) from"
                        + " Entry f)",
                "select a.id, d from Account a left join a.deleted d where a.kind = (select max(b.kind) from Account"
                        + " b)",
                "select a.id, d from Account a join a.deleted d where a.kind = (select max(b.kind) from Account b)",
                "select d, a from Deleted d left join d.account a where d.id >= (select min(b.id) from Account b)",
                "select distinct a from Entry e left join e.account a where e.kind = (select max(f.kind) from Entry f)",
                "select a, count(e) from Entry e left join e.account a where e.kind = (select max(f.kind) from Entry f)"
                        + " group by a"
            })
    void hiddenEntities_loseNoRow(String hql) {
        sides.same(hql);
    }

    @Test
    void filteredEntities_loseNoRow() {
        for (String hql : List.of(
                "select e, e.account from Entry e where e.kind = (select max(f.kind) from Entry f)",
                "select e, a from Entry e left join e.account a where e.kind = (select max(f.kind) from Entry f)",
                "select e, a from Entry e join e.account a where e.kind = (select max(f.kind) from Entry f)",
                "select l, l.account, l.deleted from Link l where l.id >= (select min(k.id) from Link k)",
                "select l, a, d from Link l left join l.account a left join l.deleted d where l.id >= (select"
                        + " min(k.id) from Link k)",
                "select l, d from Link l join l.deleted d where l.id >= (select min(k.id) from Link k)",
                "select distinct d from Link l left join l.deleted d where l.id >= (select min(k.id) from Link k)",
                "select e from Entry e where e.id > (select min(a.id) from Account a)",
                "select a, e from Account a left join a.entries e where a.kind = (select max(b.kind) from Account b)",
                "select a.id, count(e) from Account a left join a.entries e group by a.id",
                "select a, e from Account a join a.entries e where a.kind = (select max(b.kind) from Account b)")) {
            sides.same(session -> {
                session.enableFilter("even");
                session.enableFilter("positive");
                return BothSides.list(session, hql);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select d.id, count(*) from Account a join a.deleted d group by d.id",
                "select distinct d.id from Account a join a.deleted d",
                "select count(*), count(d), count(distinct d.id) from Account a join a.deleted d",
                "select d.account.id, count(*) from Account a join a.deleted d group by d.account.id",
                "select a.id from Account a join a.deleted d where d.account.id not in"
                        + " (select e.account.id from Entry e where e.account.id = 3) and a.id < 9",
                "select a.id from Account a join a.deleted d where d.id = 12",
                "select a.id, d.id from Account a join a.deleted d where d.account.id = 12",
                "select a.id, e.id from Account a join a.deleted d join Entry e on e.account = d.account",
                "select a.id, e.id from Account a join a.deleted d left join Entry e on e.account = d.account"
            })
    void softDeletedCollections_areJoinedAsHibernateDoes(String hql) {
        sides.same(hql);
    }

    // ---- nothing can match

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select count(*), (select count(*) from Entry e) from Account a where a.id = ?1",
                "select coalesce(max(a.id), (select max(e.id) from Entry e)) from Account a where a.id = ?1",
                "select count(*), (select count(*) from Setting s) from Account a where a.id = ?1",
                "select count(*) from Account a where a.id = ?1 and exists (select 1 from Setting s where s.value ="
                        + " a.kind)",
                "select a.id from Account a where a.id = ?1 and exists (select 1 from Setting s where s.value ="
                        + " a.kind)",
                "select a.kind, (select count(*) from Entry e) from Account a where a.id = ?1 group by a.kind",
                "select count(*), (select count(*) from Currency c) from Account a where a.id = ?1"
            })
    void whereNoRowCanMatch_subqueriesStillSeeAllRows(String hql) {
        for (int i = 0; i < 4; i++) {
            sides.same(hql, new Object[] {null});
        }
    }

    // ---- aggregates that do not look like any

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select coalesce((select sum(a.kind) from Currency c where c.id = 1), 0) from Account a",
                "select (select max(a.id) from Currency c where c.id = 1), count(*) from Account a",
                "select a.kind, (select max(a.id) from Currency c where c.id = 1) from Account a group by a.kind",
                "select (select count(e) from Entry e where e.account = a) from Account a",
                "select a.kind from Account a group by a.kind order by (select max(a.id) from Currency c where c.id ="
                        + " 1)"
            })
    void aggregatesOfOuterColumns_areOfAllRows(String hql) {
        sides.same(hql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select median(a.whole) from Account a",
                "select a.kind, median(a.whole) from Account a group by a.kind",
                "select a.id from Account a where a.kind = (select median(b.kind) from Account b)",
                "select a.kind, median(a.whole) from Account a group by a.kind order by median(a.whole), a.kind",
                "select a.kind from Account a group by a.kind having median(a.whole) > 1",
                "select all_of(a.whole) from Account a",
                "select a.kind, all_of(a.whole) from Account a group by a.kind",
                "select 1 + all_of(a.whole) from Account a",
                "select a.id, place_of() from Account a",
                "select a.id, sql('count(?) over ()', a.id) from Account a",
                "select sql('bool_or(?)', a.hidden) from Account a",
                "select a.id, pattern_of(a.whole) from Account a",
                "select pattern_all(a.whole) from Account a",
                "select a.id, twice_of(a.whole) from Account a",
                "select distinct twice_of(a.whole) from Account a",
                "select twice_of(a.whole), count(*) from Account a group by twice_of(a.whole)"
            })
    void aggregatesOfAnyRegistration_areOfAllRows(String hql) {
        sides.same(hql);
    }

    @Test
    void functionsOfOneRow_areMerged() {
        assertThat(sides.explain("select a.id, twice_of(a.whole) from Account a"))
                .contains("Concatenate");
        assertThat(sides.explain("select twice_of(a.whole), count(*) from Account a group by twice_of(a.whole)"))
                .contains("HashAggregate");
    }

    // ---- outer joins over a join table

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select t.id, o.id from Owner o full join o.things t",
                "select t, o from Owner o full join o.things t",
                "select t, o from Thing t full join t.owner o",
                "select t.id, o.id from Owner o full join o.shared t",
                "select t, o from Owner o right join o.things t",
                "select o, t from Thing t right join t.owner o",
                "select o from Owner o full join o.shared t",
                "select t, o from Owner o full join Thing t on t.name = o.name",
                "select t, o from Owner o left join o.shared t",
                "select o, count(t) from Owner o full join o.shared t group by o"
            })
    void outerJoins_loseNoRow(String hql) {
        sides.same(hql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select t, o from Owner o full join o.shared t",
                "select t from Owner o right join o.shared t",
                "select distinct t from Owner o full join o.shared t"
            })
    void outerJoinsOfEntitiesOverJoinTables_areRefused(String hql) {
        sides.refused(hql);
    }

    // ---- fetches through an embeddable

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select o from Owner o join fetch o.home.currency where o.id = (select max(p.id) from Owner p)",
                "select o from Owner o left join fetch o.home.currency where o.id >= (select min(p.id) from Owner p)",
                "select o from Owner o join fetch o.home h join fetch h.currency"
                        + " where o.id >= (select min(p.id) from Owner p)",
                "select o from Owner o join fetch o.home.currency"
            })
    void fetchesThroughEmbeddables_areLoaded(String hql) {
        sides.same(session -> session.createQuery(hql, Owner.class).list().stream()
                .map(owner -> List.of(owner, owner.home == null || Hibernate.isInitialized(owner.home.currency)))
                .toList());
    }

    // ---- the query cache

    @ParameterizedTest
    @ValueSource(
            strings = {
                "from Owner",
                "select o.name from Owner o",
                "select count(o) from Owner o",
                "from Owner o order by o.name",
                "select o.name, count(*) from Owner o group by o.name",
                "select avg(o.id), max(o.name) from Owner o",
                "from Owner o order by o.name limit 2"
            })
    void cacheableQueries_areCachedOnEachShard(String hql) {
        var statistics = sides.sharded.getStatistics();
        var cache = sides.sharded.getCache();
        cache.evictQueryRegions();
        statistics.setStatisticsEnabled(true);
        Runnable ask = () -> sides.same(session ->
                session.createQuery(hql, Object.class).setCacheable(true).list());
        ask.run();
        statistics.clear();
        ask.run();
        assertThat(statistics.getQueryCacheMissCount()).isZero();
        assertThat(statistics.getQueryCacheHitCount()).isPositive();
    }

    @Test
    void gatheredQueries_areNotCached() {
        sides.same(session -> session.createQuery(
                        "select o.name from Owner o union select p.name from Owner p", Object.class)
                .setCacheable(true)
                .list());
    }

    // ---- locks with a limit

    @ParameterizedTest
    @ValueSource(strings = {"from Owner o", "from Owner o order by o.id", "from Owner o order by o.name desc"})
    void limits_lockNoMoreRowsThanTheyReturn(String hql) {
        sides.sharded.inTransaction(first -> {
            List<Owner> some = locked(first, hql, 3);
            assertThat(some).hasSize(3);
            sides.sharded.inTransaction(second -> {
                List<Owner> others = locked(second, hql, 4);
                assertThat(others).hasSize(4);
                sides.sharded.inTransaction(third -> {
                    List<Owner> rest = locked(third, hql, 100);
                    assertThat(rest).hasSize(OWNERS - 7);
                    assertThat(Stream.of(some, others, rest)
                                    .flatMap(List::stream)
                                    .map(owner -> owner.id))
                            .doesNotHaveDuplicates();
                });
                if (hql.contains("o.id")) {
                    assertThat(Stream.concat(some.stream(), others.stream()).map(owner -> owner.id))
                            .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
                }
            });
        });
    }

    private static final int OWNERS = 20;

    private static List<Owner> locked(Session session, String hql, int most) {
        return session.createSelectionQuery(hql, Owner.class)
                .setMaxResults(most)
                .setHibernateLockMode(LockMode.UPGRADE_SKIPLOCKED)
                .list();
    }

    // ---- types of the server that Java's tell less of

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select a.time, count(*) from Account a group by a.time",
                "select distinct a.time from Account a",
                "select min(a.time), max(a.time), count(distinct a.time) from Account a",
                "select a.date, count(*) from Account a group by a.date",
                "select distinct a.date from Account a",
                "select count(distinct a.date) from Account a",
                "select a.day, count(*) from Account a group by a.day",
                "select min(a.day), max(a.day), count(distinct a.day) from Account a",
                "select a.precise, count(*) from Account a group by a.precise",
                "select count(distinct a.precise), min(a.precise), max(a.precise) from Account a",
                "select sum(a.precise), avg(a.precise) from Account a",
                "select a.lasts, count(*) from Account a group by a.lasts",
                "select (a.lasts by hour), count(*) from Account a group by (a.lasts by hour)",
                "select distinct (a.lasts by hour) from Account a",
                "select sum(a.real * 1.5f) from Account a",
                "select sum(a.whole * 0.1) from Account a",
                "select a.kind, sum(0.1) from Account a group by a.kind having sum(0.1) > 0",
                "select sum(0.1), avg(0.1), sum(2) from Account a",
                "select sum(a.real) from Account a where a.id in (1, 2)",
                "select sum(a.real) from Account a where a.id in (1, 3)",
                "select sum(a.real) from Account a where a.id in (1, 4)",
                "select sum(a.real) from Account a where a.id in (4, 5)",
                "select greatest(a.whole, a.decimal), count(*) from Account a group by greatest(a.whole, a.decimal)",
                "select sum(greatest(a.whole, a.decimal)) from Account a",
                "select max(case when a.kind = 0 then a.whole else a.decimal end) from Account a",
                "select sum(case when a.kind = 0 then a.whole else a.decimal end) from Account a",
                "select case when a.kind = 0 then a.whole else a.decimal end, count(*) from Account a"
                        + " group by case when a.kind = 0 then a.whole else a.decimal end",
                "select sum(a.big) from Account a",
                "select a.kind, sum(a.big) from Account a group by a.kind having sum(a.big) > 0",
                "select sum(a.raised), avg(a.raised) from Account a",
                "select sum(a.small), avg(a.small) from Account a",
                "select sum(a.lasts) from Account a",
                "select a.mood, count(*) from Account a group by a.mood",
                "select distinct a.letter from Account a",
                "select count(distinct a.mood), min(a.letter) from Account a",
                "select a.mood, max(a.name) from Account a group by a.mood"
            })
    void mergedValues_areThoseOfTheServersTypes(String hql) {
        sides.same(hql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.time",
                "a.date desc",
                "a.day",
                "a.day desc nulls last",
                "a.precise",
                "a.lasts",
                "a.mood",
                "a.letter desc",
                "(a.lasts by hour)",
                "greatest(a.whole, a.decimal)",
                "a.mood desc, a.time"
            })
    void orders_areThoseOfTheServersTypes(String order) {
        sides.sameOrder("select a.id from Account a order by " + order + ", a.id");
        sides.sameOrder("select a.id from Account a order by " + order + ", a.id limit 7 offset 3");
        sides.sameOrder("from Account a order by " + order + ", a.id limit 5");
    }

    @Test
    void sumsOfCriteria_areOfTheTypeThatPlainOnesHave() {
        for (String attribute : List.of("raised", "small", "whole", "big", "decimal", "precise")) {
            sides.same(session -> {
                var builder = session.getCriteriaBuilder();
                var query = builder.createQuery(Object.class);
                query.select(builder.sum(query.from(Account.class).<Integer>get(attribute)));
                return session.createQuery(query).getResultList();
            });
        }
    }

    @Test
    void convertedExpressionsWithParameters_areGrouped() {
        sides.same("select distinct coalesce(a.raised, ?1) from Account a", 3);
        sides.same("select distinct coalesce(a.time, ?1) from Account a", LocalTime.NOON);
        sides.same(session -> {
            var builder = session.getCriteriaBuilder();
            var query = builder.createQuery(Integer.class);
            query.select(builder.coalesce(query.from(Account.class).<Integer>get("raised"), 3))
                    .distinct(true);
            return session.createQuery(query).getResultList();
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select a.id, percentile_disc(0.5) within group (order by a.decimal) from Account a group by a.id",
                "select a.id, percentile_disc(0.5) within group (order by a.name) from Account a group by a.id",
                "select a.id, mode() within group (order by a.name) from Account a group by a.id order by a.id",
                "select percentile_disc(0.5) within group (order by a.name) from Account a"
            })
    void percentiles_keepTheirType(String hql) {
        sides.same(hql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select a.id from Account a order by a.rank, a.id",
                "select a.rank, count(*) from Account a group by a.rank order by a.rank",
                "select distinct a.rank from Account a order by a.rank desc",
                "select min(a.rank), max(a.rank), count(distinct a.rank) from Account a"
            })
    void customTypes_areComparedByTheServer(String hql) {
        sides.sameOrder(hql);
    }

    // ---- limits of criteria

    @Test
    void limitsOfCriteria_areThoseOfTheWhole() {
        for (int offset : new int[] {0, 3, 52}) {
            sides.sameOrder(session -> {
                var builder = session.getCriteriaBuilder();
                var query = builder.createQuery(Account.class);
                var root = query.from(Account.class);
                query.select(root).orderBy(builder.asc(root.get("id")));
                query.offset(offset).fetch(4);
                return session.createQuery(query).getResultList();
            });
        }
        sides.sameOrder(session -> {
            var builder = session.getCriteriaBuilder();
            var query = builder.createQuery(Long.class);
            var root = query.from(Account.class);
            var most = builder.parameter(Integer.class, "most");
            query.select(root.get("id")).where(builder.gt(root.get("kind"), 0)).orderBy(builder.desc(root.get("id")));
            query.offset(2).fetch((JpaExpression<Integer>) most);
            return session.createQuery(query).setParameter("most", 5).getResultList();
        });
    }

    @Test
    void streams_lockNoMoreRowsThanTheyReturn() {
        sides.sharded.inTransaction(first -> {
            try (Stream<Owner> some = first.createSelectionQuery("from Owner o order by o.id", Owner.class)
                    .setMaxResults(3)
                    .setHibernateLockMode(LockMode.UPGRADE_SKIPLOCKED)
                    .getResultStream()) {
                assertThat(some.map(owner -> owner.id)).containsExactly(1L, 2L, 3L);
            }
            sides.sharded.inTransaction(
                    second -> assertThat(locked(second, "from Owner o", 100)).hasSize(OWNERS - 3));
        });
    }

    @Test
    void nativeQueries_findTablesOfOneShard() {
        String sql = "select count(*) from Entry e join Setting s on s.value = e.kind where s.id < 2";
        for (int i = 0; i < 6; i++) {
            sides.same(session -> {
                var query = session.createNativeQuery(sql, Object.class);
                if (session instanceof ShardedSession) {
                    query.setHint(ShardHints.GATHER, true);
                }
                return query.list();
            });
        }
    }

    @Test
    void ordersByAssociationsOfSelectedEntities_loseNoRow() {
        String gathered = " where a.kind = (select max(b.kind) from Account b)";
        sides.same("select a from Account a" + gathered + " order by a.currency.name, a.id");
        sides.same("select a.id from Account a" + gathered + " order by a.currency.name, a.id");
        sides.refused("select a, d from Account a left join a.deleted d" + gathered + " order by d.account.name, a.id");
        sides.refused("select a, d from Account a left join a.deleted d" + gathered
                + " order by case when a.kind > 0 then d.account.name else 'x' end, a.id");
        sides.sameOrder("select a, d from Account a left join a.deleted d left join d.account o" + gathered
                + " order by o.name, a.id");
    }

    // ---- functions in the from clause

    private static final String UNNESTED = " from Account a join lateral unnest(a.numbers) x";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select a.id, x" + UNNESTED + " order by x desc, a.id",
                "select a" + UNNESTED + " order by x, a.id",
                "select distinct x" + UNNESTED + " order by x",
                "select x as y, count(*)" + UNNESTED + " group by y order by y",
                "select a.kind, x, max(a.id)" + UNNESTED + " where x > 0 group by a.kind, x order by x, a.kind",
                "select a.id, x, index(x)" + UNNESTED + " order by a.id, index(x)",
                "select index(x), count(*), sum(x)" + UNNESTED + " group by index(x) order by index(x)",
                "select a.id, x from Account a join a.numbers x order by a.id, x",
                "select a.id, x from Account a left join lateral generate_series(2, a.kind) x order by a.id, x",
                "select e.id, x from Entry e join e.account a join lateral unnest(a.numbers) x order by x, e.id",
                "select x, a.id from generate_series(1, 2) x join Account a on a.kind = x order by a.id, x",
                "select a.id, x.n from Account a join lateral (select c.name as n from Currency c where c.id = a.kind) x"
                        + " order by x.n, a.id"
            })
    void functionsInTheFromClause_areMerged(String hql) {
        sides.sameOrder(hql);
        if (!hql.contains("join lateral (")) {
            assertThat(sides.explain(hql)).contains("Scatter");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select count(distinct x), sum(x), avg(x)" + UNNESTED,
                "select new map(x as n, count(*) as k)" + UNNESTED + " group by x",
                "select a, x" + UNNESTED + " where a.kind = (select max(b.kind) from Account b)",
                "select new list(a, x)" + UNNESTED + " where a.kind = (select max(b.kind) from Account b)",
                "select x, count(*)" + UNNESTED + " where a.kind = (select max(b.kind) from Account b) group by x",
                "select a, index(x)" + UNNESTED + " where a.kind = (select max(b.kind) from Account b)",
                "select x" + UNNESTED + " union select a.kind from Account a",
                "select x, a.id from generate_series(1, 4) x left join Account a on a.kind = x",
                "select max((select count(*) from Account b join lateral unnest(b.numbers) x where b = a and x > 0))"
                        + " from Account a"
            })
    void functionsInTheFromClause_yieldThePlainRows(String hql) {
        sides.same(hql);
    }

    @Test
    void functionsInTheFromClause_takeParameters() {
        sides.sameOrder(
                "select a.id, x from Account a join lateral generate_series(cast(?1 as Integer), a.kind) x order by a.id, x",
                1);
        sides.same(
                "select x, count(*) from Account a join lateral generate_series(cast(?1 as Integer), a.kind) x group by x",
                1);
        sides.same(
                "select a, x from Account a join lateral generate_series(cast(?1 as Integer), a.kind) x where a.kind = (select max(b.kind)"
                        + " from Account b)",
                1);
        sides.same(session -> {
            var builder = session.getCriteriaBuilder();
            var query = builder.createQuery(Object[].class);
            var account = query.from(Account.class);
            var series = account.joinLateral(builder.generateSeries(builder.value(1), account.<Integer>get("kind")));
            query.multiselect(series, builder.count(account))
                    .where(builder.gt(account.get("id"), 3L))
                    .groupBy(series);
            return session.createQuery(query).getResultList();
        });
        sides.sameOrder(session -> {
            var builder = session.getCriteriaBuilder();
            var query = builder.createQuery(Object[].class);
            var account = query.from(Account.class);
            var number = account.joinArray("numbers");
            query.multiselect(account, number)
                    .where(builder.gt(account.get("id"), 3L))
                    .orderBy(builder.desc(number), builder.asc(account.get("id")));
            return session.createQuery(query).getResultList();
        });
    }

    // ---- associations that another row tells

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select case when k.badge is null then 1 else 2 end, max(k.badge.level) from Keeper k"
                        + " group by case when k.badge is null then 1 else 2 end having max(k.badge.level) is null or count(*) > 0",
                "select case when k.badge is null then 1 else 2 end, k.badge.text, count(*) from Keeper k"
                        + " group by case when k.badge is null then 1 else 2 end, k.badge.text",
                "select k.kind, count(case when k.badge is null then 1 end) from Keeper k"
                        + " where k.badge is null or k.id > 3 group by k.kind having count(k.badge.text) >= 0",
                "select k.kind, count(case when k.badge is null then 1 end) from Keeper k group by k.kind"
                        + " order by max(k.badge.text)",
                "select k.badge.text, count(*), max(k.badge.level) from Keeper k group by k.badge.text"
                        + " having count(k.badge) > 1",
                "select k.kind, count(k.badge), count(distinct k.badge.level) from Keeper k group by k.kind",
                "select distinct b from Keeper k left join k.badge b",
                "select distinct k.badge from Keeper k",
                "select k.badge.id, count(*) from Keeper k group by k.badge.id having k.badge.id > 104"
            })
    void groupsOfInverseAssociations_haveThePlainJoins(String hql) {
        sides.same(hql);
    }

    // ---- groups of associations

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select b.keeper.name, sum(b.level) from Badge b group by b.keeper order by b.keeper",
                "select b.keeper.name, sum(b.level) from Badge b group by b.keeper order by b.keeper desc limit 3",
                "select b.keeper.name from Badge b group by b.keeper order by b.keeper.name",
                "select k.id, max(k.name) from Keeper k group by k.id, k.name order by max(k.name), k.name, k.id",
                "select e.account.name, count(*) from Entry e group by e.account order by e.account",
                "select f from Keeper k join Keeper l on k.kind = l.kind join l.friends f group by f order by f.id",
                "select f, f.name, count(*) from Keeper k join Keeper l on k.kind = l.kind join l.friends f"
                        + " group by f having f.kind > 0 order by f.name, f.id",
                "select p, count(k) from Piece p join Keeper k on k.kind = p.id group by p order by p.id desc",
                "select p, p.style, treat(p as Painting).title, count(k) from Painting p join Keeper k on k.kind = p.id"
                        + " group by p order by p.style, p.id",
                "select key(m), count(*) from Keeper k join k.pairs m join Keeper l on k.kind = l.kind group by key(m)"
                        + " order by key(m)"
            })
    void groupsOfEntities_areSortedByThem(String hql) {
        sides.sameOrder(hql);
    }

    // ---- gathered entities

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select key(m), m from Keeper k join k.pairs m order by k.id",
                "select key(m), value(m), l.id from Keeper k join k.pairs m join Keeper l on k.kind = l.kind"
                        + " order by k.id, l.id",
                "(select k from Keeper k where k.id = 1 union all select k from Keeper k where k.id = 2)"
                        + " order by name desc limit 1",
                "(select k from Keeper k where k.kind = 1 union select k from Keeper k where k.kind = 2) order by 1",
                "(select k as x, k.kind as n from Keeper k where k.kind = 1 union select k, 7 from Keeper k where k.kind = 2)"
                        + " order by n desc, x",
                "select l.id from Link l left join l.account a where fk(a) is null or a.id = 4 order by l.id",
                "select t.id from Thing t order by fk(t.owner), t.id",
                "select count(distinct fk(t.owner)), max(fk(t.owner)) from Thing t",
                "select t, o from Thing t left join t.owner o where fk(o) > 4 order by t.id",
                "select xmlelement(name foo, xmlattributes(k.kind as kind), k.name) from Keeper k order by k.id",
                "select column(k.name as String), k from Keeper k where k.kind = (select max(l.kind) from Keeper l)"
                        + " order by k.id"
            })
    void gatheredEntities_comeInThePlainOrder(String hql) {
        sides.sameOrder(hql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select e from Entry e join fetch e.account where e.kind = (select max(f.kind) from Entry f)",
                "select distinct e from Entry e join fetch e.account where e.kind = (select max(f.kind) from Entry f)",
                "select e from Entry e join fetch e.account a join fetch a.currency where e.kind = (select max(f.kind)"
                        + " from Entry f)",
                "select d from Deleted d join fetch d.account where d.id >= (select min(b.id) from Deleted b)"
            })
    void innerFetchesOfRestrictedEntities_leaveRowsOut(String hql) {
        sides.same(hql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select p from Piece p left join fetch treat(p as Painting).currency",
                "select p from Piece p join fetch treat(p as Painting).currency",
                "select p from Piece p left join fetch treat(p as Painting).marks"
            })
    void fetchesOfSubtypes_areLoaded(String hql) {
        sides.same(session ->
                session.createQuery(hql + " where p.id > (select min(q.id) from Piece q)", Piece.class).list().stream()
                        .map(piece -> piece instanceof Painting painting
                                ? List.of(
                                        piece,
                                        Hibernate.isInitialized(painting.currency),
                                        Hibernate.isInitialized(painting.marks))
                                : List.of(piece))
                        .toList());
    }

    @Test
    void comparisonsOfTreatedEntities_areRefusedWhereTheirTypeWouldGetLost() {
        sides.refused("select p from Piece p, Keeper k where treat(p as Painting) member of k.pieces");
        sides.same("select p from Piece p, Keeper k where p member of k.pieces and type(p) = Painting");
    }

    // ---- the current time

    @ParameterizedTest
    @ValueSource(
            strings = {
                "current_timestamp",
                "current_date",
                "current_time",
                "local datetime",
                "local date",
                "local time",
                "offset datetime",
                "instant"
            })
    void currentTime_isOneForAllShards(String now) {
        for (String hql : List.of(
                "select NOW, a.id from Account a",
                "select NOW, a.id from Account a where a.id > ?1 and NOW = NOW order by a.id",
                "select NOW, a.kind, count(*) from Account a group by NOW, a.kind order by a.kind",
                "select distinct NOW, a.kind from Account a",
                "select max(NOW), count(distinct NOW) from Account a",
                "select NOW, count(*) from Account a group by NOW")) {
            List<Object[]> plain = times(sides.plain, hql.replace("NOW", now));
            List<Object[]> sharded = times(sides.sharded, hql.replace("NOW", now));
            assertThat(sharded).as(hql).hasSameSizeAs(plain);
            assertThat(sharded.stream().map(row -> row[0]).distinct()).as(hql).hasSize(1);
            assertThat(sharded.get(0)[0]).hasSameClassAs(plain.get(0)[0]);
        }
    }

    private static List<Object[]> times(SessionFactory factory, String hql) {
        return factory.fromTransaction(session -> {
            var query = session.createQuery(hql, Object[].class);
            return (hql.contains("?1") ? query.setParameter(1, 5L) : query).list();
        });
    }

    @Test
    void currentTime_isOneForAllShardsOfAWrite() {
        sides.sharded.inSession(session -> {
            session.beginTransaction();
            int changed = session.createMutationQuery("update Account a set a.instant = instant where a.kind >= :least")
                    .setParameter("least", 0)
                    .executeUpdate();
            assertThat(changed).isEqualTo(54);
            assertThat(session.createSelectionQuery("select distinct a.instant from Account a", Instant.class)
                            .list())
                    .hasSize(1)
                    .allMatch(time ->
                            Math.abs(Duration.between(time, Instant.now()).toHours()) < 1);
            session.getTransaction().rollback();
        });
    }

    @Test
    void currentTime_isComparedWithParametersOfCriteria() {
        sides.sameOrder(session -> {
            var builder = session.getCriteriaBuilder();
            var query = builder.createQuery(Long.class);
            var account = query.from(Account.class);
            query.select(account.get("id"))
                    .where(
                            builder.gt(account.get("id"), 5L),
                            builder.lessThan(account.get("day"), builder.localDate()),
                            builder.equal(account.get("kind"), builder.parameter(Integer.class, "kind")))
                    .orderBy(builder.desc(account.get("id")));
            return session.createQuery(query).setParameter("kind", 1).getResultList();
        });
        sides.same(
                "select a.id, e.kind from Account a join a.entries e where a.instant < instant and a.day > ?1",
                LocalDate.of(2024, 1, 3));
    }

    // ---- subqueries of criteria

    @Test
    void subqueriesInAListOfCriteria_areCoLocatedAsInHql() {
        Function<Session, JpaCriteriaQuery<Long>> ids = session -> {
            var builder = session.getCriteriaBuilder();
            var query = builder.createQuery(Long.class);
            var account = query.from(Account.class);
            var entries = query.subquery(Long.class);
            var entry = entries.from(Entry.class);
            entries.select(entry.get("account").get("id")).where(builder.equal(entry.get("kind"), 0));
            query.select(account.get("id"))
                    .where(
                            account.get("id").in(entries),
                            builder.not(account.get("id").in(List.of(1L, 2L))));
            return query;
        };
        sides.same(session -> session.createQuery(ids.apply(session)).getResultList());
        try (ShardedSession session = sides.sharded.openSession()) {
            assertThat(session.createQuery(ids.apply(session)).explain()).startsWith("Concatenate");
        }
    }

    // ---- pages in no order

    @Test
    void pagesInNoOrder_areOfRowsThatJoinsRepeat() {
        Function<SessionFactory, List<Integer>> sizes =
                factory -> factory.fromTransaction(session -> Stream.of(0, 60, 100, 108)
                        .map(offset -> session.createQuery("select a from Account a join a.entries e", Account.class)
                                .setFirstResult(offset)
                                .setMaxResults(20)
                                .list()
                                .size())
                        .toList());
        for (SessionFactory factory : List.of(sides.plain, sides.sharded)) {
            List<Integer> found = sizes.apply(factory);
            assertThat(found.subList(0, 2)).allMatch(size -> size >= 10 && size <= 20);
            assertThat(found.get(2)).isBetween(4, 8);
            assertThat(found.get(3)).isZero();
        }
    }
}
