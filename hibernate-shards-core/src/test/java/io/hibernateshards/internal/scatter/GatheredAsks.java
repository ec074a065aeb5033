package io.hibernateshards.internal.scatter;

import static io.hibernateshards.internal.scatter.Ask.any;
import static io.hibernateshards.internal.scatter.Ask.list;
import static io.hibernateshards.internal.scatter.Ask.ordered;
import static io.hibernateshards.internal.scatter.Ask.page;
import static io.hibernateshards.internal.scatter.Ask.that;
import static io.hibernateshards.internal.scatter.Ask.with;

import io.hibernateshards.internal.scatter.OracleModel.Dto;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Pair;
import jakarta.persistence.Tuple;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.Hibernate;

/** What shards cannot answer one by one: joins and subqueries over all rows, windows, statistics, what compares all rows. */
final class GatheredAsks {
    private GatheredAsks() {}

    static List<Ask> all() {
        List<Ask> asks = new ArrayList<>();
        asks.addAll(values());
        asks.addAll(joins());
        asks.addAll(entities());
        asks.addAll(filters());
        asks.addAll(sets());
        asks.addAll(runs());
        return asks;
    }

    private static List<Ask> values() {
        return List.of(
                any("select o.number, count(*) from Owner o group by o.number having max(o.big) > min(o.number)"),
                any("select distinct o.number, o.colour, o.size, o.grade from Owner o"),
                any("select o.id, d.id from Owner o join Deal d on treat(d as Sale).discount = o.number"),
                any(
                        "with n as (select o.number as v from Owner o) select distinct o.name from n m join Deal d on treat(d as"
                                + " Sale).discount = m.v join d.owner o"),
                any("select percentile_cont(0.5) within group (order by o.finite) from Owner o"),
                any(
                        "select percentile_disc(0.25) within group (order by o.big), mode() within group (order by o.name) from Owner o"),
                any("select rank(3) within group (order by o.number) from Owner o"),
                ordered("select listagg(o.name, ',') within group (order by o.id) from Owner o"),
                ordered("select array_agg(o.id) within group (order by o.id) from Owner o"),
                ordered(
                        "select listagg(d.note, '/') within group (order by d.id) from Deal d group by d.region order by 1"),
                any("select max(o.number) - min(o.number), sum(o.amount) / count(o) from Owner o"),
                any("select stddev(o.number), variance(o.big), stddev_pop(o.number) from Owner o"),
                any("select every(o.number > 0), any(o.active) from Owner o"),
                any("select corr(o.number, o.big), covar_pop(o.number, o.small) from Owner o"),
                any("select count(distinct o.region), count(distinct o.place.city) from Owner o"),
                any("select count(*), r.code from Owner o left join o.region r group by rollup(r.code)"),
                any(
                        "select o.region.code, o.colour, sum(o.amount) from Owner o group by cube(o.region.code, o.colour)"),
                ordered("select o.id, row_number() over (order by o.number, o.id) from Owner o order by o.id"),
                ordered(
                        "select o.id, sum(o.number) over (partition by o.colour order by o.id) from Owner o order by o.id"),
                ordered(
                        "select o.id, lag(o.name) over (order by o.id), ntile(7) over (order by o.id) from Owner o order by o.id"),
                ordered("select o.id from Owner o order by row_number() over (order by o.number desc, o.id)"),
                ordered("select o.id, o.number from Owner o order by o.number, o.id fetch first 10 percent rows only"),
                any("select o.number from Owner o order by o.number fetch first 7 rows with ties"),
                any("select string_agg(o.code, ',') from Owner o where o.code = 'abc'"),
                any("select new OracleModel.Pair(max(o.id), min(o.name)) from Owner o group by o.colour"
                        .replace("OracleModel.Pair", Pair.class.getName())),
                any("select new map(o.colour as c, count(*) as n) from Owner o group by o.colour"),
                any("select new list(o.colour, count(*)) from Owner o group by o.colour"),
                any("select o.colour as colour, count(*) as n from Owner o group by o.colour", Tuple.class),
                any("select o.colour as colour, count(*) as n from Owner o group by o.colour", Map.class),
                any("select max(o.name), max(o.number) from Owner o group by o.colour", Dto.class),
                any("select o.place, count(*) from Owner o group by o.place"),
                any("select case when count(*) > 20 then 'many' else 'few' end, o.size from Owner o group by o.size"),
                any("select coalesce(o.name, '?'), upper(max(o.code)) from Owner o group by coalesce(o.name, '?')"),
                any("select avg(distinct o.number), sum(distinct o.amount) from Owner o"),
                any("select max(n.amount) - 1, stddev(n.ratio) from Nothing n"),
                any("select n.number, stddev(n.ratio) from Nothing n group by n.number"));
    }

    private static List<Ask> joins() {
        return List.of(
                any("select a.id, b.id from Owner a join Owner b on b.number = a.number and a.id < b.id"),
                any("select a.id, b.id from Owner a left join Owner b on b.big = a.big and b.size = 1"),
                any("select a.id, b.id from Owner a right join Owner b on b.number = a.id"),
                any("select a.id, b.id from Owner a full join Owner b on b.number = a.id"),
                any("select o.id, a.label from Owner o, Asset a where a.label = o.name"),
                any("select count(*) from Owner o, Asset a"),
                any("select r.code, count(o) from Region r left join Owner o on o.region = r group by r.code"),
                any(
                        "select r.code from Region r where exists (select 1 from Owner o where o.region = r and o.number > 5)"),
                any(
                        "select r.code from Region r where r not in (select o.region from Owner o where o.region is not null and o.size = 1)"),
                any("select o.id from Owner o where exists (select 1 from Asset a where a.label = o.name)"),
                any("select o.id from Owner o where o.number = (select max(p.number) from Owner p)"),
                any(
                        "select o.id from Owner o where o.number > all (select p.number from Owner p where p.active = false)"),
                any("select o.id, (select count(*) from Owner p where p.number = o.number) from Owner o"),
                any(
                        "select o.id from Owner o where o.number not in (select p.number from Owner p where p.active = true)"),
                any("with big as (select o.id as id from Owner o where o.number > 10) select b.id from big b"),
                any(
                        "with big as (select o.id as id, o.number as n from Owner o) select a.id, b.id from big a join big b on a.n = b.n where a.id < 0"),
                any("select b.id from (select o.id as id from Owner o where o.number > 10 order by o.id limit 3) b"),
                any(
                        "select o.id, x.n from Owner o join lateral (select count(*) as n from Asset a where a.label = o.name) x"),
                any("select h.floors, o.id from House h join Owner o on o.number = h.floors"),
                any("select type(a), count(*) from Asset a group by type(a)"),
                any("select a.label from Asset a where type(a) = Boat and a.label in (select o.name from Owner o)"),
                any("select t, count(*) from Owner o join o.tags t group by t"),
                any("select distinct t from Owner o join o.tags t where t like 'a%'"),
                any(
                        "select o.id from Owner o where 'A' member of o.tags and o.number = (select min(p.number) from Owner p where 'A' member of p.tags)"),
                any("select d.note, count(distinct d.owner.region.name) from Deal d join d.lines l group by d.note"));
    }

    private static List<Ask> entities() {
        return List.of(
                ordered("from Owner o where o.number = (select max(p.number) from Owner p) order by o.id"),
                ordered(
                        "select a, b from Owner a join Owner b on b.number = a.number and a.id < b.id order by a.id, b.id"),
                ordered(
                        "select a, b from Owner a left join Owner b on b.big = a.big and b.size = 1 order by a.id, b.id"),
                ordered("select o, count(*) over () from Owner o order by o.id", page(3, 7)),
                ordered("select d.owner, d.id, row_number() over (order by d.id) from Deal d order by d.id"),
                ordered("select o.region, o.id, row_number() over (order by o.id) from Owner o order by o.id"),
                ordered("select d.owner as w, d.id as i from Deal d order by w, i"),
                ordered(
                        "select d.owner, count(*), stddev(d.price) from Deal d group by d.owner order by 2, count(d.note), min(d.id)"),
                any("select d.region, count(*) from Deal d group by d.region"),
                any("select o.region, count(*) from Owner o group by o.region"),
                any("select distinct r from Owner o join o.region r"),
                any("select distinct r from Region r join Owner o on o.region = r"),
                any("select distinct o from Owner o join Asset a on a.label = o.name"),
                ordered("select distinct o from Owner o join Asset a on a.label = o.name order by o.number, o.id"),
                ordered("select o from Owner o join Asset a on a.label = o.name order by o.id, a.id"),
                ordered("select o from Owner o join Asset a on a.label = o.name order by o.id, a.id", Owner.class),
                ordered("select o from Owner o join Asset a on a.label = o.name order by o.id, a.id", page(2, 5)),
                ordered("select o from Owner o join Asset a on a.label = o.name order by o.id, a.id", Object[].class),
                ordered("select a from Asset a where a.label in (select o.name from Owner o) order by a.id"),
                ordered("select d from Deal d where d.price = (select max(e.price) from Sale e) order by d.id"),
                ordered(
                        "select r from Region r where exists (select 1 from Owner o where o.region = r) order by r.code"),
                ordered(
                        "select o as x, row_number() over (order by o.id) as n from Owner o order by n desc",
                        Tuple.class),
                ordered(
                        "select o from Owner o left join fetch o.deals where o.number = (select max(p.number) from Owner p) order by o.id"),
                ordered(
                        "select o from Owner o left join fetch o.deals where o.number >= (select avg(p.number) from Owner p) order by o.id",
                        page(1, 4)),
                ordered(
                        "select o from Owner o join fetch o.tags where o.number >= (select avg(p.number) from Owner p) order by o.id",
                        page(1, 4)),
                that("fetched collections are loaded, of their own shards' rows", session -> session
                        .createQuery(
                                "select o from Owner o left join fetch o.deals d left join fetch o.region"
                                                .replace(" d ", " ")
                                        + " where o.number = (select max(p.number) from Owner p) order by o.id",
                                Owner.class)
                        .getResultList()
                        .stream()
                        .map(o -> o + " " + Hibernate.isInitialized(o.deals) + o.deals.size()
                                + Hibernate.isInitialized(o.region) + Hibernate.isInitialized(o.tags))
                        .toList()),
                that("entities are whole, and their lazy associations those of their shard", session -> session
                        .createQuery(
                                "from Owner o where o.number = (select max(p.number) from Owner p) order by o.id",
                                Owner.class)
                        .getResultList()
                        .stream()
                        .map(o -> o + " " + o.deals.size() + o.tags + o.region)
                        .toList()));
    }

    private static List<Ask> filters() {
        String join = "select a.id, b.id from Owner a join Asset b on b.label = a.name where ";
        return List.of(
                any(join + "a.name = :p", with("p", "a")),
                any(join + "a.name <> :p", with("p", "it's \\ \"quoted\" \uD83D\uDE00 ? $1 ; drop table Owner; --")),
                any(join + "a.name > :p", with("p", "\u00e4")),
                any(join + "a.name like :p", with("p", "%")),
                any(join + "a.name like :p escape '\\'", with("p", "\\_%")),
                any(join + "a.code = :p", with("p", "ab")),
                any(join + "a.code <> :p", with("p", "ab   ")),
                any(join + "a.letter in (:p)", list("p", 'a', 'A', '\u00e4')),
                any(join + "a.active = :p", with("p", true)),
                any(join + "a.number in (:p)", list("p", -5, 0, 12, 100)),
                any(join + "a.number in (:p)", list("p")),
                any(join + "a.number between :p and 100", with("p", -5)),
                any(join + "a.small >= :p", with("p", Short.MIN_VALUE)),
                any(join + "a.big = :p", with("p", 9_007_199_254_740_993L)),
                any(join + "a.amount >= :p", with("p", new BigDecimal("1.1000000001"))),
                any(join + "a.ratio = :p", with("p", Double.NaN)),
                any(join + "a.ratio = :p", with("p", -0.0)),
                any(join + "a.weight < :p", with("p", Float.NaN)),
                any(join + "a.colour = :p", with("p", OracleModel.Colour.BLACK)),
                any(join + "a.size <> :p", with("p", OracleModel.Size.LARGE)),
                any(join + "a.grade in (:p)", list("p", OracleModel.Grade.FIRST, OracleModel.Grade.THIRD)),
                any(join + "a.points = :p", with("p", 7)),
                any(join + "b.id <> :p", with("p", new UUID(1, -2))),
                any(join + "a.bytes <> :p", with("p", new byte[] {1, 2, 0, 92, 39})),
                any(join + "a.day >= :p", with("p", LocalDate.of(1582, 10, 15))),
                any(join + "a.instant <> :p", with("p", java.time.Instant.parse("2024-02-29T23:59:59.123456Z"))),
                any(join + "a.offset >= :p", with("p", java.time.OffsetDateTime.parse("2024-01-01T00:00:00+14:00"))),
                any(join + "a.time < :p", with("p", java.time.LocalTime.NOON)),
                any(join + "a.moment <> :p", with("p", java.time.LocalDateTime.of(2024, 3, 31, 2, 30))),
                any(join + "a.region.code = :p and b.tenant > 't'", with("p", "N")),
                any(join + "a.place.city is null and a.number is not null and not (a.size = 2)"),
                any(join + "a.name = :p", with("p", null)),
                any(join + "(a.number > 5 or b.tenant = 'tenant3')"),
                any(join + "a.number > b.id.hashCode".replace("b.id.hashCode", "length(b.label)")),
                any(
                        "select o.id, count(*) from Owner o left join Asset a on a.label = o.name where a.label is null group by o.id, o.number order by o.number fetch first 3 rows with ties"),
                any("select o.id from Owner o right join Asset a on a.label = o.name where o.number is null"),
                any(
                        "select a.label, o.id from Owner o full join Asset a on a.label = o.name where o.number > 3 or a.tenant = 'tenant1'"),
                any("select a.id from Owner a, Owner b where a.number > b.number and b.id = -9"),
                any("select a.id from House a, Owner o where a.floors = o.number and a.label is null and a.floors > 1"),
                any(
                        "select a.id from Asset a, Owner o where a.label = o.name and o.id in (4, 6, -9, -11, 12) and o.number > 0"));
    }

    private static List<Ask> sets() {
        return List.of(
                any("select o.id from Owner o union select d.id from Deal d"),
                any("select o.name from Owner o except select a.label from Asset a"),
                any("select o from Owner o where o.number > 5 union select p from Owner p where p.big > 5"),
                any(
                        "select o.name from Owner o where o.number > :p and o.size = 1 union all select p.name from Owner p where p.big = :q or p.active = true",
                        with("p", 3),
                        with("q", 7L)),
                any(
                        "select o.name from Owner o where o.number > 5 intersect select p.name from Owner p where p.number < 50"),
                any(
                        "select o.name from Owner o where o.number >= 0 except select p.name from Owner p where p.size = 2 and p.number > 0"),
                any("select o.name from Owner o where o.number > 5 union select p.name from Owner p"),
                any(
                        "select o.name from Owner o where o.number > 5 union select p.name from Owner p left join Owner q on q.id = p.big where p.number < 3"),
                any(
                        "select o.name from Owner o where o.number > 5 union select p.name from Owner q right join Owner p on q.id = p.big where q.number < 3"),
                any(
                        "select o.name from Owner o where o.number > 5 except (select a.label from Asset a where a.tenant = 'tenant1' union select b.label from Asset b where b.tenant = 'tenant2' and b.label like '%a%')"),
                any(
                        "select a.id, b.id from Owner a join Owner b on b.number = a.number where a.size = 1 and b.size = :s and b.active = true",
                        with("s", OracleModel.Size.LARGE)),
                any(
                        "select a.id from Owner a join Owner b on b.number = a.number where a.size = 1 and b.size = 2 and exists (select 1 from Owner c where c.id = b.id and c.size = 0)"));
    }

    private static List<Ask> runs() {
        String hql = "select o from Owner o where o.number >= (select avg(p.number) from Owner p) order by o.id";
        String values = "select o.number, count(*), stddev(o.big) from Owner o group by o.number";
        return List.of(
                that(
                        "count of gathered entities",
                        session -> List.of(session.createQuery(hql, Owner.class).getResultCount())),
                that(
                        "count of gathered values",
                        session -> List.of(session.createQuery(values, Object[].class)
                                .setMaxResults(2)
                                .getResultCount())),
                that(
                        "count of limited rows",
                        session -> List.of(session.createQuery("from Owner o limit 3", Owner.class)
                                .getResultCount())),
                that("stream", session -> {
                    try (var rows = session.createQuery(hql, Owner.class).getResultStream()) {
                        return rows.limit(5).toList();
                    }
                }),
                that("scroll", session -> {
                    List<Object> ids = new ArrayList<>();
                    try (var rows = session.createQuery(hql, Owner.class).scroll()) {
                        while (rows.next()) {
                            ids.add(rows.get());
                        }
                    }
                    return ids;
                }),
                that(
                        "unique",
                        session -> List.of(session.createQuery("select count(*) - 1 from Owner o", Long.class)
                                .uniqueResult())),
                that("list transformer", session -> session.createQuery(hql, Owner.class)
                        .setResultListTransformer(rows -> rows.subList(0, 2))
                        .getResultList()),
                that("tuple transformer", session -> session.createQuery(values + " order by 1", Object[].class)
                        .setTupleTransformer((row, aliases) -> row[0] + "/" + row[1] + aliases.length)
                        .getResultList()),
                that("own rows that are not committed", session -> {
                    Owner mine = session.find(Owner.class, 4L);
                    String before = mine.name;
                    mine.name = "only here";
                    List<?> seen = session.createQuery(
                                    "select a.id, b.id from Owner a, Owner b where a.name = b.name and a.name like 'only%'",
                                    Object[].class)
                            .getResultList();
                    mine.name = before;
                    session.flush();
                    return seen;
                }),
                that("filters", session -> {
                    session.enableFilter("atLeast").setParameter("least", 10);
                    List<?> rows = session.createQuery(
                                    "select a.id, b.id from Owner a, Owner b where a.number = b.number order by 1, 2",
                                    Object[].class)
                            .getResultList();
                    session.disableFilter("atLeast");
                    return rows;
                }),
                that(
                        "read only",
                        session -> List.of(session.isReadOnly(session.createQuery(hql, Owner.class)
                                .setReadOnly(true)
                                .setMaxResults(1)
                                .getSingleResult()))),
                that("criteria with values, in a subquery too", session -> {
                    var builder = session.getCriteriaBuilder();
                    var query = builder.createQuery(Owner.class);
                    var owner = query.from(Owner.class);
                    var most = query.subquery(Integer.class);
                    var other = most.from(Owner.class);
                    most.select(builder.max(other.<Integer>get("number")))
                            .where(
                                    builder.lt(other.<Integer>get("number"), 1_000_000),
                                    builder.ge(other.<Long>get("big"), -1L));
                    query.select(owner)
                            .where(
                                    builder.gt(owner.<Integer>get("number"), 3),
                                    builder.equal(owner.get("number"), most),
                                    builder.notEqual(owner.get("name"), "zz"))
                            .orderBy(builder.asc(owner.get("id")));
                    return session.createQuery(query).getResultList();
                }),
                that("graph", session -> {
                    var graph = session.createEntityGraph(Owner.class);
                    graph.addAttributeNodes("deals");
                    return session
                            .createQuery(hql, Owner.class)
                            .setEntityGraph(graph, org.hibernate.graph.GraphSemantic.LOAD)
                            .setMaxResults(5)
                            .getResultList()
                            .stream()
                            .map(o -> o + " " + Hibernate.isInitialized(o.deals) + o.deals.size())
                            .toList();
                }));
    }
}
