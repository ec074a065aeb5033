package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Text in the order of the databases' collation, whichever it is. */
class QueryOracleCollationsTest {
    /** The last one is by code points too, but a server with it says so in another way. */
    private static final List<Collation> COLLATIONS = List.of(
            Collation.icu("en-US"), Collation.icu("de-DE"), Collation.icu("sv-u-kf-upper"), Collation.libc("C.UTF-8"));

    @TestFactory
    Stream<DynamicTest> text_isInTheOrderOfTheCollation() {
        return COLLATIONS.stream()
                .map(collation -> DynamicTest.dynamicTest(collation.sql(), () -> {
                    try (Oracle oracle = new Oracle(collation)) {
                        for (Ask ask : asks()) {
                            List<String> right = oracle.plain.fromTransaction(ask::answer);
                            assertThat(oracle.sharded.fromTransaction(ask::answer))
                                    .as(ask.name())
                                    .isEqualTo(right);
                        }
                    }
                }));
    }

    private static List<Ask> asks() {
        List<Ask> asks = new ArrayList<>(OrderedAsks.texts());
        asks.addAll(GroupAsks.texts());
        for (Ask ask : OrderedAsks.all()) {
            if (ask.name().matches(".*o\\.(name|code|letter|colour|grade|place\\.city|region\\.code)\\b.*")) {
                asks.add(ask);
            }
        }
        asks.addAll(CriteriaAsks.all());
        return asks;
    }

    @Test
    void differentCollations_refuseToOrderByText() {
        try (LocalCluster german = LocalCluster.shared(Layout.DATABASES, 1, Collation.icu("de-DE"));
                LocalCluster swedish = LocalCluster.shared(Layout.DATABASES, 1, Collation.icu("sv"));
                ShardedSessionFactory factory =
                        factory(german.shards().get(0), swedish.shards().get(0))) {
            for (long id = 1; id <= 20; id++) {
                Owner owner = new Owner();
                owner.id = id;
                owner.name = "name " + id;
                owner.number = (int) -id;
                factory.inTransaction(session -> session.persist(owner));
            }
            factory.inTransaction(session -> {
                assertThatThrownBy(() -> session.createQuery("from Owner o order by o.name", Owner.class)
                                .getResultList())
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContaining("HS-030")
                        .hasMessageContaining("different collations")
                        .hasMessageContaining("de-DE");
                assertThatThrownBy(() -> session.createQuery("select max(o.name) from Owner o", String.class)
                                .getResultList())
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContaining("different collations");
                assertThat(session.createQuery("select o.id from Owner o order by o.number", Long.class)
                                .setMaxResults(2)
                                .getResultList())
                        .containsExactly(20L, 19L);
                assertThat(session.createQuery(
                                        "select o.name from Owner o order by collate(o.name as ucs_basic)",
                                        String.class)
                                .setMaxResults(2)
                                .getResultList())
                        .containsExactly("name 1", "name 10");
                assertThat(session.createQuery("from Owner o where o.id = 7 order by o.name", Owner.class)
                                .getResultList())
                        .hasSize(1);
            });
        }
    }

    private static ShardedSessionFactory factory(Shard german, Shard swedish) {
        return new ShardedConfiguration()
                .shard("german", german.url(), german.user(), german.password())
                .shard("swedish", swedish.url(), swedish.user(), swedish.password())
                .entities(OracleModel.ENTITIES)
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
    }
}
