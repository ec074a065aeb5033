package io.hibernateshards.internal.scatter;

import static io.hibernateshards.internal.scatter.Ask.that;

import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Region;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.hibernate.FlushMode;
import org.hibernate.Hibernate;
import org.hibernate.LockMode;
import org.hibernate.Session;
import org.hibernate.query.Page;
import org.hibernate.query.Query;
import org.hibernate.query.ResultListTransformer;
import org.jspecify.annotations.Nullable;

/** What else a query object can do, and what the session around it changes. */
final class SessionAsks {
    private static final String ALL = "from Owner o order by o.number, o.id";

    private SessionAsks() {}

    static List<Ask> all() {
        List<Ask> asks = new ArrayList<>(results());
        asks.addAll(options());
        asks.addAll(sessions());
        return asks;
    }

    private static Query<Owner> owners(Session session, String hql) {
        return session.createQuery(hql, Owner.class);
    }

    /** The result, or the kind of exception. */
    private static List<?> outcome(Supplier<@Nullable Object> supplier) {
        try {
            return Collections.singletonList(supplier.get());
        } catch (RuntimeException e) {
            return List.of(e.getClass().getName());
        }
    }

    private static List<Ask> results() {
        List<Ask> asks = new ArrayList<>();
        for (String where : List.of("o.number > 5000000", "o.id in (4, 6)", "o.name = 'a'", "o.id = 4", "1 = 1")) {
            String hql = "from Owner o where " + where + " order by o.id";
            asks.add(that("single result " + where, session -> outcome(owners(session, hql)::getSingleResult)));
            asks.add(that("single or null " + where, session -> outcome(owners(session, hql)::getSingleResultOrNull)));
            asks.add(that("unique " + where, session -> outcome(owners(session, hql)::uniqueResult)));
            asks.add(that(
                    "first " + where, session -> outcome(owners(session, hql).setMaxResults(1)::uniqueResult)));
            asks.add(that(
                    "optional " + where,
                    session -> outcome(() -> owners(session, hql)
                            .uniqueResultOptional()
                            .map(o -> o.id)
                            .orElse(-99L))));
            asks.add(that(
                    "count " + where, session -> List.of(owners(session, hql).getResultCount())));
            asks.add(that(
                    "count with limit " + where,
                    session -> List.of(owners(session, hql)
                            .setFirstResult(1)
                            .setMaxResults(3)
                            .getResultCount())));
            asks.add(that("stream " + where, session -> {
                try (Stream<Owner> stream = owners(session, hql).setFetchSize(3).getResultStream()) {
                    return stream.filter(o -> Objects.requireNonNull(o.id) % 3 == 0)
                            .toList();
                }
            }));
        }
        asks.addAll(List.of(
                that(
                        "the same row repeated is one result",
                        session -> outcome(session.createQuery(
                                "select o from Owner o join o.deals d where o.id = -9", Owner.class)::getSingleResult)),
                that(
                        "count of joined rows",
                        session -> List.of(session.createQuery("select o from Owner o join o.deals d", Owner.class)
                                .getResultCount())),
                that(
                        "count of distinct",
                        session -> List.of(
                                session.createQuery("select distinct o from Owner o join o.deals d", Owner.class)
                                        .getResultCount())),
                that(
                        "count with fetch",
                        session -> List.of(
                                session.createQuery("select o from Owner o left join fetch o.deals", Owner.class)
                                        .getResultCount())),
                that(
                        "aggregate",
                        session -> outcome(
                                session.createQuery("select max(o.id) from Owner o", Long.class)::getSingleResult)),
                that(
                        "no aggregate",
                        session -> outcome(
                                session.createQuery("select max(n.id) from Nothing n", Long.class)::getSingleResult)),
                that(
                        "primitive",
                        session -> outcome(
                                session.createQuery("select count(o) from Owner o", long.class)::getSingleResult)),
                that("limited stream", session -> {
                    try (Stream<Owner> stream = owners(session, ALL).setFirstResult(60).setMaxResults(20).stream()) {
                        return stream.toList();
                    }
                })));
        return asks;
    }

    private static List<Ask> options() {
        return List.of(
                that("tuple transformer", session -> session.createQuery(
                                "select o.id, o.name as n from Owner o order by o.number, o.id", Object[].class)
                        .setTupleTransformer((tuple, aliases) -> Arrays.toString(tuple) + Arrays.toString(aliases))
                        .getResultList()),
                that("tuple transformer without order", session -> {
                    List<String> rows =
                            new ArrayList<>(session.createQuery("select o.id, o.name from Owner o", Object[].class)
                                    .setTupleTransformer((tuple, aliases) -> Arrays.toString(tuple))
                                    .getResultList());
                    rows.sort(null);
                    return rows;
                }),
                that("tuple transformer of entities", session -> owners(session, ALL)
                        .setTupleTransformer((tuple, aliases) -> ((Owner) tuple[0]).id)
                        .setFirstResult(55)
                        .setMaxResults(10)
                        .getResultList()),
                that("list transformer", session -> owners(session, ALL)
                        .setResultListTransformer(reversed())
                        .setMaxResults(20)
                        .getResultList()),
                that("list transformer without order", session -> owners(session, "from Owner")
                        .setResultListTransformer(owners -> owners.subList(0, owners.size() / 50))
                        .getResultList()
                        .stream()
                        .map(o -> "one")
                        .toList()),
                that("list transformer deep", session -> owners(session, ALL)
                        .setResultListTransformer(reversed())
                        .setFirstResult(100)
                        .getResultList()),
                that("read only", session -> owners(session, ALL).setReadOnly(true).getResultList().stream()
                        .map(session::isReadOnly)
                        .toList()),
                that(
                        "read only deep",
                        session -> owners(session, ALL).setReadOnly(true).setFirstResult(60).getResultList().stream()
                                .map(session::isReadOnly)
                                .toList()),
                that("read only session", session -> {
                    session.setDefaultReadOnly(true);
                    return owners(session, ALL).setFirstResult(60).getResultList().stream()
                            .map(session::isReadOnly)
                            .toList();
                }),
                that("fetch graph", session -> {
                    var graph = session.createEntityGraph(Owner.class);
                    graph.addAttributeNode("deals");
                    return owners(session, ALL)
                            .setHint("jakarta.persistence.loadgraph", graph)
                            .setFirstResult(3)
                            .setMaxResults(20)
                            .getResultList()
                            .stream()
                            .map(o -> o.id + " " + Hibernate.isInitialized(o.deals) + deals(o))
                            .toList();
                }),
                that("graph to one, deep", session -> {
                    var graph = session.createEntityGraph(Owner.class);
                    graph.addAttributeNode("region");
                    return owners(session, ALL)
                            .setHint("jakarta.persistence.fetchgraph", graph)
                            .setFirstResult(70)
                            .setMaxResults(20)
                            .getResultList()
                            .stream()
                            .map(o -> o.id + " " + Hibernate.isInitialized(o.region) + o.region)
                            .toList();
                }),
                that("lock", session -> owners(session, ALL)
                        .setHibernateLockMode(LockMode.PESSIMISTIC_WRITE)
                        .setFirstResult(60)
                        .setMaxResults(10)
                        .getResultList()
                        .stream()
                        .map(o -> o.id + " " + session.getCurrentLockMode(o))
                        .toList()),
                that("lock by JPA", session -> owners(session, ALL)
                        .setLockMode(jakarta.persistence.LockModeType.PESSIMISTIC_READ)
                        .setMaxResults(10)
                        .getResultList()
                        .stream()
                        .map(o -> o.id + " " + session.getCurrentLockMode(o))
                        .toList()),
                that("comment, timeout, fetch size, cache", session -> owners(session, ALL)
                        .setComment("a comment */ of two")
                        .setTimeout(30)
                        .setFetchSize(2)
                        .setCacheable(true)
                        .setHint("org.hibernate.comment", "another")
                        .getResultList()),
                that("page", session -> owners(session, ALL)
                        .setPage(Page.page(20, 3))
                        .getResultList()),
                that("parameters by position", session -> owners(
                                session, "from Owner o where o.number > ?1 and o.active = ?2 order by o.id")
                        .setParameter(1, 2)
                        .setParameter(2, true)
                        .getResultList()),
                that("array as list", session -> owners(session, "from Owner o where o.id in :ids order by o.id")
                        .setParameterList("ids", new Long[] {2L, 4L, -5L})
                        .getResultList()),
                that("a query run again", session -> {
                    Query<Owner> query = owners(session, "from Owner o where o.id in :ids order by o.id");
                    List<Object> all = new ArrayList<>();
                    for (List<Long> ids :
                            List.of(List.of(2L), List.of(2L, 4L, 6L, 8L), List.<Long>of(), List.of(-7L, 8L))) {
                        all.addAll(query.setParameterList("ids", ids).getResultList());
                    }
                    return all;
                }),
                that("named", session -> session.createNamedQuery("Owner.byNumber", Owner.class)
                        .setParameter("number", 0)
                        .setMaxResults(20)
                        .getResultList()),
                that("named selection", session -> session.createNamedSelectionQuery("Owner.byNumber", Owner.class)
                        .setParameter("number", -10)
                        .setFirstResult(60)
                        .getResultList()),
                that("selection query", session -> session.createSelectionQuery(ALL, Owner.class)
                        .getResultList()),
                that(
                        "interrupted by an error",
                        session -> outcome(() -> owners(session, "from Owner o where 1 / o.number > 0")
                                .getResultList())));
    }

    /** A bag has no order. */
    private static List<String> deals(Owner owner) {
        return owner.deals.stream().map(Object::toString).sorted().toList();
    }

    private static ResultListTransformer<Owner> reversed() {
        return owners -> {
            List<Owner> reversed = new ArrayList<>(owners);
            Collections.reverse(reversed);
            return reversed;
        };
    }

    private static List<Ask> sessions() {
        return List.of(
                that("a change is seen", session -> {
                    Owner owner = session.find(Owner.class, 4L);
                    owner.number = 77;
                    List<Object> seen = new ArrayList<>(
                            owners(session, "from Owner o where o.number = 77").getResultList());
                    seen.addAll(
                            session.createQuery("select max(o.number) from Owner o where o.number < 100", Integer.class)
                                    .getResultList());
                    seen.add(session.createQuery("select o.id from Owner o where o.number = 77", Long.class)
                            .getResultCount());
                    session.getTransaction().setRollbackOnly();
                    return seen;
                }),
                that("a change is not seen by hand", session -> {
                    session.setHibernateFlushMode(FlushMode.MANUAL);
                    Owner owner = session.find(Owner.class, 4L);
                    owner.number = 77;
                    return owners(session, "from Owner o where o.number = 77").getResultList();
                }),
                that("removed, not flushed", session -> {
                    session.setHibernateFlushMode(FlushMode.MANUAL);
                    session.remove(session.find(Owner.class, 4L));
                    return owners(session, ALL).setFirstResult(60).getResultList().stream()
                            .map(o -> o.id)
                            .toList();
                }),
                that("removed and new", session -> {
                    session.remove(session.find(Owner.class, 4L));
                    List<Object> seen = new ArrayList<>(session.createQuery("select count(*) from Owner", Long.class)
                            .getResultList());
                    seen.addAll(owners(session, ALL).setMaxResults(140).getResultList());
                    session.getTransaction().setRollbackOnly();
                    return seen;
                }),
                that("one instance for one row", session -> {
                    Owner found = session.find(Owner.class, 4L);
                    return owners(session, ALL).setFirstResult(0).getResultList().stream()
                            .map(o -> o == found)
                            .toList();
                }),
                that("lazy associations", session -> owners(session, ALL).setFirstResult(55).getResultList().stream()
                        .map(o -> deals(o) + " " + o.tags + " "
                                + Optional.ofNullable(o.region).map(r -> r.name))
                        .toList()),
                that("filter", session -> {
                    session.enableFilter("atLeast").setParameter("least", 12);
                    List<Object> seen = new ArrayList<>(owners(session, ALL).getResultList());
                    seen.addAll(owners(session, ALL).setFirstResult(50).getResultList());
                    seen.addAll(session.createQuery("select count(*), sum(o.number) from Owner o", Object[].class)
                            .getResultList());
                    seen.add(owners(session, "from Owner").getResultCount());
                    seen.addAll(owners(session, "from Owner o where o.id = 4").getResultList());
                    session.disableFilter("atLeast");
                    seen.add(owners(session, "from Owner").getResultCount());
                    return seen;
                }),
                that("filter after the first query", session -> {
                    List<Object> seen = new ArrayList<>(owners(session, ALL).getResultList());
                    session.enableFilter("atLeast").setParameter("least", 100);
                    seen.addAll(owners(session, ALL).getResultList());
                    return seen;
                }),
                that("stateless", session -> {
                    try (var stateless = session.getSessionFactory().openStatelessSession()) {
                        List<Object> seen = new ArrayList<>(stateless
                                .createQuery(ALL, Owner.class)
                                .setFirstResult(60)
                                .getResultList());
                        seen.addAll(stateless
                                .createQuery("select count(*) from Owner", Long.class)
                                .getResultList());
                        seen.addAll(stateless
                                .createQuery("from Region r order by r.code", Region.class)
                                .getResultList());
                        return seen;
                    }
                }));
    }
}
