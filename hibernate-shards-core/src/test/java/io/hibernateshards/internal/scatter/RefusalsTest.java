package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Region;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is refused for how it is run; what is refused for its text is in the golden plans. */
class RefusalsTest {
    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.SCHEMAS, 4);
        factory = new ShardedConfiguration()
                .entities(OracleModel.ENTITIES)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
        Region north = new Region();
        north.code = "N";
        factory.getReferenceData().upsert(List.of(north));
        for (long id = 1; id <= 8; id++) {
            Owner owner = new Owner();
            owner.id = id;
            owner.region = north;
            factory.inTransaction(session -> session.persist(owner));
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    private static void refused(Consumer<ShardedSession> work, ShardErrorCode code, String... words) {
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionMode(TransactionMode.SINGLE_SHARD);
            session.inTransaction(transaction -> {
                ThrowingCallable call = () -> work.accept(session);
                assertThatThrownBy(call)
                        .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                                .isEqualTo(code))
                        .hasMessageContainingAll(words);
                assertThat(session.usedShards()).isEmpty();
            });
        }
    }

    @Test
    void bulkStatementForSeveralShards_isRefusedBeforeAnythingIsSent() {
        for (String hql : List.of(
                "update Owner o set o.number = 5",
                "delete from Line l",
                "update Owner o set o.number = 5 where o.id in (1, 2, 3, 4, 5, 6, 7)",
                "update Deal d set d.note = 'x' where d.owner.id > 3",
                "delete from Owner o where o.id = 1 or o.number = 3")) {
            refused(
                    session -> session.createMutationQuery(hql).executeUpdate(),
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "Nothing was sent",
                    hql);
        }
    }

    @Test
    void settingTheKey_isRefusedOnOneShardToo() {
        for (String hql : List.of(
                "update Owner o set o.id = 5 where o.id = 4",
                "update Owner o set o.id = 5",
                "update Deal d set d.owner = (select o from Owner o where o.id = 5) where d.owner.id = 4",
                "update Asset a set a.tenant = 'other' where a.tenant = 'tenant3'")) {
            refused(
                    session -> session.createMutationQuery(hql).executeUpdate(),
                    ShardErrorCode.QUERY_REFUSED,
                    "it is the shard key",
                    "Nothing was sent");
        }
    }

    @Test
    void changingReferenceRows_isRefused() {
        for (String hql : List.of(
                "update Region r set r.name = 'x' where r.code = 'N'",
                "delete from Region r",
                "insert into Region (code, ranking) values ('X', 1)")) {
            refused(
                    session -> session.createMutationQuery(hql).executeUpdate(),
                    ShardErrorCode.QUERY_REFUSED,
                    "reference entity",
                    "getReferenceData()");
        }
    }

    @Test
    void insertWithoutOneShard_isRefused() {
        for (String hql : List.of(
                "insert into Deal (id, note) values (1, 'without its owner')",
                "insert into Owner (id, name) select o.id + 1000, o.name from Owner o")) {
            refused(
                    session -> session.createMutationQuery(hql).executeUpdate(),
                    ShardErrorCode.QUERY_REFUSED,
                    "insert into",
                    "persist");
        }
    }

    @Test
    void insertOfRowsOfSeveralShards_takesTheModeThatAllowsIt() {
        for (String hql : List.of(
                "insert into Owner (id, name) values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')",
                "insert into Deal (id, owner) select d.id + 1000, d.owner from Deal d")) {
            refused(
                    session -> session.createMutationQuery(hql).executeUpdate(),
                    ShardErrorCode.CROSS_SHARD_TRANSACTION,
                    "two-phase");
        }
    }

    @Test
    void insertThatLooksAtOtherRows_isRefused() {
        for (String hql : List.of(
                "insert into Deal (id, owner) select d.id + 1000, d.owner from Deal d order by d.id limit 5",
                "insert into Deal (id, owner) select d.id + row_number() over (order by d.id), d.owner from Deal d")) {
            refused(
                    session -> session.createMutationQuery(hql).executeUpdate(),
                    ShardErrorCode.QUERY_REFUSED,
                    "a limited number of rows");
        }
    }

    @Test
    void resultCountOfALimitOfItsOwn_withoutGathering_isRefused() {
        refused(
                session -> session.createQuery("from Owner o limit 3", Owner.class)
                        .setHint(ShardHints.GATHER_LIMIT, 0)
                        .getResultCount(),
                ShardErrorCode.QUERY_REFUSED,
                "result count",
                "setMaxResults");
    }

    @Test
    void collectionFetchIntoAnotherType_isRefused() {
        try (ShardedSession session = factory.openSession()) {
            var query = session.createQuery("select o from Owner o join fetch o.deals order by o.id", Object[].class);
            assertThatThrownBy(query::getResultList)
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("a collection fetch");
        }
    }

    @Test
    void nativeSql_isRefusedWhereThereAreSeveralShards() {
        refused(
                session -> session.createNativeQuery("select 1", Integer.class).getResultList(),
                ShardErrorCode.ROUTE_MISSING,
                ShardHints.KEY,
                ShardHints.ALL);
    }

    @Test
    void explain_throwsWhatRunningItWould() {
        refused(
                session -> ((ShardedQuery<?>)
                                session.createQuery("select max(o.number) - min(o.number) from Owner o", Integer.class)
                                        .setHint(ShardHints.GATHER_LIMIT, 0))
                        .explain(),
                ShardErrorCode.QUERY_REFUSED,
                "an aggregate inside an expression",
                "Nothing was sent");
    }

    @Test
    void lockOfGatheredRows_isRefused() {
        refused(
                session -> session.createQuery(
                                "from Owner o where o.number = (select max(p.number) from Owner p)", Owner.class)
                        .setLockMode(jakarta.persistence.LockModeType.PESSIMISTIC_WRITE)
                        .getResultList(),
                ShardErrorCode.QUERY_REFUSED,
                "with a lock",
                "copies");
    }

    @Test
    void moreRowsThanMayBeGathered_areRefused() {
        try (ShardedSession session = factory.openSession()) {
            var query = session.createQuery("select a.id, b.id from Owner a, Owner b", Object[].class)
                    .setHint(ShardHints.INLINE_LIMIT, 0)
                    .setHint(ShardHints.GATHER_LIMIT, 7);
            assertThatThrownBy(query::getResultList)
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.QUERY_BUDGET))
                    .hasMessageContainingAll("more than 7 rows", "Owner=8", ShardHints.GATHER_LIMIT);
            assertThat(query.setHint(ShardHints.GATHER_LIMIT, 8).getResultList())
                    .hasSize(64);
        }
    }

    @Test
    void unorderedRowsThatSeveralShardsMayChoose_areAsManyAsAsked() {
        factory.inTransaction(session -> {
            assertThat(session.createQuery("from Owner", Owner.class)
                            .setFirstResult(2)
                            .setMaxResults(5)
                            .getResultList())
                    .hasSize(5)
                    .doesNotHaveDuplicates();
            assertThat(session.createQuery("from Owner limit 5 offset 4", Owner.class)
                            .getResultList())
                    .hasSize(4);
        });
    }
}
