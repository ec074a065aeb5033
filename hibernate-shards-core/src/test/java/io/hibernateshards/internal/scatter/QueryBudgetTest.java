package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedQuery;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.scatter.OracleModel.Owner;
import io.hibernateshards.internal.scatter.OracleModel.Region;
import jakarta.persistence.QueryTimeoutException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What queries over several shards may cost, by settings and by hints. */
class QueryBudgetTest {
    private static LocalCluster cluster;
    private static ShardedSessionFactory free;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.SCHEMAS, 4);
        free = factory("hibernate.hbm2ddl.auto", "create");
        Region north = new Region();
        north.code = "N";
        free.getReferenceData().upsert(List.of(north));
        for (long id = 1; id <= 40; id++) {
            Owner owner = new Owner();
            owner.id = id;
            owner.region = north;
            free.inTransaction(session -> session.persist(owner));
        }
    }

    @AfterAll
    static void stop() {
        free.close();
        cluster.close();
    }

    private static ShardedSessionFactory factory(String... settings) {
        ShardedConfiguration configuration =
                new ShardedConfiguration().entities(OracleModel.ENTITIES).settings(cluster.settings());
        for (int i = 0; i < settings.length; i += 2) {
            configuration.setting(settings[i], settings[i + 1]);
        }
        return configuration.build();
    }

    private static ShardedQuery<Owner> query(ShardedSession session, String hql) {
        return session.createQuery(hql, Owner.class);
    }

    private static void overBudget(Consumer<ShardedSession> work, ShardedSessionFactory factory, String... words) {
        try (ShardedSession session = factory.openSession()) {
            assertThatThrownBy(() -> work.accept(session))
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.QUERY_BUDGET))
                    .hasMessageContainingAll(words);
        }
    }

    @Test
    void deny_refusesWhatAsksSeveralShards_andAllowsWhatOneAnswers() {
        try (ShardedSessionFactory strict = factory(ShardSettings.QUERY_SCATTER, "deny")) {
            overBudget(
                    session -> query(session, "from Owner").list(),
                    strict,
                    "hibernate.shards.query.scatter",
                    "from Owner");
            overBudget(session -> query(session, "from Owner").getResultCount(), strict, "deny", "Nothing was sent");
            overBudget(session -> query(session, "from Owner").stream().close(), strict, "deny");
            try (ShardedSession session = strict.openSession()) {
                assertThat(query(session, "from Owner where id = 7").list()).hasSize(1);
                assertThat(query(session, "from Owner")
                                .setHint(ShardHints.SCATTER, "allow")
                                .getResultList())
                        .hasSize(40);
            }
        }
    }

    @Test
    void warn_tellsOfEachQueryOnce() {
        PrintStream err = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        try (ShardedSessionFactory warning = factory(ShardSettings.QUERY_SCATTER, "warn");
                ShardedSession session = warning.openSession()) {
            System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
            for (int i = 0; i < 3; i++) {
                assertThat(query(session, "from Owner o where o.id > 0").list()).hasSize(40);
                assertThat(query(session, "from Owner o where o.id = 3").list()).hasSize(1);
            }
        } finally {
            System.setErr(err);
        }
        assertThat(logged.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("from Owner")))
                .singleElement()
                .asString()
                .contains("asks shards [shard0, ", "from Owner o where o.id > 0");
    }

    @Test
    void denyByHint_refusesOneQuery() {
        overBudget(
                session -> query(session, "from Owner")
                        .setHint(ShardHints.SCATTER, "deny")
                        .getResultList(),
                free,
                "deny");
    }

    @Test
    void tooManyShards_areRefusedBeforeAnythingIsSent() {
        try (ShardedSessionFactory strict = factory(ShardSettings.QUERY_MAX_SHARDS, "3")) {
            try (ShardedSession session = strict.openSession()) {
                assertThatThrownBy(() -> query(session, "from Owner").list())
                        .hasMessageContainingAll("hibernate.shards.query.max-shards is 3", "Nothing was sent");
                assertThat(session.usedShards()).isEmpty();
                assertThat(query(session, "from Owner")
                                .setHint(ShardHints.MAX_SHARDS, 4)
                                .getResultList())
                        .hasSize(40);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "from Owner",
                "from Owner o order by o.id",
                "from Owner o where o.id > 1 order by o.number, o.id desc limit 38",
                "select o from Owner o left join o.deals d order by o.id",
            })
    void tooManyRows_failTheQuery_andAreNotAllRead(String hql) {
        overBudget(
                session -> query(session, hql).setHint(ShardHints.MAX_ROWS, 30).getResultList(),
                free,
                "more than 30 rows",
                "hibernate.shards.query.max-rows",
                hql);
    }

    @Test
    void moreTimeThanTheLimit_endsTheQuery_unlessItHasATimeoutOfItsOwn() {
        try (ShardedSessionFactory strict = factory(ShardSettings.QUERY_MAX_TIME, "300");
                ShardedSession session = strict.openSession()) {
            String slow = "select cast(function('pg_sleep', 30.0) as String) from Owner";
            assertThatThrownBy(() -> session.createQuery(slow, String.class).getResultList())
                    .isInstanceOf(QueryTimeoutException.class)
                    .hasMessageContainingAll("300 ms", "hibernate.shards.query.max-time", slow);
            String shortly = "select cast(function('pg_sleep', 0.05) as String) from Owner";
            assertThat(session.createQuery(shortly, String.class)
                            .setHint("jakarta.persistence.query.timeout", 600_000)
                            .getResultList())
                    .hasSize(40);
        }
    }

    @Test
    void rowsWithinTheLimit_areAnswered() {
        try (ShardedSessionFactory strict = factory(ShardSettings.QUERY_MAX_ROWS, "40");
                ShardedSession session = strict.openSession()) {
            assertThat(query(session, "from Owner").list()).hasSize(40);
            assertThat(query(session, "from Owner o order by o.id").list())
                    .extracting(owner -> owner.id)
                    .isSorted()
                    .hasSize(40);
            assertThat(session.createQuery("select count(*) from Owner", Long.class)
                            .getSingleResult())
                    .isEqualTo(40);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "hibernate.shards.query.scatter, sometimes, use allow",
        "hibernate.shards.query.max-rows, 0, at least 1",
        "hibernate.shards.query.max-shards, many, at least 1",
        "hibernate.shards.query.max-time, soon, at least 1",
        "hibernate.shards.query.max-columns, 3, there is no hint"
    })
    void badHint_isRefusedWhenItIsSet(String hint, String value, String cure) {
        try (ShardedSession session = free.openSession()) {
            ShardedQuery<Owner> query = query(session, "from Owner");
            assertThatThrownBy(() -> query.setHint(hint, value))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll(hint, cure);
            assertThatCode(query::list).doesNotThrowAnyException();
        }
    }
}
