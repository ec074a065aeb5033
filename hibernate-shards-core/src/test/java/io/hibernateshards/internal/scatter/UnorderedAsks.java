package io.hibernateshards.internal.scatter;

import static io.hibernateshards.internal.scatter.Ask.any;
import static io.hibernateshards.internal.scatter.Ask.list;
import static io.hibernateshards.internal.scatter.Ask.ordered;
import static io.hibernateshards.internal.scatter.Ask.page;
import static io.hibernateshards.internal.scatter.Ask.with;

import io.hibernateshards.internal.scatter.OracleModel.Colour;
import io.hibernateshards.internal.scatter.OracleModel.Grade;
import io.hibernateshards.internal.scatter.OracleModel.Size;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** Which rows are found: aggregates, joins, subqueries, predicates, and keys. */
final class UnorderedAsks {
    private UnorderedAsks() {}

    static List<Ask> all() {
        List<Ask> asks = new ArrayList<>(aggregates());
        asks.addAll(joins());
        asks.addAll(predicates());
        asks.addAll(keys());
        return asks;
    }

    private static List<Ask> aggregates() {
        List<Ask> asks = new ArrayList<>();
        for (String number :
                List.of("number", "small", "big", "huge", "amount", "anyScale", "ratio", "weight", "finite")) {
            if (!number.equals("big")) {
                asks.add(any("select sum(o." + number + ") from Owner o"));
            }
            if (!number.equals("ratio")) { // overflows within PostgreSQL's own variance
                asks.add(any("select avg(o." + number + ") from Owner o"));
            }
            asks.add(any("select min(o." + number + "), max(o." + number + "), count(o." + number + ") from Owner o"));
            asks.add(any("select sum(o." + number + "), avg(o." + number + "), min(o." + number
                    + ") from Owner o where o." + number + " is null"));
        }
        for (String attribute : List.of(
                "instant", "day", "time", "moment", "offset", "size", "colour", "grade", "points", "letter", "code")) {
            asks.add(any("select min(o." + attribute + "), max(o." + attribute + ") from Owner o"));
        }
        asks.addAll(List.of(
                any("select count(*) from Owner"),
                any("select count(o) from Owner o", Long.class),
                any("select count(o.id), count(*), sum(o.number), avg(o.number) from Owner o where o.number > 0"),
                any(
                        "select count(*), sum(n.number), avg(n.number), min(n.name), max(n.ratio), sum(n.amount) from Nothing n"),
                any("select avg(n.amount), sum(n.ratio) from Nothing n"),
                any("select sum(o.number * 2), avg(o.amount + 1), max(length(o.name)) from Owner o"),
                any("select sum(case when o.active then 1 else 0 end) from Owner o"),
                any("select sum(o.number) filter (where o.active), count(*) filter (where o.number > 3) from Owner o"),
                any("select avg(o.number) filter (where o.active) from Owner o"),
                any("select min(distinct o.number), max(distinct o.amount) from Owner o"),
                any("select count(*) as c, max(o.id) as m from Owner o", jakarta.persistence.Tuple.class),
                any("select new list(count(*), max(o.id)) from Owner o where o.id = 2"),
                any("select count(*) from Owner o join o.deals d join d.lines l where l.quantity > 1"),
                any("select count(*) from Deal d where d.owner.active = true"),
                any("select sum(l.quantity), avg(l.quantity), max(l.deal.price) from Line l"),
                any("select sum(l.quantity * l.deal.price) from Line l"),
                any("select count(*) from Owner", page(0, 1)),
                any("select count(*) from Owner", page(1, 5)),
                any("select max(o.number) from Owner o where o.id in (2, 4, -5)"),
                any("select sum(o.big) from Owner o where o.big < 10"),
                any("select count(t) from Owner o join o.tags t")));
        return asks;
    }

    private static List<Ask> joins() {
        return List.of(
                any("select o, d from Owner o join o.deals d"),
                any("select o.id, d.id from Owner o left join o.deals d on d.price > 0"),
                any("select d.id, l.id from Deal d left join d.lines l with l.quantity > 2"),
                any("select o.id, d.id, l.id from Owner o join o.deals d join d.lines l where l.text is not null"),
                any("select o.id, d.id from Owner o join Deal d on d.owner = o"),
                any("select o.id, d.id from Owner o left join Deal d on d.owner.id = o.id and d.price > 0"),
                any("select o.id, d.id from Owner o, Deal d where d.owner = o"),
                any("select d.id, e.id from Deal d, Deal e where d.owner = e.owner and d.id < e.id"),
                any("select o.id, r.name from Owner o join o.region r where r.ranking > 0"),
                any("select o.id, r.name from Owner o join Region r on r.code = o.region.code"),
                any("select o.id, r.name from Owner o cross join Region r where r.ranking = o.number"),
                any("select d.id, d.owner.name, d.region.name, d.owner.region.name from Deal d"),
                any("select o.id, t from Owner o join o.tags t"),
                any("select o.id, t from Owner o left join o.tags t where t is null or t like 'a%'"),
                any("select d from Deal d join fetch d.owner"),
                ordered(
                        "select d from Deal d join fetch d.owner o left join fetch o.region order by o.number, d.id",
                        page(60, 9)),
                ordered("select d from Deal d left join fetch d.region r order by r.name, d.id", page(3, 40)),
                any("select o from Owner o left join fetch o.deals"),
                ordered("select o from Owner o left join fetch o.deals d order by o.number, o.id"),
                ordered("select o from Owner o left join fetch o.deals order by o.number, o.id", page(4, 10)),
                ordered("select o from Owner o left join fetch o.deals order by o.number desc, o.id", page(70, 10)),
                ordered("select o from Owner o join fetch o.tags t order by o.name, o.id", page(1, 5)),
                ordered("select o from Owner o join fetch o.tags order by o.name, o.id limit 4"),
                ordered("select o from Owner o left join fetch o.deals d order by d.price desc nulls last, o.id"),
                any("select treat(d as Sale).discount, d.id from Deal d"),
                any("from Sale s where s.discount > 0"),
                any("from Deal d where type(d) = Rental"),
                any("select s.id from Owner o join treat(o.deals as Sale) s where s.discount = 5"),
                any("from Asset a"),
                any("from House h where h.floors > 1"),
                any("select a.id, treat(a as Boat).length from Asset a"),
                any("select l.deal.owner.id, l.id from Line l where l.deal.owner.region.ranking = 0"));
    }

    private static List<Ask> predicates() {
        return List.of(
                any("from Owner o where exists (select 1 from Deal d where d.owner = o and d.price > 0)"),
                any("from Owner o where not exists (select 1 from o.deals d where d.price > 0)"),
                any("from Owner o where o.id in (select d.owner.id from Deal d where d.price > 0)"),
                any("from Owner o where o in (select d.owner from Deal d)"),
                any("from Owner o where o.id not in (select d.owner.id from Deal d)"),
                any("from Deal d where d.price = (select max(e.price) from Deal e where e.owner = d.owner)"),
                any(
                        "from Deal d where d.price >= all (select e.price from Deal e where e.owner = d.owner and e.price is not null)"),
                any("from Deal d where d.price > any (select e.price from Deal e where e.owner = d.owner)"),
                any("from Owner o where 'a' member of o.tags"),
                any("from Owner o where :tag not member of o.tags", with("tag", "b")),
                any("from Owner o where o.deals is empty"),
                any("from Owner o where o.tags is not empty and size(o.deals) > 1"),
                any("from Owner o where size(o.deals) = :n", with("n", 2)),
                any("from Owner o where exists elements(o.tags)"),
                any("from Owner o where o.number in (0, 3, null)"),
                any("from Owner o where o.number in :numbers", list("numbers", -5, 3)),
                any("from Owner o where o.number in :numbers", list("numbers")),
                any("from Owner o where o.number not in :numbers", list("numbers", 3)),
                any("from Owner o where o.name in ('a', 'Ä', '')"),
                any("from Owner o where (o.number > 3 or o.name like '%b%') and not (o.active = true)"),
                any("from Owner o where not (o.number between 0 and 50 or o.number is null)"),
                any("from Owner o where o.name like :p escape '\\'", with("p", "\\_%")),
                any("from Owner o where o.name ilike 'a%'"),
                any("from Owner o where lower(o.name) = 'ä'"),
                any("from Owner o where o.colour = :c and o.size > :s", with("c", Colour.BLACK), with("s", Size.SMALL)),
                any("from Owner o where o.grade in :g", list("g", Grade.FIRST, Grade.THIRD)),
                any("from Owner o where o.grade < :g", with("g", Grade.FIRST)),
                any("from Owner o where o.amount > :a", with("a", new BigDecimal("1.1"))),
                any("from Owner o where o.ratio > 1 or o.ratio = 0"),
                any("from Owner o where o.offset > :t", with("t", OffsetDateTime.parse("2023-12-31T12:00:00+02:00"))),
                any("from Owner o where o.place.city is null and o.place.zip is not null"),
                any("from Owner o where o.active is not true"),
                any("from Owner o where o.number is distinct from 3"),
                any("from Owner o where coalesce(o.number, 0) + length(o.name) > 4"),
                any("from Owner o where o.region.name = 'region N' or o.region is null"),
                any("from Owner o where 1 = 0"),
                any("select 'x' from Owner o where o.name is null"),
                any("from Region"),
                any("from Owner o where o.region.ranking = (select max(r.ranking) from Region r)"),
                any("from Owner o where o.region in (select r from Region r where r.ranking > 0)"),
                any("select o.region from Owner o"),
                any("select r from Owner o left join o.region r", OracleModel.Region.class),
                any("select r, o.id from Owner o left join o.region r"),
                any("select d.owner from Deal d"),
                any("select d.owner from Deal d", Object[].class),
                ordered("select r from Owner o join o.region r order by r.name, o.id", page(20, 60)),
                ordered("select r from Owner o left join o.region r order by o.number, o.id", page(2, 6)),
                ordered("select d.owner from Deal d order by d.price, d.id", page(10, 40)),
                ordered("select d.owner from Deal d order by d.price, d.id", Object[].class),
                any("select count(r) from Owner o join o.region r"),
                ordered("from Region r order by r.ranking, r.code desc", page(1, 2)),
                any("select count(*), max(r.name) from Region r"));
    }

    private static List<Ask> keys() {
        return List.of(
                any("from Owner o where o.id = 4"),
                any("from Owner o where 4 = o.id"),
                any("from Owner o where o.id = :id", with("id", -5L)),
                any("from Owner o where o.id in (2, 4, 6, -1)"),
                any("from Owner o where o.id in :ids", list("ids", 2L, -3L, 100L, 999L)),
                any("from Owner o where o.id in :ids", list("ids")),
                any("from Owner o where o.id = 2 or o.id = -7"),
                any("from Owner o where o.id = 2 or o.number = 3"),
                any("from Owner o where o.id = 2 and o.id = 4"),
                any("from Owner o where not (o.id = 2)"),
                any("from Owner o where not (o.id <> 2)"),
                any("from Owner o where o.id > 100"),
                any("from Owner o where o.id between -7 and 8"),
                any("from Owner o where o.id is null"),
                any("from Owner o where o.id = null"),
                any("from Owner o where o.id + 0 = 2"),
                any("select count(*) from Owner o where o.id = 4"),
                any("select count(*), sum(o.number) from Owner o where o.id in (2, 4) and o.id = 8"),
                any("from Deal d where d.owner.id = 4"),
                any("from Deal d where d.owner.id in (4, 6, 8, 10)"),
                any("from Deal d where d.owner in (select o from Owner o where o.id in (4, 6, 8))"),
                any("from Deal d where d.id = 3"),
                any("from Deal d where d.id in (3, 6, 9, 30)"),
                any("from Line l where l.deal.owner.id = 4"),
                any("from Line l where l.deal.id = 9"),
                any("select d from Owner o join o.deals d where o.id in (-9, 4)"),
                any("select d.id from Deal d join d.owner o where o.id = 6 or o.id = -3"),
                any("select o.id, d.id from Owner o left join o.deals d on o.id = 4"),
                any("select o.number, count(*) from Owner o where o.id = 4 group by o.number having count(*) > 0"),
                any("select distinct d.price from Deal d where d.owner.id = -9"),
                any("select count(distinct d.price) + 1 from Deal d where d.owner.id = -9"),
                any("from Asset a where a.tenant = 'tenant3'"),
                any("from Boat a where a.tenant in ('tenant3', 'tenant4', 'none')"),
                any("select a.tenant, count(*) from Asset a where a.tenant = 'tenant5' group by a.tenant"),
                any("from Deal d where d.owner = :owner", with("owner", owner(4L))));
    }

    private static OracleModel.Owner owner(long id) {
        OracleModel.Owner owner = new OracleModel.Owner();
        owner.id = id;
        return owner;
    }
}
