package io.hibernateshards.oracle;

import io.hibernateshards.oracle.Question.Comparison;
import io.hibernateshards.oracle.RichModel.Colour;
import io.hibernateshards.oracle.RichModel.Fact;
import io.hibernateshards.oracle.Schema.Column;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Every type sorted, grouped, compared; every association joined and fetched; every kind of inheritance narrowed. */
final class RichAsks {
    private RichAsks() {}

    /** Question marks are the parameters. */
    private static Question ordered(String hql, Object... parameters) {
        return question(hql, Comparison.LIST, 0, -1, parameters);
    }

    private static Question page(int first, int most, String hql, Object... parameters) {
        return question(hql, Comparison.LIST, first, most, parameters);
    }

    private static Question any(String hql, Object... parameters) {
        return question(hql, Comparison.BAG, 0, -1, parameters);
    }

    private static Question question(String hql, Comparison comparison, int first, int most, Object... parameters) {
        String[] texts = hql.split("\\?", -1);
        if (texts.length != parameters.length + 1) {
            throw new IllegalArgumentException(parameters.length + " parameters for " + hql);
        }
        List<Object> parts = new ArrayList<>(List.of(texts[0]));
        for (int i = 0; i < parameters.length; i++) {
            parts.add(Node.parameter("", parameters[i]));
            parts.add(texts[i + 1]);
        }
        return new Question(Node.of("", parts.toArray()), comparison, first, most, false);
    }

    /** Of each attribute of all types. */
    static List<Question> types(Schema schema) {
        List<Question> asks = new ArrayList<>();
        for (Column column : schema.table("Sample").columns()) {
            String path = "s." + column.path();
            asks.add(ordered("select s from Sample s order by " + path + ", s.id"));
            asks.add(page(
                    5, 20, "select s.id, " + path + " from Sample s order by " + path + " desc nulls last, s.id desc"));
            asks.add(any("select s.id from Sample s where " + path + " is null"));
            for (Object value : column.values().subList(0, 2)) {
                asks.add(any("select s.id, " + path + " from Sample s where " + path + " = ?", value));
            }
            asks.add(any(
                    "select s.id from Sample s where " + path + " in (?, ?)",
                    column.values().get(0),
                    column.values().get(1)));
            asks.add(any(
                    "select s.id from Sample s where " + path + " is distinct from ?",
                    column.values().get(1)));
            asks.add(any("select count(" + path + ") from Sample s"));
            if (!column.loose()) { // which of the equal values comes is not told
                asks.add(any("select distinct " + path + " from Sample s"));
                asks.add(ordered("select " + path + ", count(*) from Sample s group by " + path + " order by " + path));
                asks.add(any("select count(distinct " + path + ") from Sample s"));
            }
            asks.add(any("select a.id, b.id from Sample a join Sample b on a." + column.path() + " = b." + column.path()
                    + " where a.id < b.id"));
            if (isSorted(column)) {
                asks.add(any(
                        "select s.id from Sample s where " + path + " > ?",
                        column.values().get(0)));
                if (!column.loose()
                        && !List.of("bytes", "address", "nanos", "gap", "facts", "fact")
                                .contains(column.path())) {
                    asks.add(any("select min(" + path + "), max(" + path + ") from Sample s"));
                }
            }
        }
        return asks;
    }

    /** Hibernate takes the others for equality only. */
    private static boolean isSorted(Column column) {
        return !List.of("flag", "numbers", "texts", "named", "token").contains(column.path());
    }

    static List<Question> associations() {
        return List.of(
                any("select p, p.customer.name from Purchase p"),
                any("select p.id, c.country.name from Purchase p join p.customer c"),
                any("select l.id.number, l.purchase.customer.profile.motto from Line l"),
                any("select l from Line l where l.purchase.customer.home.state.code = 'DE'"),
                any("select c, p from Customer c join c.profile p"),
                any("select c.id, p.motto from Customer c left join c.profile p"),
                any("select p, c from Profile p join p.customer c where c.points > 0"),
                any("select c from Customer c where c.profile is null"),
                any("select c from Customer c left join fetch c.profile"),
                ordered("select c from Customer c left join fetch c.profile p order by p.motto nulls first, c.id"),
                any("select p, l from Purchase p join p.labels l"),
                any("select l.id, p.id from Label l left join l.purchases p"),
                any("select p from Purchase p left join fetch p.labels"),
                ordered("select p from Purchase p left join fetch p.labels order by p.total, p.id"),
                any("select l from Label l left join fetch l.purchases where l.weight > 0"),
                any("select p.id, size(p.labels) from Purchase p"),
                any("select p from Purchase p where p.labels is empty"),
                any("select l from Label l where l.purchases is not empty"),
                any("select p from Purchase p where exists (select 1 from p.labels l where l.text like 'a%')"),
                any("select p.id, l.text from Purchase p join p.labels l where l.customer = p.customer"),
                any(
                        "select l.id, p.id from Label l join Purchase p on p.customer = l.customer where l member of p.labels"),
                any("select c.id, p.id, l.id from Customer c join c.purchases p join p.labels l"),
                ordered("select c.id, p.id, l.id from Customer c left join c.purchases p left join p.labels l"
                        + " order by c.name, p.total desc, l.weight, c.id, p.id, l.id"),
                any("select c from Customer c left join fetch c.purchases"),
                any("select c from Customer c left join fetch c.labels"),
                ordered("select c from Customer c left join fetch c.purchases p left join fetch p.lines order by c.id"),
                any("select p from Purchase p left join fetch p.lines"),
                any("select p.id, l from Purchase p join p.lines l"),
                any("select p.id, key(l), l.quantity from Purchase p join p.lines l"),
                any("select p from Purchase p join fetch p.customer c left join fetch c.country"),
                ordered(
                        "select l from Line l join fetch l.purchase p join fetch p.customer order by p.placed, l.id.number, p.id"),
                any("select c.id, t from Customer c join c.tags t"),
                any("select c.id, t from Customer c left join c.tags t where t is null or t > 'a'"),
                ordered("select t, c.id from Customer c join c.tags t order by t desc, c.id"),
                any("select c from Customer c left join fetch c.tags"),
                any("select t, count(*) from Customer c join c.tags t group by t"),
                any("select distinct t from Customer c join c.tags t"),
                any("select c from Customer c where 'a' member of c.tags"),
                any("select c from Customer c where ? not member of c.tags", "b"),
                any("select c.id, index(p), p.digits, p.kind from Customer c join c.phones p"),
                any("select c.id, p from Customer c join c.phones p"),
                any("select c.id, p.digits from Customer c left join c.phones p on p.kind = ?", Colour.BLACK),
                ordered(
                        "select p.digits, c.id, index(p) from Customer c join c.phones p order by p.kind, p.digits, c.id, index(p)"),
                any("select c from Customer c left join fetch c.phones"),
                any("select c.id from Customer c where c.phones[0].digits > '02'"),
                any("select p.digits, count(*) from Customer c join c.phones p group by p.digits"),
                any("select distinct p.kind from Customer c join c.phones p"),
                any("select c from Customer c where exists (select 1 from c.phones p where p.kind = ?)", Colour.WHITE),
                any("select c.id, max(index(p)) from Customer c join c.phones p group by c.id"),
                any("select c.id, key(s), value(s) from Customer c join c.scores s"),
                any("select c.id, entry(s) from Customer c join c.scores s"),
                any("select c from Customer c left join fetch c.scores"),
                any("select c.id, c.scores['a'] from Customer c"),
                ordered("select key(s), s, c.id from Customer c join c.scores s order by key(s), s desc, c.id"),
                any("select key(s), sum(value(s)) from Customer c join c.scores s group by key(s)"),
                any("select sum(value(s)), count(distinct key(s)) from Customer c join c.scores s"),
                any("select c from Customer c where c.scores is empty"),
                any("select c from Customer c where 'a' in indices(c.scores)"),
                any("select c from Customer c where 3 in elements(c.scores)"),
                any("select c.id, size(c.tags), size(c.phones), size(c.scores), size(c.labels) from Customer c"),
                any("select c.home from Customer c where c.home is not null"),
                any("select c.home.city, count(*) from Customer c group by c.home.city"),
                any("select c.home.state, c.country from Customer c"),
                any("select c.id, s.name from Customer c left join c.home.state s"),
                ordered("select p, m, q from Purchase p left join p.payments m left join m.purchase q"
                        + " order by q.customer.home.zip desc, p.id, m.id, q.id"),
                ordered("select p.id, m.id from Purchase p left join p.payments m left join m.purchase q"
                        + " order by q.customer.name, p.id, m.id"),
                ordered("select p.id, q.customer.home.zip from Purchase p left join p.payments m left join m.purchase q"
                        + " order by q.customer.home.zip, p.id, m.id"),
                ordered("select p from Purchase p left join p.payments m left join m.purchase q"
                        + " order by upper(q.customer.home.city), q.customer.home.city desc, p.id"),
                any("select r, count(c) from Customer c join c.country r group by r"),
                any("select r.name, sum(p.total) from Purchase p join p.country r group by r.name"),
                any("select distinct r from Purchase p join p.country r"),
                any("select r from Country r where exists (select 1 from Purchase p where p.country = r)"),
                any("select r.code, p.id from Country r left join Purchase p on p.country = r"),
                any("select a.id, b.id from Customer a join Customer b on a.country = b.country where a.id < b.id"),
                any("select c.id, s.id from Customer c join Sample s on s.name = c.name"),
                any(
                        "select c.id, s.id from Customer c left join Sample s on s.country = c.country and s.number = c.points"),
                any("select c.id, e.number from Customer c, Entry e where e.text = c.name"),
                any("select c.id from Customer c where c.points = (select max(d.points) from Customer d)"),
                any(
                        "select p.id from Purchase p where p.total > (select avg(q.total) from Purchase q where q.customer = p.customer)"),
                any("select c from Customer c where c.id in (select p.customer.id from Purchase p where p.total > 0)"),
                any("select c from Customer c where c.name in (select s.name from Sample s)"),
                any("select l from Line l order by l.id"),
                any("select l from Line l where l.id.number = 2 and l.purchase.id = ?", 11L),
                any("select l from Line l where l.purchase.id in (?, ?)", 11L, 21L),
                any("select l.id, sum(l.quantity) from Line l group by l.id"),
                any("select count(distinct l.id) from Line l"),
                any("select count(l) from Line l join l.purchase p where p.version = 0"),
                any("select e from Entry e where e.tenant = 'tenant2'"),
                any("select e from Entry e where e.tenant = ? and e.number = ?", "tenant3", 3),
                any("select e.tenant, count(*), sum(e.amount) from Entry e group by e.tenant"),
                ordered("select e from Entry e order by e.amount desc, e.tenant, e.number"),
                any("select id(e) from Entry e"),
                any("select e from Entry e where (e.tenant, e.number) in (('tenant1', 1), ('tenant2', 2))"),
                any("select p.version, count(*) from Purchase p group by p.version"),
                any("select version(p), p.id from Purchase p"));
    }

    static List<Question> inheritance() {
        List<Question> asks = new ArrayList<>(List.of(
                any("select p from Payment p"),
                any("select p from Payment p where type(p) = Card"),
                any("select p from Payment p where type(p) in (Card, Transfer)"),
                any("select p from Payment p where type(p) <> Transfer"),
                any("select p.id, type(p) from Payment p"),
                any("select c from Card c where c.digits > 1"),
                any("select treat(p as Card).holder, p.id from Payment p"),
                any("select p.id from Payment p where treat(p as Card).digits = 3"),
                any("select t.iban from Purchase p join treat(p.payments as Transfer) t"),
                any("select p.id, c.holder from Purchase p left join treat(p.payments as Card) c"),
                any("select type(p), count(*), sum(p.amount) from Payment p group by type(p)"),
                ordered("select p from Payment p order by type(p), p.amount, p.id"),
                any("select p from Purchase p left join fetch p.payments"),
                any("select c.holder, count(*) from Card c group by c.holder"),
                any("select max(treat(p as Card).digits), count(treat(p as Transfer).iban) from Payment p"),
                any("select p from Payment p where p.purchase.customer.id = ?", 6L),
                any("select v from Vehicle v"),
                any("select v.id, type(v) from Vehicle v where v.wheels > 0"),
                any("select v from Vehicle v where type(v) = Truck"),
                any("select c.doors, c.plate from Car c"),
                any("select treat(v as Truck).load, v.id from Vehicle v"),
                any("select v from Vehicle v where treat(v as Car).doors > 1 or treat(v as Truck).load > 0"),
                any("select type(v), count(*) from Vehicle v group by type(v)"),
                ordered("select v from Vehicle v order by v.plate, v.id"),
                page(2, 5, "select v from Vehicle v order by v.wheels desc, v.id"),
                any("select sum(t.load), avg(t.load), max(t.plate) from Truck t"),
                any("select distinct v.wheels from Vehicle v"),
                any("select s from Shape s"),
                any("select s from Shape s where type(s) = Shape"),
                any("select c.radius, c.label from Circle c"),
                any("select treat(s as Square).side, s.id from Shape s"),
                any("select type(s), count(*) from Shape s group by type(s)"),
                ordered("select s from Shape s order by s.label, s.id"),
                page(3, 6, "select s from Shape s order by s.ordinal, s.id"),
                any("select s.ordinal, count(*), max(s.label) from Shape s group by s.ordinal"),
                any("select s from Shape s where s.id in (?, ?, ?)", 4L, 9L, 14L),
                any("select count(*), count(treat(s as Circle).radius) from Shape s"),
                any("select s.id, v.id from Shape s join Vehicle v on v.plate = s.label")));
        for (String type :
                List.of("Payment", "Card", "Transfer", "Vehicle", "Car", "Truck", "Shape", "Circle", "Square")) {
            asks.add(any("select count(*) from " + type));
            asks.add(ordered("select e from " + type + " e order by e.id desc"));
            asks.add(page(1, 3, "select e.id from " + type + " e order by e.id"));
            asks.add(any("select e.id from " + type + " e where type(e) = " + type));
        }
        return asks;
    }

    /** Documents, whole: what is in them can be asked for by functions that Hibernate has as a preview only. */
    static List<Question> documents() {
        Map<String, String> facts = Values.FACTS.get(2);
        Fact fact = Values.FACT.get(1);
        return List.of(
                any("select s.facts, s.fact from Sample s"),
                any("select s from Sample s where s.facts = ?", facts),
                any("select s.id from Sample s where s.fact = ? or s.facts = ?", fact, facts),
                any("select s.id, s.fact from Sample s where s.fact in (?, ?)", fact, Values.FACT.get(2)),
                any("select s.id from Sample s where s.facts is null or s.fact is not null"),
                any("select s.fact, count(*) from Sample s group by s.fact"),
                any("select s.facts, s.flag, sum(s.number) from Sample s group by s.facts, s.flag"),
                any("select distinct s.facts, s.fact from Sample s"),
                any("select count(distinct s.fact), count(distinct s.facts) from Sample s"),
                any("select s.fact, max(s.number) from Sample s group by s.fact having count(*) > 1"),
                any("select a.id, b.facts from Sample a join Sample b on a.facts = b.facts where a.id < b.id"),
                any("select s.id from Sample s where s.fact = (select t.fact from Sample t where t.id = ?)", 5L),
                any("select c.id, s.fact from Customer c join Sample s on s.name = c.name"),
                any("select s.id, first_value(s.fact) over (partition by s.id order by s.number) from Sample s"),
                any("select s.fact from Sample s union select t.fact from Sample t where t.number > 1"),
                any("select s.id, coalesce(s.fact, ?) from Sample s", fact),
                any("select s.id, case when s.flag then s.facts else null end from Sample s"),
                any("select s.id, cast(s.facts as String) from Sample s"),
                any("select x.f, x.n from (select s.fact as f, count(*) as n from Sample s group by s.fact) x"),
                any("select s.id, function('jsonb_extract_path_text', s.fact, 'title') from Sample s"),
                any("select function('jsonb_extract_path_text', s.fact, 'title'), count(*) from Sample s"
                        + " group by function('jsonb_extract_path_text', s.fact, 'title')"),
                any("select s.id from Sample s where function('jsonb_extract_path_text', s.facts, 'a') = 'ä'"),
                ordered("select s.id, s.fact from Sample s order by s.fact, s.id"),
                ordered("select s from Sample s order by s.facts desc nulls last, s.id"),
                page(4, 9, "select s.facts, s.id from Sample s order by s.facts, s.fact desc, s.id"),
                ordered("select s.fact, count(*) from Sample s group by s.fact order by s.fact desc nulls first"),
                ordered("select distinct s.facts from Sample s order by s.facts"));
    }

    static List<Question> calculations() {
        BigDecimal price = new BigDecimal("9.99");
        LocalDate day = LocalDate.of(2024, 2, 29);
        return List.of(
                any("select sum(s.tiny), sum(s.small), sum(s.number), sum(s.count) from Sample s"),
                any("select avg(s.tiny), avg(s.small), avg(s.number), avg(s.count) from Sample s"),
                any("select sum(s.weight), sum(s.ratio), avg(s.weight), avg(s.ratio) from Sample s"),
                any("select sum(s.price), sum(s.fine), sum(s.loose), sum(s.huge) from Sample s"),
                any("select avg(s.price), avg(s.fine), avg(s.loose), avg(s.huge) from Sample s"),
                any("select s.flag, avg(s.price), sum(s.fine), avg(s.number) from Sample s group by s.flag"),
                any("select sum(distinct s.price), avg(distinct s.number), count(distinct s.colour) from Sample s"),
                any("select stddev_samp(s.number), var_pop(s.price), variance(s.fine) from Sample s"),
                any("select s.colour, stddev_pop(s.number) from Sample s group by s.colour"),
                any("select every(s.number > 0), any(s.number > 0) from Sample s"),
                any("select every(s.flag), any(s.flag) from Sample s where s.flag is null"),
                any("select listagg(s.name, ',') within group (order by s.name, s.id) from Sample s"),
                any(
                        "select s.colour, listagg(s.code, '-') within group (order by s.code desc) from Sample s group by s.colour"),
                any("select array_agg(s.number) within group (order by s.number, s.id) from Sample s"),
                any("select count(*) filter (where s.flag), sum(s.price) filter (where s.number > 0) from Sample s"),
                any("select max(s.price) - min(s.price), sum(s.number) / count(s.number) from Sample s"),
                any("select s.place.city, max(s.number) + 1 from Sample s group by s.place.city having count(*) > 1"),
                any("select year(s.day), month(s.day), count(*) from Sample s group by year(s.day), month(s.day)"),
                any("select lower(s.name), count(*) from Sample s group by lower(s.name)"),
                any("select s.id, s.price * 2, s.fine / 3, s.number / 2, s.ratio / 3 from Sample s"),
                any("select s.id, s.day + 1 month, s.moment + 3 hour, s.instant from Sample s"),
                any("select s.id, extract(epoch from s.instant), extract(day of week from s.day) from Sample s"),
                any("select s.id, s.gap, s.nanos from Sample s where s.gap > ?", Values.DURATIONS.get(0)),
                any("select max(s.year), min(s.currency), min(s.zoned) from Sample s"),
                any("select s.id, array_length(s.numbers), array_length(s.texts) from Sample s"),
                any("select s.id from Sample s where array_contains(s.numbers, 1)"),
                any("select s.id from Sample s where s.price = ? and s.day = ?", price, day),
                any("select s.id from Sample s where s.price between ? and ?", price, new BigDecimal("100")),
                any("select rank() over (order by s.price), s.id from Sample s"),
                any("select sum(s.number) over (partition by s.colour), s.id from Sample s"),
                any("select row_number() over (partition by p.customer order by p.id), p.id from Purchase p"),
                any("select s.name from Sample s union select c.name from Customer c"),
                any("select s.number from Sample s union all select c.points from Customer c"),
                any("select s.number from Sample s intersect select c.points from Customer c"),
                any("select s.name from Sample s except select c.name from Customer c"),
                any(
                        "with big as (select s.id as id, s.number as n from Sample s where s.number > 1) select b.n, b.id from big b"),
                any(
                        "select x.n, x.c from (select s.number as n, count(*) as c from Sample s group by s.number) x where x.c > 1"),
                any("select percentile_cont(0.5) within group (order by s.ratio) from Sample s"),
                any("select mode() within group (order by s.id) from Sample s where s.id < 2"),
                any("select s.id, cast(s.number as String), cast(s.code as String), str(s.day) from Sample s"),
                any("select s.id, coalesce(s.name, s.body, s.code, '?'), nullif(s.number, 3) from Sample s"
                        .replace("'?'", "'-'")),
                any("select s.id from Sample s where s.name ilike 'a%' or s.body like '%\uD83D\uDE00%'"),
                any("select s.id from Sample s where s.letter = 'a' or s.code = 'ab'"),
                ordered("select s.id from Sample s order by lower(s.name), upper(s.body) desc, s.id"),
                ordered("select s.id, s.price from Sample s order by s.price fetch first 3 rows with ties"
                        .replace("s.id, ", "")),
                any("select count(*) from Sample s where s.colour = ? or s.named = ?", Colour.AMBER, Colour.WHITE));
    }
}
