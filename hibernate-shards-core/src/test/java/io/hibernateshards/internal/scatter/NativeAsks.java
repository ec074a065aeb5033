package io.hibernateshards.internal.scatter;

import static io.hibernateshards.internal.scatter.Ask.that;

import io.hibernateshards.ShardHints;
import io.hibernateshards.internal.scatter.OracleModel.Deal;
import io.hibernateshards.internal.scatter.OracleModel.Dto;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Pair;
import io.hibernateshards.internal.scatter.OracleModel.Region;
import jakarta.persistence.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.hibernate.query.NativeQuery;
import org.hibernate.type.StandardBasicTypes;

/** SQL that one shard answers by the key, or all shards by themselves; a plain session ignores the hints. */
@SuppressWarnings({"deprecation", "unchecked", "rawtypes"})
final class NativeAsks {
    private static final String DEALS = "select * from Deal where owner_id = :owner order by id";

    private NativeAsks() {}

    static List<Ask> all() {
        List<Ask> asks = new ArrayList<>(byKey());
        asks.addAll(onAll());
        asks.addAll(named());
        return asks;
    }

    private static <R> NativeQuery<R> ofOwner(NativeQuery<R> query) {
        return query.setHint(ShardHints.KEY, -9L).setHint(ShardHints.ENTITY, Owner.class);
    }

    private static <R> NativeQuery<R> onAll(NativeQuery<R> query) {
        return query.setHint(ShardHints.ALL, true);
    }

    /** The rows in the order of their text, for the concatenation has none. */
    private static Ask sorted(String name, Function<Session, List<?>> question) {
        return new Ask(name, false, question);
    }

    private static List<Ask> byKey() {
        return List.of(
                that("entities", session -> ofOwner(session.createNativeQuery(DEALS, Deal.class))
                        .setParameter("owner", -9L)
                        .getResultList()),
                that("arrays", session -> ofOwner(session.createNativeQuery(DEALS.replace("*", "id, note, price")))
                        .setParameter("owner", -9L)
                        .getResultList()),
                that("a page", session -> ofOwner(session.createNativeQuery(DEALS, Deal.class))
                        .setParameter("owner", -9L)
                        .setFirstResult(1)
                        .setMaxResults(2)
                        .getResultList()),
                that("tuples", session -> ofOwner(session.createNativeQuery(
                                "select id, name as n, number from Owner where id = -9", Tuple.class))
                        .getResultList()),
                that("maps", session -> ofOwner(
                                session.createNativeQuery("select id, name as n from Owner where id = -9", Map.class))
                        .getResultList()),
                that("constructor", session -> ofOwner(
                                session.createNativeQuery("select name, number from Owner where id = -9", Dto.class))
                        .getResultList()),
                that(
                        "one value",
                        session -> List.of(ofOwner(session.createNativeQuery(
                                        "select count(*) from Deal where owner_id = -9", Long.class))
                                .getSingleResult())),
                that("key as a string", session -> session.createNativeQuery(DEALS, Deal.class)
                        .setHint(ShardHints.KEY, "-9")
                        .setHint(ShardHints.ENTITY, "Owner")
                        .setParameter("owner", -9L)
                        .getResultList()),
                that("key of the root of a child", session -> session.createNativeQuery(DEALS, Deal.class)
                        .setHint(ShardHints.KEY, -9)
                        .setHint(ShardHints.ENTITY, "Deal")
                        .setParameter("owner", -9L)
                        .getResultList()),
                that("positions", session -> ofOwner(session.createNativeQuery(
                                "select id from Deal where owner_id = ?1 and id > ?2 order by id", Long.class))
                        .setParameter(1, -9L)
                        .setParameter(2, 0L)
                        .getResultList()),
                that("a list of values", session -> ofOwner(session.createNativeQuery(
                                "select id from Deal where owner_id in (:owners) order by id", Long.class))
                        .setParameterList("owners", List.of(-9L))
                        .getResultList()),
                that("scalars", session -> ofOwner(
                                session.createNativeQuery("select id, name, number from Owner where id = -9"))
                        .addScalar("name", StandardBasicTypes.STRING)
                        .addScalar("id", String.class)
                        .getResultList()),
                that("entity with alias", session -> ofOwner(session.createNativeQuery(
                                "select {o.*}, {d.*} from Owner o join Deal d on d.owner_id = o.id where o.id = -9"
                                        + " order by d.id"))
                        .addEntity("o", Owner.class)
                        .addEntity("d", Deal.class)
                        .getResultList()),
                that("entity with join", session -> ofOwner(session.createNativeQuery(
                                "select {d.*}, {o.*} from Deal d join Owner o on d.owner_id = o.id where o.id = -9"
                                        + " order by d.id"))
                        .addEntity("d", Deal.class)
                        .addJoin("o", "d.owner")
                        .getResultList()),
                that("table alias", session -> ofOwner(session.createNativeQuery(
                                "select {o.*} from Owner o where o.id = -9", Owner.class, "o"))
                        .getResultList()),
                that("mapping", session -> ofOwner(session.createNativeQuery(
                                "select o.*, o.id * 2 as twice from Owner o where o.id = -9", "Owner.pair"))
                        .getResultList()),
                that("mapping and type", session -> ofOwner(session.createNativeQuery(
                                "select id, name from Owner where id = -9", "Owner.dto", Pair.class))
                        .getResultList()),
                that(
                        "count of results",
                        session -> List.of(ofOwner(session.createNativeQuery(DEALS, Deal.class))
                                .setParameter("owner", -9L)
                                .getResultCount())),
                that("a stream", session -> {
                    try (Stream<Deal> deals = ofOwner(session.createNativeQuery(DEALS, Deal.class))
                            .setParameter("owner", -9L)
                            .getResultStream()) {
                        return deals.toList();
                    }
                }),
                that("a scroll", session -> {
                    List<Deal> deals = new ArrayList<>();
                    try (var scroll = ofOwner(session.createNativeQuery(DEALS, Deal.class))
                            .setParameter("owner", -9L)
                            .scroll()) {
                        while (scroll.next()) {
                            deals.add(scroll.get());
                        }
                    }
                    return deals;
                }),
                that("transformers", session -> ofOwner(
                                session.createNativeQuery("select id, name from Owner where id = -9"))
                        .setTupleTransformer((tuple, aliases) -> Arrays.toString(aliases) + Arrays.toString(tuple))
                        .setResultListTransformer(rows -> List.of(rows.size(), rows.get(0)))
                        .getResultList()),
                that("a change is seen", session -> {
                    session.find(Owner.class, -9L).number = 4711;
                    session.getTransaction().setRollbackOnly();
                    return ofOwner(session.createNativeQuery("select number from Owner where id = -9", Integer.class))
                            .addSynchronizedEntityClass(Owner.class)
                            .getResultList();
                }),
                that("an update", session -> {
                    List<Object> seen = new ArrayList<>();
                    seen.add(session.createNativeMutationQuery("update Owner set name = :name where id = -9")
                            .setHint(ShardHints.KEY, -9L)
                            .setHint(ShardHints.ENTITY, Owner.class)
                            .setParameter("name", "by SQL")
                            .executeUpdate());
                    seen.add(session.find(Owner.class, -9L));
                    session.getTransaction().setRollbackOnly();
                    return seen;
                }));
    }

    private static List<Ask> onAll() {
        return List.of(
                sorted("all entities", session -> onAll(session.createNativeQuery("select * from Owner", Owner.class))
                        .getResultList()),
                sorted("all scalars", session -> onAll(
                                session.createNativeQuery(
                                        "select o.id, d.note from Owner o left join Deal d on d.owner_id = o.id where o.number > :n"))
                        .setParameter("n", 3)
                        .getResultList()),
                sorted("all by list", session -> onAll(
                                session.createNativeQuery("select o.id from Owner o where o.id in (:ids)", Long.class))
                        .setParameterList("ids", List.of(2L, 4L, -5L, -9L, 6L))
                        .getResultList()),
                sorted("all tuples", session -> onAll(
                                session.createNativeQuery("select id, name as n from Owner", Tuple.class))
                        .getResultList()),
                sorted("all transformed", session -> onAll(session.createNativeQuery("select id, name from Owner"))
                        .setTupleTransformer((tuple, aliases) -> tuple[0] + "!")
                        .setResultListTransformer(rows -> List.of("size " + rows.size()))
                        .getResultList()),
                sorted(
                        "all counted",
                        session -> List.of(onAll(session.createNativeQuery("select * from Owner", Owner.class))
                                .getResultCount())),
                sorted("all streamed", session -> {
                    try (Stream<Long> ids =
                            onAll(session.createNativeQuery("select id from Deal", Long.class)).stream()) {
                        return ids.toList();
                    }
                }),
                sorted(
                        "all rows of a page",
                        session -> List.of(
                                onAll(session.createNativeQuery("select id from Owner", Long.class))
                                        .setFirstResult(10)
                                        .setMaxResults(100)
                                        .getResultList()
                                        .size(),
                                onAll(session.createNativeQuery("select id from Owner", Long.class))
                                        .setFirstResult(140)
                                        .setMaxResults(Integer.MAX_VALUE)
                                        .getResultList()
                                        .size(),
                                onAll(session.createNativeQuery("select id from Owner", Long.class))
                                        .setMaxResults(0)
                                        .getResultList()
                                        .size())),
                sorted("a change is seen by all", session -> {
                    session.find(Owner.class, -9L).number = 4711;
                    session.getTransaction().setRollbackOnly();
                    return onAll(session.createNativeQuery("select id from Owner where number = 4711", Long.class))
                            .addSynchronizedEntityClass(Owner.class)
                            .getResultList();
                }),
                sorted("stateless", session -> {
                    try (var stateless = session.getSessionFactory().openStatelessSession()) {
                        return onAll(stateless.createNativeQuery("select * from Owner", Owner.class))
                                .getResultList();
                    }
                }),
                sorted("any shard's reference rows", session -> session.createNativeQuery(
                                "select * from Region", Region.class)
                        .setHint(ShardHints.SHARD, "shard2")
                        .getResultList()));
    }

    private static List<Ask> named() {
        return List.of(
                that("named with hints", session -> session.createNamedQuery("Asset.ofTenant")
                        .setParameter("tenant", "tenant3")
                        .getResultList()),
                that("named with a type", session -> session.createNamedQuery("Asset.ofTenant", String.class)
                        .setParameter("tenant", "tenant3")
                        .getResultList()),
                that("named selection", session -> session.createNamedSelectionQuery("Owner.named", Owner.class)
                        .setHint(ShardHints.KEY, -9L)
                        .setHint(ShardHints.ENTITY, "Owner")
                        .setParameter(1, "nobody")
                        .setParameter(2, -9L)
                        .getResultList()),
                that("named native", session -> session.getNamedNativeQuery("Owner.named")
                        .setHint(ShardHints.KEY, -9L)
                        .setHint(ShardHints.ENTITY, "Owner")
                        .setParameter(1, "nobody")
                        .setParameter(2, -9L)
                        .getResultList()),
                that("named native with another mapping", session -> session.getNamedNativeQuery(
                                "Owner.named", "Owner.dto")
                        .setHint(ShardHints.KEY, -9L)
                        .setHint(ShardHints.ENTITY, "Owner")
                        .setParameter(1, "nobody")
                        .setParameter(2, -9L)
                        .getResultList()));
    }
}
