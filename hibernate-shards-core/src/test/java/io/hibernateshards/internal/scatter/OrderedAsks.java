package io.hibernateshards.internal.scatter;

import static io.hibernateshards.internal.scatter.Ask.ordered;
import static io.hibernateshards.internal.scatter.Ask.page;
import static io.hibernateshards.internal.scatter.Ask.with;

import jakarta.persistence.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Everything that rows can be sorted by, and pages of it. The id comes last everywhere, so there is one right order. */
final class OrderedAsks {
    static final List<String> ATTRIBUTES = List.of(
            "name",
            "code",
            "letter",
            "active",
            "number",
            "small",
            "big",
            "huge",
            "amount",
            "anyScale",
            "ratio",
            "weight",
            "finite",
            "colour",
            "size",
            "grade",
            "points",
            "token",
            "bytes",
            "instant",
            "day",
            "time",
            "moment",
            "offset",
            "place.city",
            "place.zip",
            "region.code");

    private OrderedAsks() {}

    static List<Ask> all() {
        List<Ask> asks = new ArrayList<>();
        for (String attribute : ATTRIBUTES) {
            asks.add(ordered("from Owner o order by o." + attribute + ", o.id"));
            asks.add(ordered("from Owner o order by o." + attribute + " desc, o.id desc", page(7, 40)));
            asks.add(ordered("select o.id, o." + attribute + " from Owner o order by o." + attribute
                    + " asc nulls first, o.id"));
            asks.add(ordered(
                    "select o." + attribute + ", o.id from Owner o order by 1 desc nulls last, 2", page(3, 90)));
            asks.add(ordered("from Owner o order by o." + attribute + " desc nulls last, o.id", page(60, 30)));
        }
        asks.addAll(texts());
        asks.addAll(expressions());
        asks.addAll(pages());
        asks.addAll(shapes());
        return asks;
    }

    /** Of text, whose order is the collation's. */
    static List<Ask> texts() {
        return List.of(
                ordered("from Owner o order by o.name, o.place.city desc, o.id"),
                ordered("from Owner o order by lower(o.name), o.id"),
                ordered("from Owner o order by upper(o.name) desc nulls last, o.code, o.id", page(20, 50)),
                ordered("select o.id, o.name || '-' || o.code from Owner o order by o.name || '-' || o.code, o.id"),
                ordered("from Owner o order by coalesce(o.name, o.code, 'b'), o.id"),
                ordered("from Owner o order by coalesce(o.name, :other), o.id", with("other", "ab")),
                ordered("from Owner o order by concat(o.colour, o.name), o.id"),
                ordered("from Owner o order by substring(o.name, 2), o.id"),
                ordered("from Owner o order by trim(o.code), o.id"),
                ordered("from Owner o order by cast(o.number as String), o.id"),
                ordered("from Owner o order by case when o.number > 3 then o.name else o.code end, o.id"),
                ordered("from Owner o order by collate(o.name as ucs_basic), o.id"),
                ordered("select min(o.name), max(o.name), min(o.place.city), max(o.code), min(o.letter) from Owner o"),
                ordered("select max(lower(o.name)), min(coalesce(o.name, 'Z')) from Owner o where o.number > 0"),
                ordered("from Deal d order by d.note desc, d.owner.name, d.id"),
                ordered("from Line l order by l.text, l.deal.note, l.deal.owner.name, l.id", page(55, 20)),
                ordered("from Asset a order by a.tenant desc, a.label, a.id"),
                ordered("from Owner o where o.name > 'a' order by o.name desc, o.id", page(0, 10)));
    }

    private static List<Ask> expressions() {
        return List.of(
                ordered("from Owner o order by length(o.name), o.id"),
                ordered("from Owner o order by o.number + o.small, o.id"),
                ordered("from Owner o order by o.number * 1.5 desc, o.id"),
                ordered("from Owner o order by o.number / 7, o.id"),
                ordered("from Owner o order by o.number / 7.0, o.id"),
                ordered("from Owner o order by -o.number, o.id"),
                ordered("from Owner o order by o.amount / 3, o.id"),
                ordered("from Owner o order by o.amount * o.finite, o.id"),
                ordered("from Owner o order by o.big % 7, o.id"),
                ordered("from Owner o order by abs(o.number), o.id"),
                ordered("from Owner o order by o.finite * o.number, o.id"),
                ordered("from Owner o order by sqrt(abs(o.number)), o.id"),
                ordered("from Owner o order by coalesce(o.number, 5), o.id"),
                ordered("from Owner o order by nullif(o.number, 3), o.id"),
                ordered("from Owner o order by case when o.number is null then 1 else 0 end, o.number, o.id"),
                ordered(
                        "from Owner o order by case o.colour when io.hibernateshards.internal.scatter.OracleModel$Colour.AMBER"
                                + " then 1.5 else 2 end desc, o.id"),
                ordered("from Owner o order by year(o.day), month(o.day) desc, o.id"),
                ordered("from Owner o order by extract(second from o.instant), o.id"),
                ordered("from Owner o order by round(o.finite, 0), o.id"),
                ordered("from Owner o order by cast(o.finite as Integer), o.id"),
                ordered("from Owner o order by cast(o.number as BigDecimal), o.id"),
                ordered("from Owner o order by o.day + 3 day, o.id"),
                ordered("from Owner o order by size(o.deals) desc, o.id"),
                ordered("from Owner o order by (select count(d) from Deal d where d.owner = o), o.id"),
                ordered(
                        "from Owner o order by (select max(d.price) from o.deals d) desc nulls last, o.id",
                        page(5, 70)),
                ordered("from Deal d order by type(d), d.id"),
                ordered("from Deal d order by d.owner.id, d.id desc"),
                ordered("from Deal d order by d.owner, d.id"),
                ordered("from Deal d order by d.owner.number, d.region.ranking, d.id"),
                ordered("from Owner o order by o desc"),
                ordered("select o.id, quote_literal(o.name) from Owner o order by o.id"),
                ordered("select o.id, t from Owner o join o.tags t order by t desc, o.id", page(5, 100)),
                ordered("select o.id, t from Owner o left join o.tags t order by o.number, t, o.id"),
                ordered("select d.id, o from Deal d join d.owner o order by o, d"),
                ordered("select (o.id, o.number) from Owner o order by o.number, o.id"),
                ordered("select o from Owner o left join o.region r order by r.ranking, r.name desc, o.id"),
                ordered(
                        "select d.id from Deal d join d.owner o left join o.region r order by r.name nulls first, o.number, d.id"));
    }

    private static List<Ask> pages() {
        List<Ask> asks = new ArrayList<>();
        for (int first : List.of(0, 1, 49, 50, 51, 100, 145, 150, 151, 10_000)) {
            asks.add(ordered("from Owner o order by o.number, o.id", page(first, 10)));
            asks.add(
                    ordered("select o from Owner o where o.active = true order by o.ratio desc, o.id", page(first, 3)));
            asks.add(ordered("select o.id from Owner o order by o.amount, o.id desc", page(first, 25)));
            asks.add(ordered("from Owner o order by o.number desc, o.id", query -> query.setFirstResult(first)));
        }
        asks.addAll(List.of(
                ordered("from Owner o order by o.id", page(0, 0)),
                ordered("from Owner o order by o.id", page(140, Integer.MAX_VALUE)),
                ordered("from Owner o order by o.id", page(Integer.MAX_VALUE, 2)),
                ordered("from Owner o order by o.id limit 10"),
                ordered("from Owner o order by o.id limit 10 offset 5"),
                ordered("from Owner o order by o.id offset 120"),
                ordered(
                        "from Owner o order by o.number, o.id limit :most offset :first",
                        with("most", 7),
                        with("first", 3)),
                ordered(
                        "from Owner o order by o.number, o.id limit :most offset :first",
                        with("most", 7),
                        with("first", 70)),
                ordered("from Owner o order by o.id offset 3 rows fetch next 4 rows only"),
                ordered("from Owner o order by o.id limit 0"),
                ordered("from Owner o order by o.id limit 10 offset 5", page(1, 3)),
                ordered("from Owner o order by o.id limit 10 offset 5", query -> query.setMaxResults(3)),
                ordered("from Owner o order by o.id limit 10 offset 5", query -> query.setFirstResult(2)),
                ordered("from Owner o order by o.id limit 10", query -> query.setMaxResults(50)),
                ordered("select o from Owner o join o.deals d order by d.price, d.id", page(60, 20)),
                ordered("select d from Deal d where d.price > 0 order by d.day, d.id", page(50, 30)),
                ordered("from Sale s order by s.discount desc, s.id", page(50, 30)),
                ordered("from Asset a order by a.label, a.id", page(10, 29))));
        return asks;
    }

    private static List<Ask> shapes() {
        return List.of(
                ordered("select o.id as i, o.name as n from Owner o order by n, i desc", Tuple.class),
                ordered("select o.id as i, o.name as n from Owner o order by n desc, i", Map.class, page(2, 5)),
                ordered("select o.id, coalesce(o.name, '') from Owner o order by o.number, o.id", List.class),
                ordered("select o.id, o.name from Owner o order by o.number, o.id", Object[].class),
                ordered("select o.id, o.name from Owner o order by o.number, o.id", OracleModel.Pair.class),
                ordered("select o.name, o.number from Owner o order by o.number, o.id", OracleModel.Dto.class),
                ordered(
                        "select o.name, o.number from Owner o order by o.number, o.id",
                        OracleModel.Dto.class,
                        page(3, 50)),
                ordered("select new io.hibernateshards.internal.scatter.OracleModel$Pair(o.id, o.name) from Owner o"
                        + " order by o.number, o.id"),
                ordered(
                        "select new io.hibernateshards.internal.scatter.OracleModel$Pair(o.id as i, o.name as n) from Owner o"
                                + " order by n, i",
                        page(1, 90)),
                ordered("select new list(o.id, o.name) from Owner o order by o.number, o.id"),
                ordered("select new map(o.id as i, o.name as n) from Owner o order by o.number, o.id"),
                ordered("select o.id as a, o.number as b, o.amount * 2 as c from Owner o order by c desc, b, a"),
                ordered("select o.id as a, o.number as b from Owner o order by 2 nulls first, 1"),
                ordered("select o.number as n, o.id as id from Owner o order by n, id"),
                ordered("select o, r from Owner o left join o.region r order by r.ranking, o.id"),
                ordered("select o, d.price from Owner o join o.deals d order by d.price desc, d.id"),
                ordered("select o.place, o.id from Owner o order by o.id"),
                ordered("select o.region from Owner o order by o.id"),
                ordered("select o.id, o.name, 'constant', 1, null, current_date from Owner o order by o.id"),
                ordered("select count(*) over () from Owner o where o.id = 2"),
                ordered("select distinct o from Owner o order by o.number, o.id"),
                ordered("select distinct o from Owner o join o.deals d order by o.name, o.id", page(3, 20)),
                ordered("select o.id, (select count(d) from Deal d where d.owner = o) from Owner o order by o.id"),
                ordered(
                        "select o.id, case when o.active then 'yes' when o.active is null then null else 'no' end from Owner o"
                                + " order by o.id"),
                ordered("select o.id, o.points, o.grade, o.bytes from Owner o order by o.grade, o.points, o.id"),
                ordered("select o.points as p, o.id from Owner o order by p, 2"));
    }
}
