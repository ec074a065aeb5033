package io.hibernateshards.internal.scatter;

import static io.hibernateshards.internal.scatter.Ask.any;
import static io.hibernateshards.internal.scatter.Ask.ordered;
import static io.hibernateshards.internal.scatter.Ask.page;
import static io.hibernateshards.internal.scatter.Ask.with;

import jakarta.persistence.Tuple;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Groups, distinct values and aggregates over rows of several shards. */
final class GroupAsks {
    /** Equal values of these are written the same, so that it shows in no answer which of them stands for a group. */
    private static final List<String> KEYS = OrderedAsks.ATTRIBUTES.stream()
            .filter(attribute ->
                    !List.of("ratio", "weight", "anyScale", "offset").contains(attribute))
            .toList();

    private GroupAsks() {}

    static List<Ask> all() {
        List<Ask> asks = new ArrayList<>(byKeys());
        asks.addAll(texts());
        asks.addAll(aggregates());
        asks.addAll(having());
        asks.addAll(distinct());
        asks.addAll(shapes());
        return asks;
    }

    private static List<Ask> byKeys() {
        List<Ask> asks = new ArrayList<>();
        for (String key : KEYS) {
            if (!key.equals(
                    "points")) { // several of the column's values are one value, so equal rows come in any order
                asks.add(
                        ordered("select o." + key + ", count(*), sum(o.number), avg(o.amount), min(o.name) from Owner o"
                                + " group by o." + key + " order by o." + key));
                asks.add(ordered(
                        "select o." + key + ", count(o.size) from Owner o group by o." + key + " order by o." + key
                                + " desc nulls last",
                        page(1, 3)));
                asks.add(ordered("select distinct o." + key + " from Owner o order by o." + key + " desc"));
            }
            asks.add(
                    any("select o." + key + ", count(*), avg(o.number), max(o.amount) from Owner o group by o." + key));
            asks.add(
                    any("select o." + key + ", o.active, sum(o.amount) from Owner o group by o." + key + ", o.active"));
            asks.add(any("select distinct o." + key + " from Owner o"));
            asks.add(any("select distinct o." + key + ", o.active from Owner o"));
            asks.add(any("select count(distinct o." + key + ") from Owner o"));
            asks.add(any("select o.active, count(distinct o." + key + "), count(*) from Owner o group by o.active"));
        }
        // equal ones are not written the same
        for (String key : List.of("ratio", "weight", "anyScale", "offset")) {
            asks.add(any("select count(*), sum(o.number) from Owner o group by o." + key));
            asks.add(ordered("select count(*), max(o.id) from Owner o group by o." + key + " order by o." + key));
            asks.add(any("select count(distinct o." + key + ") from Owner o"));
        }
        return asks;
    }

    /** Of text, whose order and equality are the collation's. */
    static List<Ask> texts() {
        return List.of(
                ordered("select o.name, count(*) from Owner o group by o.name order by o.name"),
                ordered("select o.name, o.code, max(o.place.city) from Owner o group by o.name, o.code"
                        + " order by o.code desc, o.name"),
                ordered("select lower(o.name), count(*) from Owner o group by lower(o.name) order by 1", page(3, 9)),
                ordered(
                        "select o.code, min(o.name), max(o.name) from Owner o group by o.code order by max(o.name), o.code"),
                ordered("select distinct o.name, o.letter from Owner o order by o.letter desc, o.name", page(5, 20)),
                ordered("select o.colour, count(*) from Owner o group by o.colour order by count(*) desc, o.colour"),
                any("select o.name, count(distinct o.code), max(o.letter) from Owner o group by o.name"),
                any("select distinct o.code, o.place.city from Owner o"),
                any("select o.grade, min(o.grade), max(o.name) from Owner o group by o.grade"));
    }

    private static List<Ask> aggregates() {
        List<Ask> asks = new ArrayList<>();
        for (String number : List.of("number", "small", "huge", "amount", "anyScale", "big")) {
            for (String function :
                    List.of("stddev", "variance", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "avg")) {
                if (function.equals("avg") || !number.equals("huge") || !function.contains("samp")) {
                    asks.add(any("select " + function + "(o." + number + ") from Owner o"));
                }
                asks.add(any("select o.active, " + function + "(o." + number + ") from Owner o group by o.active"));
            }
        }
        asks.addAll(List.of(
                any(
                        "select o.size, sum(o.finite), avg(o.finite), min(o.ratio), max(o.weight) from Owner o group by o.size"),
                any(
                        "select o.size, sum(o.small), sum(o.huge), sum(o.amount), sum(o.anyScale) from Owner o group by o.size"),
                any(
                        "select o.size, avg(o.huge), avg(o.anyScale), avg(o.finite), avg(o.big) from Owner o group by o.size"),
                any("select o.size, every(o.number > 0), any(o.number > 100) from Owner o group by o.size"),
                any(
                        "select every(o.active), any(o.active), every(o.number > -100), any(o.number > 10000000) from Owner o"),
                any(
                        "select every(n.number > 0), any(n.number > 0), stddev(n.number), var_pop(n.amount) from Nothing n"),
                any(
                        "select stddev_pop(o.number), stddev_samp(o.number), variance(o.amount) from Owner o where o.id = 2 or o.id = 4"),
                any("select stddev_pop(o.number), stddev_samp(o.number) from Owner o where o.number is null"),
                any("select function('bool_and', o.active), function('bool_or', o.active) from Owner o"),
                any("select o.size, count(*) filter (where o.active), sum(o.number) filter (where o.number > 3),"
                        + " avg(o.amount) filter (where o.active), max(o.name) filter (where o.active),"
                        + " every(o.active) filter (where o.number > 0), var_pop(o.number) filter (where o.active)"
                        + " from Owner o group by o.size"),
                any("select count(distinct o.number), count(*), sum(o.number), max(o.amount) from Owner o"),
                any(
                        "select count(distinct n.number), count(n), sum(n.amount), avg(n.ratio), min(n.name) from Nothing n"),
                any("select o.size, count(distinct o.number), sum(o.number), avg(o.amount), min(o.name) from Owner o"
                        + " group by o.size"),
                any("select count(distinct o.region) from Owner o"),
                any(
                        "select d.owner.active, count(distinct d.owner.id), count(distinct d.owner) from Deal d group by d.owner.active"),
                any("select o.size, count(distinct o.id), sum(distinct o.id) from Owner o group by o.size"),
                any("select d.price, count(*), sum(l.quantity) from Deal d join d.lines l group by d.price"),
                any("select n.number, count(*), sum(n.amount) from Nothing n group by n.number"),
                any("select o.size, min(o.points), max(o.points), min(o.grade) from Owner o group by o.size"),
                any("select 'constant', count(*) from Owner o"),
                any("select 'constant', o.size, 1, count(*) from Owner o group by o.size")));
        return asks;
    }

    private static List<Ask> having() {
        return List.of(
                any("select o.number from Owner o group by o.number having count(*) > 20"),
                any("select o.number, count(*) from Owner o group by o.number having count(*) between 10 and 25"),
                any("select o.number, sum(o.amount) from Owner o group by o.number having sum(o.amount) > 1.5"),
                any(
                        "select o.number, avg(o.small) from Owner o group by o.number having avg(o.small) > :a",
                        with("a", 0.5)),
                any(
                        "select o.name from Owner o group by o.name having count(*) > :n and max(o.number) >= 12",
                        with("n", 2L)),
                any("select o.name from Owner o group by o.name having count(*) = 3 or min(o.number) < 0"),
                any("select o.name from Owner o group by o.name having not (count(*) = 3 or min(o.number) < 0)"),
                any("select o.name from Owner o group by o.name having count(*) in (2, 4, 6)"),
                any("select o.name from Owner o group by o.name having count(*) not in (2, 4, 6)"),
                any("select o.size, o.name from Owner o group by o.size, o.name having max(o.number) is null"),
                any(
                        "select o.size, o.name from Owner o group by o.size, o.name having max(o.number) is not null and o.size is null"),
                any("select o.name from Owner o group by o.name having o.name > 'a' and count(*) > 2"),
                any(
                        "select o.number, count(*) from Owner o group by o.number having o.number in (0, 3) and count(*) > 0"),
                any("select o.number, count(*) from Owner o group by o.number having o.number > count(*)"),
                any("select o.name from Owner o group by o.name having sum(o.number) > max(o.small)"),
                any("select o.name from Owner o group by o.name having every(o.active)"),
                any("select o.name from Owner o group by o.name having avg(o.amount) <> 1.1"),
                any("select o.name from Owner o group by o.name having count(distinct o.number) > 2"),
                any(
                        "select o.name from Owner o group by o.name having sum(o.amount) = :a",
                        with("a", new BigDecimal("-7"))),
                ordered(
                        "select o.name, count(*) from Owner o group by o.name having count(*) > 3 order by o.name",
                        page(1, 4)),
                ordered(
                        "select o.name, count(*) from Owner o group by o.name having count(*) > 3"
                                + " order by sum(o.number) desc, o.name nulls first",
                        page(1, 4)));
    }

    private static List<Ask> distinct() {
        return List.of(
                ordered("select distinct o.number from Owner o order by o.number", page(1, 3)),
                ordered("select distinct o.number, o.size from Owner o order by o.size desc, o.number", page(2, 10)),
                ordered("select distinct o.number, o.size from Owner o order by 1, 2 desc nulls last"),
                ordered("select distinct lower(o.name) as n from Owner o order by n desc"),
                any("select distinct o.number * 2, coalesce(o.size, null) from Owner o"),
                any("select distinct d.price, d.owner.active from Deal d"),
                any("select distinct o.region from Owner o"),
                any("select distinct r from Owner o join o.region r"),
                any("select distinct r from Region r join Owner o on o.region = r"),
                any("select distinct r, o.active from Owner o join o.region r"),
                ordered("select distinct r from Owner o join o.region r order by r.name desc, r.code"),
                ordered("select distinct o.region.name, o.active from Owner o order by o.region.name, o.active"),
                any("select distinct n.number from Nothing n"),
                any("select distinct 'x' from Owner o"),
                any("select distinct d.owner.name, r.code from Deal d left join d.region r"),
                any("select distinct type(d) from Deal d"),
                any("select distinct o.number from Owner o where o.id in (2, 4, 6)"),
                Ask.that(
                        "count of distinct values",
                        session -> List.of(session.createQuery("select distinct o.number from Owner o", Integer.class)
                                .getResultCount())),
                Ask.that(
                        "count of groups",
                        session -> List.of(session.createQuery(
                                        "select o.name, count(*) from Owner o group by o.name having count(*) > 2",
                                        Object[].class)
                                .setMaxResults(2)
                                .getResultCount())),
                Ask.that(
                        "count of an aggregate",
                        session -> List.of(session.createQuery("select count(*) from Owner o", Long.class)
                                .getResultCount())));
    }

    private static List<Ask> shapes() {
        return List.of(
                ordered("select o.number from Owner o order by o.number fetch first 3 rows with ties"),
                ordered(
                        "select o.name, o.active from Owner o order by o.name desc, o.active fetch first 8 rows with ties"),
                ordered("select o.number from Owner o order by o.number fetch first :n rows with ties", with("n", 20)),
                ordered("select o.number from Owner o order by o.number fetch first 500 rows with ties"),
                ordered("select o.number from Owner o order by o.number fetch first 3 rows with ties", page(2, 9)),
                ordered("from Owner o order by o.id fetch first 3 rows with ties", query -> query.setFirstResult(140)),
                any("from Owner o order by o.active fetch first 2 rows with ties"),
                ordered("select o.number as n, count(*) as c from Owner o group by n order by c desc, n", Tuple.class),
                ordered("select o.number as n, count(*) as c from Owner o group by 1 order by 2, 1 desc", Map.class),
                ordered("select count(*), o.number from Owner o group by o.number order by 2", List.class, page(0, 2)),
                ordered(
                        "select o.name, max(o.number) from Owner o group by o.name order by o.name",
                        OracleModel.Dto.class),
                any("select coalesce(o.name, :x) as k, count(*) from Owner o group by k", with("x", "none")),
                any(
                        "select new io.hibernateshards.internal.scatter.OracleModel$Pair(count(*), o.name) from Owner o group by o.name"),
                ordered(
                        "select new io.hibernateshards.internal.scatter.OracleModel$Pair(count(*) as c, o.name as n) from Owner o"
                                + " group by o.name order by c desc, n",
                        page(2, 5)),
                any("select new list(o.name, max(o.number), avg(o.amount)) from Owner o group by o.name"),
                any("select new map(o.name as n, max(o.number) as m) from Owner o group by o.name"),
                any("select new list(count(*), max(o.number)) from Owner o"),
                any("select new list(count(*), max(o.number)), min(o.name) from Owner o"),
                any("select distinct new list(o.number, o.size) from Owner o"),
                ordered(
                        "select distinct new io.hibernateshards.internal.scatter.OracleModel$Dto(o.name, o.number) from Owner o"
                                + " order by o.name, o.number",
                        page(10, 20)),
                any("select o.name, coalesce(sum(o.number), 0), coalesce(sum(o.amount), 0), coalesce(avg(o.number), 0),"
                        + " coalesce(avg(o.amount), 0.5), coalesce(max(o.number), -1), coalesce(sum(o.amount), 0.50)"
                        + " from Owner o group by o.name"),
                any(
                        "select coalesce(sum(n.number), 0), coalesce(sum(n.amount), 0), coalesce(avg(n.amount), 1) from Nothing n"),
                ordered("select o.name, coalesce(sum(o.amount), 0) from Owner o group by o.name"
                        + " order by coalesce(sum(o.amount), 0) desc, o.name"),
                ordered("select o.name, coalesce(avg(o.amount), 2) from Owner o group by o.name"
                        + " order by coalesce(avg(o.amount), 2) desc, o.name"),
                any("select o.number + 1, count(*) from Owner o group by o.number"),
                any("select o.number + 1, count(*) from Owner o group by o.number + 1"),
                any("select count(*) from Owner o group by o.number, o.size"),
                any("select o.number from Owner o group by o.number"),
                any("select upper(o.name), length(o.name), count(*) from Owner o group by o.name"),
                any("select o.region, count(*) from Owner o group by o.region"),
                any("select r, count(*) from Owner o join o.region r group by r"),
                any("select r.name, r.ranking, count(*) from Owner o left join o.region r group by r"),
                any("select r.code, r.name, count(*) from Owner o join o.region r group by r.code"),
                any("select o.region.code, max(o.number) from Owner o group by o.region.code"),
                ordered("select r.name, count(*) from Owner o join o.region r group by r order by r"),
                any("select year(o.day), month(o.day), count(*) from Owner o group by year(o.day), month(o.day)"),
                any("select type(d), count(*), sum(d.price) from Deal d group by type(d)"),
                any("select d.price, count(*) from Deal d where d.owner.id in (2, 4, -7, -9) group by d.price"),
                any("select o.number, count(*) from Owner o where o.id = 4 group by o.number"),
                ordered("select o.number, count(*) from Owner o group by o.number order by o.number limit 2 offset 1"),
                ordered(
                        "select o.number, count(*) from Owner o group by o.number order by count(*) desc, o.number limit 3"),
                ordered("select o.number, count(*) from Owner o group by o.number order by avg(o.amount), o.number"),
                ordered("select o.number, count(*) from Owner o group by o.number"
                        + " order by stddev(o.big) desc nulls last, o.number"),
                ordered("select o.number from Owner o group by o.number, o.size order by o.number, o.size", page(2, 8)),
                ordered("select o.size, o.number from Owner o group by o.size, o.number order by o.number + 1, o.size"),
                any(
                        "select d.owner.size, d.region.name, count(*), sum(d.price) from Deal d group by d.owner.size, d.region.name"));
    }
}
