package io.hibernateshards.internal.gather;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.jdbc.Work;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows of four databases in temporary tables of one. */
class GatherTest {
    private static final List<String> COLUMNS = List.of(
            "id",
            "\"Order\"",
            "txt",
            "vary",
            "fixed",
            "num",
            "scaled",
            "dbl",
            "flt",
            "flag",
            "bin",
            "uid",
            "day",
            "ts",
            "tz",
            "span",
            "js",
            "jsb",
            "ints",
            "texts",
            "mood",
            "positive",
            "bits",
            "ip");
    private static final CopiedTable ALL = table("sample", COLUMNS, null);

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @Entity(name = "Thing")
    static class Thing {
        @Id
        @ShardKey
        @Nullable
        Long id;
    }

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 4);
        factory = new ShardedConfiguration()
                .entities(Thing.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .setting("hibernate.shards.pool.maximum-pool-size", "2")
                .build();
        for (int shard = 0; shard < 4; shard++) {
            int first = shard * 10;
            try (ShardedSession session = factory.openSession()) {
                session.inTransaction(tx -> work(session, shard(first / 10), connection -> fill(connection, first)));
            }
        }
    }

    private static void fill(Connection connection, int first) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("create type mood as enum ('sad', 'happy')");
            statement.execute("create domain positive as int check (value > 0)");
            // an order of columns of its own on each shard
            String columns =
                    """
                    "Order" int, txt text collate "POSIX", vary varchar(20), fixed char(5), num numeric,
                    scaled numeric(20, 6), dbl float8, flt float4, flag boolean, bin bytea, uid uuid, day date, ts timestamp,
                    tz timestamptz, span interval, js json, jsb jsonb, ints int[], texts text[], mood mood, positive positive,
                    bits varbit, ip inet""";
            statement.execute("create table sample ("
                    + (first % 20 == 0
                            ? "id bigint primary key, dropped int, " + columns
                            : columns + ", id bigint primary key")
                    + ")");
            statement.execute("create table plain_view_base (id bigint, name text)");
            statement.execute("create view named as select id, name from plain_view_base");
            statement.execute("insert into plain_view_base values (" + first + ", 'n" + first + "')");
            if (first % 20 == 0) {
                statement.execute("alter table sample drop column dropped");
            }
            statement.execute("insert into sample (id) values (" + first + ")"); // all null
            statement.execute(
                    """
                    insert into sample (%s) values (
                    %d, 7, E'it''s \\\\ "q" \\t \\u00e4 \\U0001F600 \\\\.', '', 'ab', 'NaN', -0.000001, '-0', 'Infinity', true,
                    '\\x00ff5c', '00000000-0000-0000-0000-0000000000%d', '4713-01-01 BC', 'infinity',
                    '2024-02-29 23:59:59.123456+14', '1 mon -3 days 00:00:00.000001', '{"a" :  1, "a": null}', 'null',
                    '{{1,null},{3,4}}', '{"a,b",null,"NULL",""}', 'happy', 5, b'101', '::1/64')"""
                            .formatted(String.join(", ", COLUMNS), first + 1, first + 10));
            statement.execute(
                    """
                    insert into sample (id, dbl, num, texts, day) values
                    (%d, 'NaN', 1.10, '{}', 'infinity'), (%d, 4.9e-324, 1e100, '{"\\\\"}', '2024-01-01')"""
                            .formatted(first + 2, first + 3));
        }
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    private static ShardId shard(int number) {
        return ShardId.of("shard" + number);
    }

    private static CopiedTable table(String name, List<String> columns, @Nullable RowFilter filter) {
        return new CopiedTable(name, columns, List.of(shard(0), shard(1), shard(2), shard(3)), filter);
    }

    /** On the destination's child. */
    private record Gathering(Gather gather) {
        <T> T run(ShardId destination, Supplier<T> query) {
            return gather.run(destination, child -> query.get());
        }
    }

    private static Gathering gather(ShardedSession session, long limit, boolean keys, CopiedTable... tables) {
        return new Gathering(new Gather((Shards) session, List.of(tables), List.of(), keys, limit, "the query", null));
    }

    private static void work(ShardedSession session, ShardId shard, Work work) {
        session.doReturningWork(shard, connection -> {
            work.execute(connection);
            return true;
        });
    }

    private static List<String> rows(ShardedSession session, ShardId shard, String sql) {
        // not the sharded session's own, which takes any work for a write
        return ((Shards) session).child(shard).doReturningWork(connection -> rows(connection, sql));
    }

    private static List<String> rows(Connection connection, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return rows;
    }

    private static String whole(List<String> columns) {
        return "select row(" + String.join(", ", columns) + ")::text from sample order by id";
    }

    private static void assertNothingLeft(ShardedSession session, ShardId shard) {
        assertThat(rows(session, shard, "select relname::text from pg_class where relpersistence = 't'"))
                .isEmpty();
    }

    @Test
    void everyTypeAndValue_arrivesAsItIs() {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(tx -> {
                List<String> expected = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    expected.addAll(rows(session, shard(i), whole(COLUMNS)));
                }
                assertThat(expected).hasSize(16);
                for (int i = 0; i < 4; i++) {
                    ShardId there = shard(i);
                    assertThat(gather(session, 16, false, ALL).run(there, () -> rows(session, there, whole(COLUMNS))))
                            .isEqualTo(expected);
                    assertNothingLeft(session, there);
                    assertThat(rows(session, there, "select count(*) from sample"))
                            .containsExactly("4");
                }
            });
        }
    }

    @Test
    void columns_haveTypeModifierAndCollation() {
        String types =
                """
                select attname || ' ' || format_type(atttypid, atttypmod) || ' ' || coalesce(attcollation::regcollation::text, '')
                from pg_attribute where attrelid = 'sample'::regclass and attnum > 0 and not attisdropped order by attname""";
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(tx -> {
                List<String> real = rows(session, shard(1), types);
                assertThat(real).hasSize(COLUMNS.size()).contains("fixed character(5) \"default\"");
                assertThat(gather(session, 100, false, ALL).run(shard(1), () -> rows(session, shard(1), types)))
                        .isEqualTo(real);
            });
        }
    }

    @Test
    void onlyTheColumnsAndRowsThatAreNeeded_areCopied() {
        RowFilter filter = new RowFilter(
                "s1_0", "s1_0.id % 10 = ? and (s1_0.txt is null or s1_0.txt <> ?)", (statement, session) -> {
                    statement.setInt(1, 2);
                    statement.setString(2, "it's ? \\ '; drop table sample; --");
                });
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(tx -> {
                CopiedTable some = table("sample", List.of("id", "num"), filter);
                assertThat(gather(session, 4, false, some)
                                .run(
                                        shard(2),
                                        () -> rows(
                                                session, shard(2), "select row(s.*)::text from sample s order by id")))
                        .containsExactly("(2,1.10)", "(12,1.10)", "(22,1.10)", "(32,1.10)");
                CopiedTable none = table("sample", List.of(), null);
                assertThat(gather(session, 16, false, none)
                                .run(shard(2), () -> rows(session, shard(2), "select count(*) from sample")))
                        .containsExactly("16");
                CopiedTable every = table("sample", List.of("*"), null);
                assertThat(gather(session, 16, false, every)
                                .run(
                                        shard(2),
                                        () -> rows(
                                                session,
                                                shard(2),
                                                "select sum(positive) from sample where dbl <> 'NaN'")))
                        .containsExactly("20");
                assertNothingLeft(session, shard(2));
            });
        }
    }

    @Test
    void views_areCopiedAsTables() {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(tx -> {
                CopiedTable named = table("named", List.of("name"), null);
                assertThat(gather(session, 9, false, named)
                                .run(shard(0), () -> rows(session, shard(0), "select name from named order by name")))
                        .containsExactly("n0", "n10", "n20", "n30");
            });
        }
    }

    @Test
    void primaryKey_isThereForGroupBy() {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(tx -> {
                CopiedTable flags = table("sample", List.of("flag"), null);
                assertThat(gather(session, 16, true, flags)
                                .run(
                                        shard(3),
                                        () -> rows(
                                                session,
                                                shard(3),
                                                "select flag || ' ' || id from sample group by id having flag")))
                        .containsExactlyInAnyOrder("true 1", "true 11", "true 21", "true 31");
            });
        }
    }

    @Test
    void tableOfOtherShardsOnly_isMadeAsThereDescribed() {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(tx -> {
                work(session, shard(1), connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("create table alone (id int, name varchar(5) collate \"C\", n numeric(5,2))");
                        statement.execute("insert into alone values (1, 'abc', 1.5)");
                    }
                });
                CopiedTable alone = new CopiedTable("alone", List.of("name", "n"), List.of(shard(1)), null);
                assertThat(gather(session, 9, false, ALL, alone)
                                .run(
                                        shard(0),
                                        () -> rows(
                                                session,
                                                shard(0),
                                                "select name || n || count(*) from alone, sample group by 1, n, name")))
                        .containsExactly("abc1.5016");
                assertNothingLeft(session, shard(0));
                tx.markRollbackOnly();
            });
        } catch (RuntimeException e) {
            assertThat(e).isInstanceOf(ShardingException.class);
        }
    }

    @Test
    void tooManyRows_areRefusedByTable_andTheTransactionGoesOn() {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(tx -> {
                CopiedTable named = table("named", List.of("name"), null);
                assertThatThrownBy(() -> gather(session, 19, false, named, ALL).run(shard(0), () -> 1))
                        .isInstanceOfSatisfying(ShardingException.class, e -> assertThat(e.code())
                                .isEqualTo(ShardErrorCode.QUERY_BUDGET))
                        .hasMessageContainingAll(
                                "more than 19 rows",
                                "named=4, sample=16",
                                "hibernate.shards.query.gather-limit",
                                "the query");
                for (int i = 0; i < 4; i++) {
                    assertThat(rows(session, shard(i), "select count(*) from sample"))
                            .containsExactly("4");
                    assertNothingLeft(session, shard(i));
                }
                assertThat(gather(session, 20, false, named, ALL).run(shard(0), () -> 1))
                        .isEqualTo(1);
            });
        }
    }

    @Test
    void failure_leavesNothingBehind_andTheTransactionUsable() {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(tx -> {
                assertThatThrownBy(() -> gather(session, 99, false, ALL)
                                .run(shard(0), () -> rows(session, shard(0), "select 1 / 0")))
                        .hasMessageContaining("division by zero");
                assertNothingLeft(session, shard(0));
                CopiedTable wrong = table("sample", List.of("missing"), null);
                assertThatThrownBy(() -> gather(session, 99, false, ALL, wrong).run(shard(0), () -> 1))
                        .hasMessageContaining("missing");
                assertNothingLeft(session, shard(0));
                assertThat(gather(session, 99, false, ALL).run(shard(0), () -> 1))
                        .isEqualTo(1);
            });
        }
    }

    @Test
    void failureOfASource_leavesNothingBehind() {
        RowFilter failing = new RowFilter("s", "s.id <> 21 or 1 / (s.id - 21) = 0", (statement, session) -> {});
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            assertThatThrownBy(() -> gather(session, 99, false, table("sample", List.of("id"), failing))
                            .run(shard(0), () -> 1))
                    .hasStackTraceContaining("division by zero");
            assertNothingLeft(session, shard(0));
            session.getTransaction().rollback();
        }
    }

    @Test
    void withoutTransaction_connectionsAreGivenBackClean() {
        for (int round = 0; round < 3; round++) {
            try (ShardedSession session = factory.openSession()) {
                ShardId there = shard(round);
                List<String> count = gather(session, 99, false, ALL)
                        .run(there, () -> rows(session, there, "select count(*) from sample"));
                assertThat(count).containsExactly("16");
                assertThatThrownBy(() -> gather(session, 3, false, ALL).run(there, () -> 1))
                        .isInstanceOf(ShardingException.class);
                for (int i = 0; i < 4; i++) {
                    assertNothingLeft(session, shard(i));
                }
            }
        }
        try (ShardedSession one = factory.openSession();
                ShardedSession other = factory.openSession()) { // both connections of each pool
            one.beginTransaction();
            other.beginTransaction();
            for (int i = 0; i < 4; i++) {
                assertNothingLeft(one, shard(i));
                assertNothingLeft(other, shard(i));
            }
            one.getTransaction().rollback();
            other.getTransaction().rollback();
        }
    }

    @Test
    void readOnlyTransaction_isCopiedToASessionApart_withItsOwnWrites() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            for (int i = 0; i < 4; i++) {
                int own = 900 + i;
                ((Shards) session).child(shard(i)).doWork(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("insert into sample (id) values (" + own + ")");
                        statement.execute("set transaction read only");
                    }
                });
            }
            SharedSessionContractImplementor[] used = new SharedSessionContractImplementor[1];
            List<String> rows = gather(session, 99, true, ALL).gather().run(shard(1), apart -> {
                used[0] = apart;
                return apart.doReturningWork(connection ->
                        rows(connection, "select id::text, txt from sample where id >= 900 group by id order by id"));
            });
            assertThat(rows).containsExactly("900", "901", "902", "903");
            assertThat(used[0]).isNotSameAs(((Shards) session).child(shard(1)));
            assertThat(used[0].isOpen()).isFalse();
            for (int i = 0; i < 4; i++) {
                assertNothingLeft(session, shard(i));
            }
            session.getTransaction().rollback();
        }
    }

    @Test
    void serverWhoseNewTransactionsAreReadOnly_isRefused() throws SQLException {
        ShardedConfiguration fresh =
                new ShardedConfiguration().entities(Thing.class).settings(cluster.settings());
        try (ShardedSessionFactory only = fresh.build();
                ShardedSession session = only.openSession()) {
            setReadOnly("on"); // after the start, which refuses such a server
            session.beginTransaction();
            work(session, shard(1), connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("set transaction read only");
                }
            });
            assertThatThrownBy(() -> gather(session, 99, false, ALL).run(shard(1), () -> 1))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContainingAll("default_transaction_read_only", "shard1", "the query");
            session.getTransaction().rollback();
        } finally {
            setReadOnly("off");
        }
    }

    private static void setReadOnly(String value) throws SQLException {
        try (Connection connection = cluster.shards().get(1).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            statement.execute(
                    "alter database \"" + connection.getCatalog() + "\" set default_transaction_read_only = " + value);
        }
    }

    @Test
    void searchPathThatHidesTemporaryTables_isRefused() {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            work(session, shard(1), connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("set local search_path to public, pg_temp");
                }
            });
            assertThatThrownBy(() -> gather(session, 99, false, ALL).run(shard(1), () -> 1))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContainingAll("search path", "sample");
            assertNothingLeft(session, shard(1));
            session.getTransaction().rollback();
        }
    }

    @Test
    void uniqueSql_isNeverTheSame() {
        TreeSet<String> all = new TreeSet<>();
        for (int i = 0; i < 100; i++) {
            all.add(UniqueSql.of("select 1"));
        }
        assertThat(all).hasSize(100);
    }
}
