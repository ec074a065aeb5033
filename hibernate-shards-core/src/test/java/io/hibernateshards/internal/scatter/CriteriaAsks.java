package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.scatter.OracleModel.Colour;
import io.hibernateshards.internal.scatter.OracleModel.Deal;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Pair;
import jakarta.persistence.Tuple;
import jakarta.persistence.criteria.CriteriaQuery;
import jakarta.persistence.criteria.JoinType;
import jakarta.persistence.criteria.Nulls;
import jakarta.persistence.criteria.Root;
import jakarta.persistence.criteria.Subquery;
import java.util.List;
import org.hibernate.query.Order;
import org.hibernate.query.SortDirection;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.hibernate.query.criteria.JpaExpression;
import org.hibernate.query.range.Range;
import org.hibernate.query.restriction.Restriction;
import org.hibernate.query.specification.SelectionSpecification;

/** Queries made of objects: JPA's criteria, and Hibernate's specifications. */
@SuppressWarnings("deprecation") // multiselect, which most code has
final class CriteriaAsks {
    /** What is put into an empty query over owners. */
    private interface Fill<R> {
        void in(CriteriaQuery<R> query, Root<Owner> owner, HibernateCriteriaBuilder builder);
    }

    private CriteriaAsks() {}

    private static <R> Ask of(String name, Class<R> type, Fill<R> fill) {
        return of(name, type, 0, Integer.MAX_VALUE, fill);
    }

    private static <R> Ask of(String name, Class<R> type, int first, int rows, Fill<R> fill) {
        return Ask.that("criteria " + name, session -> {
            HibernateCriteriaBuilder builder = session.getCriteriaBuilder();
            CriteriaQuery<R> query = builder.createQuery(type);
            fill.in(query, query.from(Owner.class), builder);
            var asked = session.createQuery(query);
            if (first > 0 || rows < Integer.MAX_VALUE) {
                asked.setFirstResult(first).setMaxResults(rows);
            }
            return asked.getResultList();
        });
    }

    static List<Ask> all() {
        return List.of(
                of("without select", Owner.class, (query, o, cb) -> query.orderBy(cb.asc(o.get("id")))),
                of("entities by text", Owner.class, 3, 40, (query, o, cb) -> query.select(o)
                        .orderBy(cb.desc(o.get("name")), cb.asc(o.get("id")))),
                of("deep", Owner.class, 70, 40, (query, o, cb) -> query.select(o)
                        .orderBy(cb.asc(o.get("number")), cb.asc(o.get("id")))),
                of(
                        "nulls",
                        Owner.class,
                        (query, o, cb) -> query.orderBy(
                                cb.asc(o.get("amount"), Nulls.FIRST),
                                cb.desc(o.get("ratio"), Nulls.LAST),
                                cb.asc(o.get("id")))),
                of(
                        "ignoring case",
                        Owner.class,
                        (query, o, cb) -> query.orderBy(
                                cb.sort((JpaExpression<?>) o.get("name"), SortDirection.DESCENDING, Nulls.LAST, true),
                                cb.asc(o.get("id")))),
                of("expression", Long.class, (query, o, cb) -> query.select(o.get("id"))
                        .orderBy(cb.asc(cb.coalesce(o.get("number"), 7)), cb.asc(o.get("id")))),
                of("values before and in an expression", Long.class, 0, 30, (query, o, cb) -> query.select(o.get("id"))
                        .where(cb.gt(o.get("id"), -100), cb.lt(o.get("id"), 90))
                        .orderBy(cb.asc(cb.coalesce(o.get("number"), 2)), cb.asc(o.get("id")))),
                of("expression selected", Object[].class, (query, o, cb) -> {
                    var sum = cb.sum(o.<Integer>get("number"), 5);
                    query.multiselect(sum, o.get("id")).orderBy(cb.desc(sum), cb.asc(o.get("id")));
                }),
                of("converted", Long.class, (query, o, cb) -> query.select(o.get("id"))
                        .orderBy(cb.asc(o.get("grade")), cb.asc(o.get("points")), cb.asc(o.get("id")))),
                of("multiselect", Object[].class, 2, 7, (query, o, cb) -> query.multiselect(
                                o.get("id"), o.get("name"), o)
                        .orderBy(cb.asc(o.get("id")))),
                of("tuple", Tuple.class, (query, o, cb) -> query.multiselect(
                                o.get("id").alias("i"), o.get("colour").alias("c"))
                        .orderBy(cb.asc(o.get("colour")), cb.asc(o.get("id")))),
                of("cb.tuple", Tuple.class, 1, 20, (query, o, cb) -> query.select(
                                cb.tuple(o.get("id").alias("i"), o.get("size").alias("s")))
                        .orderBy(cb.asc(o.get("size")), cb.asc(o.get("id")))),
                of("cb.array", Object[].class, (query, o, cb) -> query.select(cb.array(o.get("id"), o.get("size")))
                        .orderBy(cb.asc(o.get("size")), cb.asc(o.get("id")))),
                of("construct", Pair.class, (query, o, cb) -> query.select(
                                cb.construct(Pair.class, o.get("id"), o.get("name")))
                        .orderBy(cb.asc(o.get("number")), cb.asc(o.get("id")))),
                of("multiselect into a class", Pair.class, (query, o, cb) -> query.multiselect(
                                o.get("id"), o.get("name"))
                        .orderBy(cb.asc(o.get("number")), cb.asc(o.get("id")))),
                of("distinct", Owner.class, (query, o, cb) -> {
                    o.join("deals", JoinType.LEFT);
                    query.select(o).distinct(true).orderBy(cb.asc(o.get("id")));
                }),
                of("join", Object[].class, (query, o, cb) -> {
                    var deal = o.join("deals", JoinType.LEFT);
                    query.multiselect(o.get("id"), deal.get("id")).orderBy(cb.asc(o.get("id")), cb.asc(deal.get("id")));
                }),
                of("join to one", Owner.class, (query, o, cb) -> {
                    var region = o.join("region", JoinType.LEFT);
                    query.select(o).orderBy(cb.desc(region.get("name")), cb.asc(o.get("id")));
                }),
                of("implicit join in order by", Owner.class, (query, o, cb) -> query.select(o)
                        .orderBy(cb.asc(o.get("region").get("name")), cb.asc(o.get("id")))),
                of("implicit join in an expression", Owner.class, (query, o, cb) -> query.select(o)
                        .orderBy(cb.asc(cb.length(o.get("region").get("name"))), cb.asc(o.get("id")))),
                of("implicit join, deep", Owner.class, 60, 20, (query, o, cb) -> query.select(o)
                        .orderBy(cb.asc(o.get("region").get("ranking")), cb.asc(o.get("id")))),
                of("fetch", Owner.class, 5, 9, (query, o, cb) -> {
                    o.fetch("deals", JoinType.LEFT);
                    query.select(o).orderBy(cb.asc(o.get("number")), cb.asc(o.get("id")));
                }),
                of("predicates", Owner.class, (query, o, cb) -> query.where(
                                cb.or(cb.equal(o.get("colour"), Colour.BLACK), cb.like(o.get("name"), "%b%")),
                                cb.not(cb.between(o.<Integer>get("number"), 1, 50)),
                                o.get("size").isNotNull(),
                                o.get("number").in(-5, 0, 100))
                        .orderBy(cb.asc(o.get("id")))),
                of("key", Owner.class, (query, o, cb) -> query.where(cb.equal(o.get("id"), 4L))),
                of("keys", Owner.class, (query, o, cb) -> query.where(
                                o.get("id").in(4L, 6L, -3L, 1000L))
                        .orderBy(cb.asc(o.get("id")))),
                of("parameter", Owner.class, (query, o, cb) -> query.where(
                                cb.gt(o.<Integer>get("number"), cb.literal(3)), cb.isTrue(o.get("active")))
                        .orderBy(cb.asc(o.get("id")))),
                of("subquery", Owner.class, (query, o, cb) -> {
                    Subquery<Integer> exists = query.subquery(Integer.class);
                    Root<Deal> deal = exists.from(Deal.class);
                    exists.select(cb.literal(1)).where(cb.equal(deal.get("owner"), o), cb.isNotNull(deal.get("price")));
                    query.where(cb.exists(exists)).orderBy(cb.asc(o.get("id")));
                }),
                of("correlated", Owner.class, (query, o, cb) -> {
                    Subquery<Long> count = query.subquery(Long.class);
                    var deal = count.correlate(o).join("deals");
                    count.select(cb.count(deal));
                    query.where(cb.ge(count, 2L)).orderBy(cb.asc(o.get("id")));
                }),
                of("member of", Owner.class, (query, o, cb) -> query.where(cb.isMember("a", o.get("tags")))
                        .orderBy(cb.asc(o.get("id")))),
                of("size", Owner.class, (query, o, cb) -> query.where(cb.gt(cb.size(o.<List<Deal>>get("deals")), 1))
                        .orderBy(cb.asc(o.get("id")))),
                of("count", Long.class, (query, o, cb) -> query.select(cb.count(o))),
                of(
                        "aggregates",
                        Object[].class,
                        (query, o, cb) -> query.multiselect(
                                cb.count(o),
                                cb.sum(o.<Integer>get("number")),
                                cb.avg(o.<Integer>get("number")),
                                cb.max(o.<Integer>get("number")),
                                cb.least(o.<String>get("name")))),
                of("aggregate of a key", Long.class, (query, o, cb) -> query.select(cb.count(o))
                        .where(cb.equal(o.get("id"), 4L))),
                specification(
                        "specification",
                        SelectionSpecification.create(Owner.class)
                                // Hibernate takes it for the same query without ignoringCase, and caches that one
                                .sort(Order.asc(Owner.class, "active"))
                                .sort(Order.desc(Owner.class, "name").ignoringCase())
                                .sort(Order.asc(Owner.class, "id"))),
                specification(
                        "restriction",
                        SelectionSpecification.create(Owner.class)
                                .restrict(Restriction.restrict(Owner.class, "number", Range.greaterThan(0)))
                                .restrict(Restriction.restrict(Owner.class, "name", Range.pattern("%b%", false)))
                                .sort(Order.asc(Owner.class, "id"))),
                specification(
                        "specification of HQL",
                        SelectionSpecification.create(Owner.class, "from Owner o where o.active = true")
                                .sort(Order.asc(Owner.class, "number"))
                                .sort(Order.desc(Owner.class, "id"))),
                specification(
                        "specification of a key",
                        SelectionSpecification.create(Owner.class)
                                .restrict(Restriction.restrict(Owner.class, "id", Range.singleValue(4L)))));
    }

    private static Ask specification(String name, SelectionSpecification<Owner> specification) {
        return Ask.that(
                name, session -> session.createQuery(specification.reference()).getResultList());
    }
}
