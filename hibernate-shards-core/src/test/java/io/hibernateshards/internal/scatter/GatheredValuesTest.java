package io.hibernateshards.internal.scatter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.OnCluster;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.topology.SqlLiteral;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values are never read as SQL, whatever is in them and however the server reads backslashes. */
class GatheredValuesTest {
    private static final List<String> NASTY = List.of(
            "'",
            "''",
            "\\",
            "\\'",
            "\\\\'",
            "\\')) q; drop table secret; commit; --",
            "'); drop table secret; commit; --",
            "\\'; drop table secret; /*",
            "*/ -- /*",
            "$$ $1 $tag$ ? ?? :n :name {fn now()} {d '2020-01-01'}",
            "\u00e9 \u65e5\u672c \ud83d\ude00 \u2019 \u02bc \u00ff",
            "E'\\x41' U&'\\0041'",
            "%s %n %% _",
            "line\nline\r\ttab",
            "x".repeat(100_000) + "\\'");

    @Entity(name = "Item")
    static class Item {
        @Id
        @ShardKey
        Long id = 0L;

        @jakarta.persistence.Column(columnDefinition = "text")
        String name = "";

        byte[] data = {0, 39, 92, -1};
        LocalDate day = LocalDate.of(2026, 1, 31);
        BigDecimal amount = new BigDecimal("1.50");
        UUID code = new UUID(1, 2);
        OffsetDateTime moment = OffsetDateTime.parse("2026-01-31T12:00:00Z");
        String[] tags = {"a'b", "c\\d"};
        boolean yes = true;
    }

    private static final class Items extends OnCluster {
        Items(LocalCluster cluster) {
            super(cluster);
        }

        @Override
        public void close() {
            cluster.close();
        }
    }

    private static Items items;

    @BeforeAll
    static void start() {
        items = new Items(LocalCluster.shared(Layout.DATABASES, 2));
        try (ShardedSessionFactory factory = factory("create")) {
            factory.inTransaction(session -> {
                for (int i = 0; i < NASTY.size(); i++) {
                    Item item = new Item();
                    item.id = (long) i;
                    item.name = NASTY.get(i);
                    session.persist(item);
                }
            });
        }
        for (int shard = 0; shard < 2; shard++) {
            items.execute(shard, "create table secret (x int); insert into secret values (1)");
        }
    }

    @AfterAll
    static void stop() {
        items.close();
    }

    private static ShardedSessionFactory factory(String schema) {
        return new ShardedConfiguration()
                .entities(Item.class)
                .settings(items.cluster.settings())
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .setting("hibernate.session_factory_name", "it's \\' a name")
                .setting("hibernate.hbm2ddl.auto", schema)
                .build();
    }

    /** The start refuses servers that have it off, but anybody may set it later. */
    private static void set(Session session, String standardStrings) {
        items.cluster.shards().forEach(shard -> session.createNativeQuery(
                        "select set_config('standard_conforming_strings', :v, true)", String.class)
                .setParameter("v", standardStrings)
                .setHint(ShardHints.SHARD, shard.name())
                .getSingleResult());
    }

    private static long count(ShardedSessionFactory factory, String standardStrings, String condition, Object value) {
        return factory.fromTransaction(session -> {
            set(session, standardStrings);
            return session.createNativeQuery("select count(*) from Item where " + condition, Long.class)
                    .setParameter("n", value)
                    .setHint(ShardHints.GATHER, true)
                    .getSingleResult();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void parametersOfGatheredQueries_areValues(String standardStrings) {
        try (ShardedSessionFactory factory = factory("none")) {
            for (String name : NASTY) {
                assertThat(count(factory, standardStrings, "name = :n", name))
                        .as(name)
                        .isEqualTo(1);
                List<Object[]> ranked = factory.fromTransaction(session -> {
                    set(session, standardStrings);
                    return session.createQuery(
                                    "select i.id, rank() over (order by i.id) from Item i where i.name = :n",
                                    Object[].class)
                            .setParameter("n", name)
                            .getResultList();
                });
                assertThat(ranked).as(name).hasSize(1);
            }
            assertThat(count(factory, standardStrings, "name in (:n)", NASTY.subList(0, 3)))
                    .isEqualTo(3);
            assertThatThrownBy(() -> count(factory, standardStrings, "name = :n", "a\0b"))
                    .hasStackTraceContaining("0x00");
            Item item = new Item();
            long all = NASTY.size();
            assertThat(count(factory, standardStrings, "data = :n", item.data)).isEqualTo(all);
            assertThat(count(factory, standardStrings, "day = :n", item.day)).isEqualTo(all);
            assertThat(count(factory, standardStrings, "day > :n", item.day.minusDays(1)))
                    .isEqualTo(all);
            assertThat(count(factory, standardStrings, "amount = :n", item.amount))
                    .isEqualTo(all);
            assertThat(count(factory, standardStrings, "code = :n", item.code)).isEqualTo(all);
            assertThat(count(factory, standardStrings, "moment = :n", item.moment))
                    .isEqualTo(all);
            assertThat(count(factory, standardStrings, "tags = :n", item.tags)).isEqualTo(all);
            assertThat(count(factory, standardStrings, "yes = :n", true)).isEqualTo(all);
            assertThat(count(factory, standardStrings, "id >= :n and '?' <> '' /* ? */ -- ?\n", 0))
                    .isEqualTo(all);
        }
        assertThat(items.number(0, "select x from secret") + items.number(1, "select x from secret"))
                .isEqualTo(2);
    }

    /** Names of prepared branches are text of statements, too. */
    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void commitsOverSeveralShards_workWithBoth(String standardStrings) {
        try (ShardedSessionFactory factory = factory("none")) {
            factory.inTransaction(session -> {
                set(session, standardStrings);
                for (long id = 0; id < NASTY.size(); id++) {
                    session.find(Item.class, id).yes = true;
                    session.find(Item.class, id).amount = new BigDecimal("1.50");
                    session.find(Item.class, id).day = LocalDate.of(2026, 1, 30);
                }
            });
            factory.inTransaction(session -> {
                set(session, standardStrings);
                session.createMutationQuery("update Item set day = :d")
                        .setParameter("d", LocalDate.of(2026, 1, 31))
                        .executeUpdate();
            });
        }
    }

    @Test
    void literals_meanTheSameWithBoth() throws SQLException {
        try (Connection connection = items.cluster.shards().get(0).connect();
                Statement statement = connection.createStatement()) {
            for (String standardStrings : List.of("on", "off")) {
                statement.execute("set standard_conforming_strings = " + standardStrings);
                for (String text : NASTY) {
                    if (!text.contains("{") && !text.contains("?")) { // which are the driver's
                        try (ResultSet row = statement.executeQuery("select " + SqlLiteral.of(text))) {
                            row.next();
                            assertThat(row.getString(1)).isEqualTo(text);
                        }
                    }
                }
            }
        }
        assertThatThrownBy(() -> SqlLiteral.of("a\0b")).isInstanceOf(IllegalArgumentException.class);
    }
}
