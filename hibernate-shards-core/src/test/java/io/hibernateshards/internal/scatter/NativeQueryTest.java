package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKeys;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.internal.scatter.OracleModel.Asset;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Region;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.SharedSessionContract;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.query.NativeQuery;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Where SQL runs, and what is refused. That it answers right is {@link QueryOracleTest}'s. */
@SuppressWarnings("deprecation")
class NativeQueryTest {
    private static Oracle oracle;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void load() {
        oracle = new Oracle(Collation.C);
        factory = oracle.sharded;
    }

    @AfterAll
    static void stop() {
        oracle.close();
    }

    private interface Question {
        Object of(ShardedSession session);
    }

    private static void refused(Question question, ShardErrorCode code, String... words) {
        try (ShardedSession session = factory.openSession()) {
            session.setTransactionMode(TransactionMode.SINGLE_SHARD);
            session.beginTransaction();
            assertThatThrownBy(() -> question.of(session))
                    .hasMessageContainingAll(words)
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(code));
            assertThat(session.usedShards()).isEmpty();
        }
    }

    private static NativeQuery<Long> owners(SharedSessionContract session) {
        return session.createNativeQuery("select id from Owner", Long.class);
    }

    // ---- where it runs

    @Test
    void key_asksItsShardOnly() {
        try (ShardedSession session = factory.openSession()) {
            ShardId shard = session.shardOf(session.find(Owner.class, -9L));
            session.clear();
            try (ShardedSession other = factory.openSession()) {
                assertThat(owners(other)
                                .setHint(ShardHints.KEY, -9L)
                                .setHint(ShardHints.ENTITY, Owner.class)
                                .getResultList())
                        .contains(-9L);
                assertThat(other.usedShards()).containsExactly(shard);
            }
        }
    }

    @Test
    void keyOfSeveralValues_isGivenAsShardKeys() {
        try (ShardedSession session = factory.openSession()) {
            assertThat(owners(session)
                            .setHint(ShardHints.KEY, ShardKeys.of(-9L))
                            .setHint(ShardHints.ENTITY, Owner.class)
                            .getResultList())
                    .contains(-9L);
            assertThat(session.usedShards()).hasSize(1);
        }
        refused(
                session -> owners(session)
                        .setHint(ShardHints.KEY, ShardKeys.of(-9L, "x"))
                        .setHint(ShardHints.ENTITY, Owner.class)
                        .getResultList(),
                ShardErrorCode.SHARD_KEY_MISSING,
                "1 value(s)");
    }

    @Test
    void shards_haveEachOwnerOnce() {
        Set<Long> seen = new HashSet<>();
        for (ShardId shard : factory.getTopology().shards()) {
            try (ShardedSession session = factory.openSession()) {
                List<Long> some =
                        owners(session).setHint(ShardHints.SHARD, shard).getResultList();
                assertThat(session.usedShards()).containsExactly(shard);
                assertThat(seen).doesNotContainAnyElementsOf(some);
                seen.addAll(some);
            }
        }
        assertThat(seen).hasSize(OracleRows.OWNERS);
    }

    @Test
    void all_isEveryShardsOwnAnswer() {
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.createNativeQuery("select count(*) from Owner", Long.class)
                            .setHint(ShardHints.ALL, "true")
                            .getResultList())
                    .hasSize(4)
                    .satisfies(counts -> assertThat(
                                    counts.stream().mapToLong(count -> count).sum())
                            .isEqualTo(OracleRows.OWNERS));
            assertThat(session.createNativeQuery("select code from Region", String.class)
                            .setHint(ShardHints.ALL, true)
                            .getResultList())
                    .hasSize(16);
        }
    }

    @Test
    void hint_isTakenBackByNullOrFalse() {
        try (ShardedSession session = factory.openSession()) {
            NativeQuery<Long> query = owners(session).setHint(ShardHints.ALL, true);
            assertThat(query.getHints()).containsEntry(ShardHints.ALL, true);
            query.setHint(ShardHints.ALL, false).setHint(ShardHints.SHARD, "shard0");
            assertThat(query.getResultList()).hasSizeLessThan(OracleRows.OWNERS);
            query.setHint(ShardHints.SHARD, null).setHint(ShardHints.ALL, true);
            assertThat(query.getResultList()).hasSize(OracleRows.OWNERS);
            assertThat(query.getHints()).doesNotContainKey(ShardHints.SHARD);
        }
    }

    @Test
    void update_onAllShards_isRefusedBeforeAnythingIsSent() {
        refused(
                session -> session.createNativeMutationQuery("update Owner set number = 0")
                        .setHint(ShardHints.ALL, true)
                        .executeUpdate(),
                ShardErrorCode.CROSS_SHARD_TRANSACTION,
                "update Owner",
                "ShardHints.SHARD");
        refused(
                session -> session.createNativeQuery("update Owner set number = 0 returning id", Long.class)
                        .setHint(ShardHints.ALL, true)
                        .getResultList(),
                ShardErrorCode.CROSS_SHARD_TRANSACTION,
                "returning id");
    }

    @Test
    void budget_holdsForAllShards() {
        refused(
                session -> owners(session)
                        .setHint(ShardHints.ALL, true)
                        .setHint(ShardHints.MAX_SHARDS, 3)
                        .getResultList(),
                ShardErrorCode.QUERY_BUDGET,
                "select id from Owner");
        try (ShardedSession session = factory.openSession()) {
            NativeQuery<Long> query =
                    owners(session).setHint(ShardHints.ALL, true).setHint(ShardHints.MAX_ROWS, 100);
            assertThatThrownBy(query::getResultList).hasMessageContaining("more than 100 rows");
            query.setHint(ShardHints.MAX_ROWS, OracleRows.OWNERS);
            assertThat(query.getResultList()).hasSize(OracleRows.OWNERS);
        }
    }

    // ---- what is refused

    @Test
    void noHint_isRefused() {
        for (Question question : List.<Question>of(
                session -> owners(session).getResultList(),
                session -> owners(session).getSingleResult(),
                session -> owners(session).uniqueResultOptional(),
                session -> owners(session).getResultStream(),
                session -> owners(session).scroll(),
                session -> owners(session).getResultCount(),
                session -> session.createNativeQuery("delete from Owner").executeUpdate(),
                session ->
                        session.createNativeMutationQuery("delete from Owner").executeUpdate(),
                session -> session.createNamedQuery("Owner.named", Owner.class)
                        .setParameter(1, "a")
                        .setParameter(2, 1L)
                        .getResultList())) {
            refused(question, ShardErrorCode.ROUTE_MISSING, "4 shards", ShardHints.KEY, ShardHints.SHARD);
        }
    }

    @Test
    void hintsThatSayNothingClear_areRefused() {
        refused(
                session -> owners(session)
                        .setHint(ShardHints.KEY, -9L)
                        .setHint(ShardHints.ALL, true)
                        .getResultList(),
                ShardErrorCode.ROUTE_MISSING,
                "contradict");
        refused(
                session ->
                        owners(session).setHint(ShardHints.ENTITY, Owner.class).getResultList(),
                ShardErrorCode.ROUTE_MISSING,
                "alone says nothing");
        refused(
                session -> owners(session).setHint(ShardHints.KEY, -9L).getResultList(),
                ShardErrorCode.ROUTE_MISSING,
                ShardHints.ENTITY,
                "Asset, Boat");
        refused(
                session -> owners(session)
                        .setHint(ShardHints.KEY, "N")
                        .setHint(ShardHints.ENTITY, Region.class)
                        .getResultList(),
                ShardErrorCode.ROUTE_MISSING,
                "no entity with a shard key");
        refused(
                session -> owners(session).setHint(ShardHints.SHARD, "shard9").getResultList(),
                ShardErrorCode.ROUTE_MISSING,
                "shard9",
                "shard3");
        refused(
                session -> owners(session)
                        .setHint(ShardHints.KEY, "nine")
                        .setHint(ShardHints.ENTITY, Owner.class)
                        .getResultList(),
                ShardErrorCode.SHARD_KEY_MISSING,
                "java.lang.Long");
    }

    @Test
    void valuesOfNoUse_areRefusedWhenTheyAreSet() {
        try (ShardedSession session = factory.openSession()) {
            for (Map.Entry<String, Object> hint : Map.<String, Object>of(
                            ShardHints.ALL, "yes", ShardHints.SHARD, 3, "hibernate.shards.query.al", true)
                    .entrySet()) {
                assertThatThrownBy(() -> owners(session).setHint(hint.getKey(), hint.getValue()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(hint.getKey());
            }
        }
    }

    @Test
    void childSessions_areNotHandedOut() {
        try (ShardedSession session = factory.openSession()) {
            NativeQuery<Long> query = owners(session);
            assertThatThrownBy(() -> query.unwrap(SessionImplementor.class)).hasMessageContaining("Instead");
            assertThat(query.unwrap(NativeQuery.class)).isSameAs(query);
        }
    }

    @Test
    void scrollOfAllShards_isRefused() {
        refused(
                session -> owners(session).setHint(ShardHints.ALL, true).scroll(),
                ShardErrorCode.QUERY_REFUSED,
                "scroll()");
    }

    @Test
    void partialAnswers_areRefused() {
        refused(
                session -> owners(session)
                        .setHint(ShardHints.ALL, true)
                        .setHint(ShardHints.PARTIAL, true)
                        .getResultList(),
                ShardErrorCode.OPERATION_REFUSED,
                ShardHints.PARTIAL);
    }

    @Test
    void selectAsMutation_isRefused() {
        try (ShardedSession session = factory.openSession()) {
            assertThatThrownBy(() -> session.createNativeMutationQuery("select 1"))
                    .hasMessageContaining("Expecting a native mutation query");
            assertThatThrownBy(() -> session.createNamedMutationQuery("Asset.ofTenant"))
                    .hasMessageContaining("Asset.ofTenant");
            assertThatThrownBy(() -> session.createNativeQuery("select 1", "none"))
                    .hasMessageContaining("No result set mapping");
        }
    }

    // ---- HQL

    @Test
    void hqlWithAShard_asksThatShardOnly() {
        long sum = 0;
        for (ShardId shard : factory.getTopology().shards()) {
            try (ShardedSession session = factory.openSession()) {
                sum += session.createQuery("select count(*) from Owner", Long.class)
                        .setHint(ShardHints.SHARD, shard)
                        .getSingleResult();
                assertThat(session.usedShards()).containsExactly(shard);
            }
        }
        assertThat(sum).isEqualTo(OracleRows.OWNERS);
    }

    @Test
    void hqlWithAKey_mayBeWhatIsRefusedOverShards() {
        try (ShardedSession session = factory.openSession()) {
            List<Asset> assets = session.createQuery(
                            "select a from Asset a, Asset b where a.label = b.label", Asset.class)
                    .setHint(ShardHints.KEY, "tenant3")
                    .setHint(ShardHints.ENTITY, "Asset")
                    .getResultList();
            assertThat(assets).isNotEmpty();
            assertThat(session.usedShards()).hasSize(1);
        }
    }

    @Test
    void hqlUpdateWithAShard_changesItsRowsOnly() {
        long sum = 0;
        for (ShardId shard : factory.getTopology().shards()) {
            try (ShardedSession session = factory.openSession()) {
                session.beginTransaction();
                sum += session.createMutationQuery("update Owner o set o.number = 0")
                        .setHint(ShardHints.SHARD, shard)
                        .executeUpdate();
                session.getTransaction().rollback();
            }
        }
        assertThat(sum).isEqualTo(OracleRows.OWNERS);
    }

    @Test
    void hqlNamedWithAHint_asksThatShardOnly() {
        try (ShardedSession session = factory.openSession()) {
            factory.addNamedQuery(
                    "hinted",
                    session.createQuery("select count(*) from Owner", Long.class)
                            .setHint(ShardHints.SHARD, "shard1"));
            session.createNamedQuery("hinted", Long.class).getSingleResult();
            assertThat(session.usedShards()).containsExactly(ShardId.of("shard1"));
        }
    }

    @Test
    void hqlWithSqlsHints_isRefused() {
        refused(
                session -> session.createQuery("from Owner", Owner.class)
                        .setHint(ShardHints.ALL, true)
                        .getResultList(),
                ShardErrorCode.OPERATION_REFUSED,
                "leave the hint out");
        refused(
                session -> session.createMutationQuery("insert into Owner (id, name) values (1000, 'new')")
                        .setHint(ShardHints.SHARD, "shard1")
                        .executeUpdate(),
                ShardErrorCode.QUERY_REFUSED,
                "Leave the hint out");
    }
}
