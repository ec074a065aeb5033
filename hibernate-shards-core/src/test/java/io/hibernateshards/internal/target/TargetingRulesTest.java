package io.hibernateshards.internal.target;

import static io.hibernateshards.internal.target.PlanModel.SHARDS;
import static io.hibernateshards.internal.target.PlanModel.idIn;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.target.PlanModel.Customer;
import io.hibernateshards.internal.target.PlanModel.Product;
import io.hibernateshards.internal.target.PlanModel.Profile;
import io.hibernateshards.internal.target.PlanModel.Purchase;
import io.hibernateshards.internal.target.PlanModel.Region;
import jakarta.persistence.criteria.CriteriaQuery;
import jakarta.persistence.criteria.JoinType;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.hibernate.query.Query;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.hibernate.query.spi.AbstractCommonQueryContract;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.spi.SqmQuery;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the table of {@link TargetingTest} has no column for. */
class TargetingRulesTest {
    private static PlanModel model;
    private static HibernateCriteriaBuilder builder;

    @BeforeAll
    static void boot() {
        model = new PlanModel();
        builder = model.factory.getCriteriaBuilder();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static HqlInterpretation<?> read(String hql, @Nullable Class<?> type) {
        return model.factory.getQueryEngine().interpretHql(hql, type);
    }

    private static Targeting targeting(String hql, @Nullable Class<?> type) {
        return Targeting.of(read(hql, type).getSqmStatement(), model.mapping, model.factory);
    }

    private static QueryParameterBindings bindings(String hql) {
        return read(hql, Object.class).getParameterMetadata().createBindings(model.factory);
    }

    private static List<ShardId> target(String hql, QueryParameterBindings bindings) {
        return targeting(hql, Object.class)
                .target(new Arguments(model.router, bindings))
                .shards();
    }

    /** The shards of a criteria query, with the bindings that Hibernate makes for it. */
    private static List<ShardId> criteria(CriteriaQuery<?> criteria, Object... named) {
        try (var session = model.factory
                .withOptions()
                .tenantIdentifier((Object) SHARDS.get(0))
                .openSession()) {
            Query<?> query = session.createQuery(criteria);
            for (int i = 0; i < named.length; i += 2) {
                query.setParameter((String) named[i], named[i + 1]);
            }
            return Targeting.of(((SqmQuery<?>) query).getSqmStatement(), model.mapping, model.factory)
                    .target(new Arguments(
                            model.router, ((AbstractCommonQueryContract) query).getQueryParameterBindings()))
                    .shards();
        }
    }

    private static List<ShardId> shards(Integer... numbers) {
        return Stream.of(numbers).map(SHARDS::get).toList();
    }

    @Test
    void unboundParameter_restrictsNothing() {
        String hql = "from Customer c where c.id = :id";
        assertThat(target(hql, bindings(hql))).isEqualTo(SHARDS);
    }

    @Test
    void namedParameter_usedTwice_countsTwice() {
        String hql = "from Customer c join c.purchases p where c.id = :id or p.customer.id = :id";
        QueryParameterBindings bindings = bindings(hql);
        bindings.getBinding("id").setBindValue(6L);
        assertThat(target(hql, bindings)).isEqualTo(shards(2));
    }

    @Test
    void uninitialisedProxy_isReadByItsId() {
        String hql = "from Line l where l.purchase = :purchase";
        QueryParameterBindings bindings = bindings(hql);
        try (var session = model.factory
                .withOptions()
                .tenantIdentifier((Object) SHARDS.get(0))
                .openSession()) {
            bindings.getBinding("purchase").setBindValue(session.getReference(Purchase.class, idIn(7)));
            assertThat(target(hql, bindings)).isEqualTo(shards(3));
        }
    }

    @Test
    void changedTopology_isUsedByTheNextExecution() {
        String hql = "from Customer c where c.id = 6";
        Targeting targeting = targeting(hql, Object.class);
        AtomicReference<Topology> now = new AtomicReference<>(PlanModel.TOPOLOGY);
        Arguments arguments = new Arguments(new Router(model.mapping, now::get, model.factory), bindings(hql));
        assertThat(targeting.target(arguments).shards()).isEqualTo(shards(2));
        now.set(Topology.of(2, SHARDS, new int[Buckets.COUNT]));
        assertThat(targeting.target(arguments).shards()).isEqualTo(shards(0));
    }

    @Test
    void oneKey_asksTheRoutersOwnTarget_withoutANewOne() {
        String hql = "from Customer c where c.id = 6";
        Arguments arguments = new Arguments(model.router, bindings(hql));
        Targeting targeting = targeting(hql, Object.class);
        assertThat(targeting.target(arguments)).isSameAs(targeting.target(arguments));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "from Country",
                "from Product p join p.origin o where o.name = 'x'",
                "select count(*) from Country c where c.code in (select p.origin.code from Product p)",
                "with x as (select c.name as n from Country c) select x.n from x x",
                "select g from generate_series(1, 3) g"
            })
    void referencesAlone_areAnsweredByAnyShard(String hql) {
        Targeting targeting = targeting(hql, Object.class);
        assertThat(targeting.anyShard()).isTrue();
        assertThat(targeting.crossShard()).isNull();
        assertThat(targeting.target(new Arguments(model.router, bindings(hql))).shards())
                .isEqualTo(SHARDS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update Customer c set c.id = 6 where c.id = 5",
                "update Purchase p set p.customer = null where p.id = 5",
                "update Purchase p set p.customer.id = 6",
                "update Document d set d.tenant = 'x', d.title = 'y'",
                "update Login l set l.userId = 4",
            })
    void assignedKey_isRefusedOnOneShardToo(String hql) {
        Targeting targeting = targeting(hql, null);
        assertThat(targeting.refused()).asString().contains("construct=setting ");
        assertThat(targeting.crossShard()).isSameAs(targeting.refused());
        assertThat(targeting.isMutation()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into Purchase (id, customer) values (1, null)",
                "insert into Purchase (id, customer) select p.id + 1, p.customer from Purchase p where p.customer.id = 5"
            })
    void givenIdThatCarriesTheBucket_isRefusedOnOneShardToo(String hql) {
        assertThat(targeting(hql, null).refused()).asString().contains("Purchase with an id");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "delete from Country",
                "update Country c set c.name = 'x' where c.code = 'y'",
                "insert into Country (code, name) values ('x', 'y')",
                "insert into Country (code, name) select c.name, c.name from Customer c where c.id = 5"
            })
    void changedReference_isRefusedWithTheWayToDoIt(String hql) {
        Targeting targeting = targeting(hql, null);
        assertThat(targeting.refused()).asString().contains("Country", "getReferenceData()");
        assertThat(targeting.anyShard()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"from java.lang.Object", "from io.hibernateshards.internal.target.PlanModel$Named"})
    void typeThatIsNoEntity_isRefusedOverSeveralShards(String hql) {
        Targeting targeting = targeting(hql, Object.class);
        assertThat(targeting.target(new Arguments(model.router, bindings(hql))).shards())
                .isEqualTo(SHARDS);
        assertThat(targeting.crossShard()).asString().contains("no mapped entity");
        assertThat(targeting.anyShard()).isFalse();
    }

    @Test
    void refusal_namesConstructReasonCureShardsAndQuery() {
        String hql = "select a.id from Customer a, Document d where d.author = a.id";
        Refusal refusal = targeting(hql, Object.class).crossShard();
        assertThat(Objects.requireNonNull(refusal).over(hql, SHARDS))
                .hasMessageContainingAll(
                        "Document", "Customer", "same shard", "equate the keys", "[s0, s1, s2, s3]", hql);
    }

    @Test
    void criteria_literalParameterAndList_targetLikeHql() {
        CriteriaQuery<Customer> byValue = builder.createQuery(Customer.class);
        var root = byValue.from(Customer.class);
        byValue.select(root).where(builder.equal(root.get("id"), 5L));
        assertThat(criteria(byValue)).isEqualTo(shards(1));

        CriteriaQuery<Customer> byName = builder.createQuery(Customer.class);
        root = byName.from(Customer.class);
        byName.select(root).where(builder.equal(root.get("id"), builder.parameter(Long.class, "id")));
        assertThat(criteria(byName, "id", 6L)).isEqualTo(shards(2));

        CriteriaQuery<Customer> byList = builder.createQuery(Customer.class);
        root = byList.from(Customer.class);
        byList.select(root).where(root.get("id").in(List.of(1L, 3L)), builder.equal(root.get("name"), "x"));
        assertThat(criteria(byList)).isEqualTo(shards(1, 3));

        CriteriaQuery<Customer> byLiteral = builder.createQuery(Customer.class);
        root = byLiteral.from(Customer.class);
        byLiteral
                .select(root)
                .where(builder.or(
                        builder.equal(builder.literal(5L), root.get("id")), builder.equal(root.get("id"), 9L)));
        assertThat(criteria(byLiteral)).isEqualTo(shards(1));
    }

    @Test
    void criteria_twoValuesOfOneType_areNotMixedUp() {
        CriteriaQuery<Purchase> query = builder.createQuery(Purchase.class);
        var root = query.from(Purchase.class);
        query.select(root)
                .where(
                        builder.equal(root.get("referrer").get("id"), 6L),
                        builder.equal(root.get("customer").get("id"), 5L));
        assertThat(criteria(query)).isEqualTo(shards(1));
    }

    @Test
    void criteria_joinedEntityAndEnum() {
        CriteriaQuery<Customer> joined = builder.createQuery(Customer.class);
        var customers = joined.from(Customer.class);
        var purchases = customers.join("purchases", JoinType.LEFT);
        joined.select(customers).where(builder.equal(purchases.get("id"), idIn(7)));
        assertThat(criteria(joined)).isEqualTo(shards(3));

        CriteriaQuery<Profile> profile = builder.createQuery(Profile.class);
        var profiles = profile.from(Profile.class);
        profile.select(profiles)
                .where(
                        builder.equal(profiles.get("id").get("region"), Region.SOUTH),
                        builder.equal(profiles.get("id").get("userId"), 4L));
        assertThat(criteria(profile)).isEqualTo(shards(2));
    }

    @Test
    void criteria_emptyJunctions_restrictNothing() {
        CriteriaQuery<Customer> query = builder.createQuery(Customer.class);
        var root = query.from(Customer.class);
        query.select(root).where(builder.and(), builder.conjunction());
        assertThat(criteria(query)).isEqualTo(SHARDS);
    }

    @Test
    void criteria_negated_restrictsNothing() {
        CriteriaQuery<Customer> query = builder.createQuery(Customer.class);
        var root = query.from(Customer.class);
        query.select(root)
                .where(
                        builder.not(builder.equal(root.get("id"), 5L)),
                        root.get("id").in(6L).not());
        assertThat(criteria(query)).isEqualTo(SHARDS);
    }

    @Test
    void criteria_negatedInequality_isAnEquality() {
        CriteriaQuery<Customer> query = builder.createQuery(Customer.class);
        var root = query.from(Customer.class);
        query.select(root).where(builder.not(builder.notEqual(root.get("id"), 5L)));
        assertThat(criteria(query)).isEqualTo(shards(1));
    }

    @Test
    void criteria_correlatedSubquery_isLinkedByItsPredicate() {
        CriteriaQuery<Customer> query = builder.createQuery(Customer.class);
        var root = query.from(Customer.class);
        var subquery = query.subquery(Long.class);
        var purchases = subquery.from(Purchase.class);
        subquery.select(purchases.get("id")).where(builder.equal(purchases.get("customer"), root));
        query.select(root).where(builder.exists(subquery));
        Targeting linked = Targeting.of((SqmStatement<?>) query, model.mapping, model.factory);
        assertThat(linked.crossShard()).isNull();

        subquery.where(builder.equal(purchases.get("referrer"), root));
        Targeting loose = Targeting.of((SqmStatement<?>) query, model.mapping, model.factory);
        assertThat(loose.crossShard()).asString().contains("Purchase");
    }

    @Test
    void criteria_correlatedRootAndJoin_areTheOuterRows() {
        CriteriaQuery<Customer> query = builder.createQuery(Customer.class);
        var root = query.from(Customer.class);
        var purchases = root.join("purchases");
        var ofRoot = query.subquery(Integer.class);
        ofRoot.select(builder.literal(1)).from(Product.class);
        ofRoot.where(builder.equal(ofRoot.correlate(root).join("purchases").get("total"), 1));
        var ofJoin = query.subquery(Integer.class);
        ofJoin.select(builder.literal(1));
        ofJoin.where(builder.equal(
                ofJoin.correlate(root.<Customer, Purchase>join("purchases"))
                        .join("lines")
                        .get("quantity"),
                1));
        query.select(root)
                .where(builder.exists(ofRoot), builder.exists(ofJoin), builder.equal(purchases.get("total"), 1));
        assertThat(Targeting.of((SqmStatement<?>) query, model.mapping, model.factory)
                        .crossShard())
                .isNull();
        assertThat(criteria(query)).isEqualTo(SHARDS);
    }
}
