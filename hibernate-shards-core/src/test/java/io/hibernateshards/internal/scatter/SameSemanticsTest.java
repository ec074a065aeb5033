package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.CursoredPage;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.internal.scatter.SemanticsModel.Box;
import io.hibernateshards.internal.scatter.SemanticsModel.Member;
import io.hibernateshards.internal.scatter.SemanticsModel.Tenant;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceException;
import jakarta.persistence.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.hibernate.query.Order;
import org.hibernate.query.criteria.JpaExpression;
import org.hibernate.query.specification.MutationSpecification;
import org.hibernate.query.specification.SelectionSpecification;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions, queries and factories behave as plain Hibernate's do. */
@SuppressWarnings("deprecation") // multiselect, which applications use
class SameSemanticsTest {
    /** Copies criteria, as Jakarta Persistence does: an application may change one after it has created a query from it. */
    private static final Map<String, String> SETTINGS = Map.of("hibernate.criteria.copy_tree", "true");

    private static BothSides sides;

    @BeforeAll
    static void start() {
        sides = new BothSides("", SETTINGS, SemanticsModel.ENTITIES);
        SemanticsModel.load(sides);
    }

    @AfterAll
    static void stop() {
        sides.close();
    }

    // ---- one-to-one associations without columns of their own

    @ParameterizedTest
    @ValueSource(strings = {"Label", "Seal"})
    void oneToOnesByThePrimaryKey_areKeys(String entity) {
        for (String hql : List.of(
                "select x.box.name from ENTITY x order by x.box.id",
                "from ENTITY x where x.box.id = 3",
                "from ENTITY x where x.id = 3",
                "select count(*) from ENTITY x join x.box b where b.name = 'n2'",
                "select x, b from Box b join ENTITY x on x.box = b order by b.id")) {
            sides.sameOrder(hql.replace("ENTITY", entity));
        }
    }

    // ---- every method

    @Test
    void calls_behaveAsPlainOnes() {
        assertThat(SemanticsCalls.differences(sides)).isEmpty();
    }

    // ---- specifications

    @Test
    void specifications_areRefusedWithTheWayToPassThem() {
        SelectionSpecification<Box> boxes = SelectionSpecification.create(Box.class, "from Box where id > 5")
                .sort(Order.desc(Box.class, "id"));
        MutationSpecification<Member> members =
                MutationSpecification.create(Member.class, "delete Member where id < 0");
        try (Session session = sides.sharded.openSession();
                StatelessSession stateless = sides.sharded.openStatelessSession()) {
            for (ThrowingCallable query : List.<ThrowingCallable>of(
                    () -> boxes.createQuery(session),
                    () -> boxes.createQuery((EntityManager) session),
                    () -> boxes.createQuery(stateless),
                    () -> members.createQuery(session),
                    () -> members.createQuery(stateless))) {
                assertThatThrownBy(query)
                        .isInstanceOf(PersistenceException.class)
                        .hasMessageContaining("session.createQuery(specification.reference())");
            }
        }
        sides.sameOrder(session -> session.createQuery(boxes.reference()).getResultList());
    }

    // ---- entities that are not of the session

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select m.id from Member m where m.tenant = ?1",
                "select m.id from Member m where m.tenant in (?1)",
                "select m.id from Member m join m.tenant t where t = ?1",
                "select m.id from Member m where m.tenant <> ?1",
                "select t.org from Tenant t where t = ?1",
                "select count(*) from Member m where m.tenant = ?1"
            })
    void unmanagedEntities_areComparedByTheirIds(String hql) {
        sides.same(hql, new Tenant(5, null));
        sides.same(hql, new Tenant(5, "another"));
        sides.same(hql, new Tenant(5, "org5"));
        sides.same(session -> BothSides.list(session, hql, session.find(Tenant.class, 5L)));
        sides.same(session -> BothSides.list(session, hql, session.getReference(Tenant.class, 5L)));
    }

    @Test
    void unmanagedEntities_areComparedWhereRowsAreChanged() {
        for (String hql : List.of(
                "update Member m set m.name = 'x' where m.tenant = ?1", "delete from Member m where m.tenant = ?1")) {
            sides.same(session -> {
                var query = session.createMutationQuery(hql.replace("", "")).setParameter(1, new Tenant(5, null));
                List<Integer> changed = List.of(query.executeUpdate());
                session.getTransaction().setRollbackOnly();
                return changed;
            });
        }
    }

    @Test
    void managedEntities_nameTheirShard() {
        try (ShardedSession session = sides.sharded.openSession()) {
            var query = session.createQuery("from Member m where m.tenant = ?1", Member.class);
            query.setParameter(1, new Tenant(5, "org5"));
            assertThat(query.explain()).contains("shard0, shard1, shard2");
            query.setParameter(1, session.find(Tenant.class, 5L));
            assertThat(query.explain()).startsWith("Targeted shards");
        }
    }

    // ---- pages behind values of all types

    @ParameterizedTest
    @ValueSource(
            strings = {
                "digest",
                "locale",
                "currency",
                "url",
                "timeZone",
                "zone",
                "shift",
                "uuid",
                "letter",
                "flag",
                "size",
                "measure",
                "taken",
                "made",
                "day",
                "moment",
                "offsetTime",
                "zoned",
                "year",
                "lasts",
                "rank",
                "kind",
                "type"
            })
    void pages_goOnBehindValuesOfEachType(String attribute) {
        for (String direction : List.of("", " desc")) {
            String hql = "from Box b order by b." + attribute + direction;
            List<Long> expected = ids(sides.plain.fromTransaction(
                    session -> session.createQuery(hql + ", b.id", Box.class).list()));
            List<Long> pages = new ArrayList<>();
            sides.sharded.inTransaction(opened -> {
                ShardedSession session = (ShardedSession) opened;
                CursoredPage<Box> page = session.createQuery(hql, Box.class).getCursoredPage(5);
                pages.addAll(ids(page.rows()));
                while (page.next().isPresent()) {
                    page = session.createQuery(hql, Box.class)
                            .getCursoredPage(5, page.next().orElseThrow());
                    pages.addAll(ids(page.rows()));
                }
            });
            assertThat(pages).isEqualTo(expected);
        }
    }

    private static List<Long> ids(List<Box> boxes) {
        return boxes.stream().map(box -> box.id).toList();
    }

    // ---- from what is no entity

    @ParameterizedTest
    @ValueSource(
            strings = {
                "from SIZED",
                "select s from SIZED s where s.size = 1",
                "select s.size from SIZED s order by s.size",
                "select count(s) from SIZED s",
                "select s.size, count(*) from SIZED s group by s.size order by s.size",
                "select max(s.size) from SIZED s",
                "from MEASURED",
                "from java.lang.Object",
                "select count(*) from MEASURED"
            })
    void fromMappedSuperclassOrInterface_isFromAllBelow(String hql) {
        String sized = SemanticsModel.Sized.class.getName();
        String query = hql.replace("SIZED", sized).replace("MEASURED", SemanticsModel.Measured.class.getName());
        sides.same(query);
        sides.same(session -> List.of(
                session.createQuery(query, Object.class).setMaxResults(5).list().size()));
    }

    // ---- tuples

    @Test
    void tuples_giveTheSelectionsOfTheirQuery() {
        for (String kind : List.of(
                "targeted", "plain", "ordered", "aggregate", "grouped", "distinct", "gathered", "limited", "deep")) {
            sides.sameOrder(session -> {
                var builder = session.getCriteriaBuilder();
                var query = builder.createTupleQuery();
                var box = query.from(Box.class);
                JpaExpression<?> first = box.get("id");
                JpaExpression<?> second = box.get("name");
                if (kind.equals("aggregate")) {
                    first = builder.max(box.<Long>get("id"));
                    second = builder.count(box);
                } else if (kind.equals("grouped")) {
                    first = box.get("size");
                    second = builder.count(box);
                    query.groupBy(box.get("size"));
                } else if (kind.equals("targeted")) {
                    query.where(builder.equal(box.get("id"), 3L));
                } else if (kind.equals("gathered")) {
                    var other = query.from(Box.class);
                    query.where(builder.equal(box.get("name"), other.get("name")));
                } else if (kind.equals("distinct")) {
                    query.distinct(true);
                }
                query.multiselect(first, second);
                if (kind.matches("ordered|limited|deep")) {
                    query.orderBy(builder.desc(box.get("size")), builder.asc(box.get("id")));
                }
                var typed = session.createQuery(query);
                if (kind.equals("limited")) {
                    typed.setMaxResults(3);
                } else if (kind.equals("deep")) {
                    typed.setFirstResult(4).setMaxResults(3);
                }
                JpaExpression<?> one = first;
                JpaExpression<?> other = second;
                return typed.getResultList().stream()
                        .map(tuple -> tuple.get(one) + " " + tuple.get(other) + " "
                                + (tuple.getElements().get(0) == one))
                        .sorted()
                        .toList();
            });
        }
    }

    @Test
    void tuplesOfOneElement_areNotTheOrderBesideIt() {
        for (int kind = 0; kind < 4; kind++) {
            int which = kind;
            sides.sameOrder(session -> {
                var builder = session.getCriteriaBuilder();
                var query = builder.createTupleQuery();
                var box = query.from(Box.class);
                JpaExpression<?> selected =
                        switch (which) {
                            case 0 -> box.get("name");
                            case 1 -> builder.coalesce(box.<Integer>get("size"), 0);
                            case 2 ->
                                builder.selectCase(box.get("name"))
                                        .when("n1", box.get("size"))
                                        .otherwise(builder.nullLiteral(Integer.class));
                            default -> builder.literal(7);
                        };
                query.multiselect(selected.alias("x")).orderBy(builder.asc(box.get("id")));
                return session.createQuery(query).getResultList().stream()
                        .map(tuple -> List.of(tuple.getElements().size(), String.valueOf(tuple.get("x"))))
                        .toList();
            });
        }
        sides.sameOrder(session -> session.createQuery(
                        "select case b.name when 'n1' then b.size else null end from Box b order by b.id", Tuple.class)
                .getResultList());
        sides.sameOrder(session -> session.createQuery(
                        "select case b.name when 'n1' then b.size else null end from Box b order by b.id",
                        Integer.class)
                .getResultList());
    }
}
