package io.hibernateshards.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Effort;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.migrate.ImportModel.Carrier;
import io.hibernateshards.migrate.ImportModel.Client;
import io.hibernateshards.migrate.ImportModel.Coin;
import io.hibernateshards.migrate.ImportModel.Gift;
import io.hibernateshards.migrate.ImportModel.Purchase;
import io.hibernateshards.migrate.ImportModel.Receipt;
import io.hibernateshards.migrate.ImportModel.Setting;
import io.hibernateshards.migrate.ImportModel.Ticket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The oracle is the source: one database with all the rows. */
class DatabaseImportTest {
    private static final int CLIENTS = Effort.of(1_000, 3_000);
    private static LocalCluster source;

    private LocalCluster target;
    private ShardedSessionFactory factory;

    @BeforeAll
    static void fill() throws SQLException {
        source = ImportModel.source(CLIENTS);
    }

    @AfterAll
    static void drop() {
        source.close();
    }

    @BeforeEach
    void start() {
        target = LocalCluster.shared(Layout.DATABASES, 3);
        factory = ImportModel.factory(target.settings(), "create", ImportModel.ENTITIES);
    }

    @AfterEach
    void stop() {
        factory.close();
        target.close();
    }

    private static Shard old() {
        return source.shards().get(0);
    }

    private DatabaseImport into(ShardedSessionFactory shards) {
        return DatabaseImport.into(shards).from(old().url(), old().user(), old().password());
    }

    private static long number(Shard shard, String sql) throws SQLException {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void run_copiesEveryRow_toWhereItIsFound() throws SQLException {
        ImportReport report = into(factory).run();
        assertThat(report.matches()).as(report.toString()).isTrue();
        assertThat(report.tables())
                .extracting(ImportedTable::table)
                .containsExactlyInAnyOrder(
                        "client",
                        "client_note",
                        "client_tag",
                        "client_coin",
                        "purchase",
                        "gift",
                        "line",
                        "receipt",
                        "\"Document\"",
                        "ticket",
                        "coin",
                        "setting");
        assertThat(report.toString()).contains("rows/s").contains("purchase").contains("same");
        for (ImportedTable table : report.tables()) {
            long all = number(old(), "select count(*) from " + table.table());
            assertThat(table.sourceRows()).isEqualTo(all);
            long there =
                    table.rows().values().stream().mapToLong(Long::longValue).sum();
            assertThat(there).isEqualTo(table.table().equals("coin") ? 3 * all : all);
        }
        factory.inSession(session -> {
            Client client = session.find(Client.class, 7L);
            assertThat(client.name).startsWith("a\tb\\n\n\\N \u00e4");
            assertThat(client.tags).containsExactlyInAnyOrder("x", "", "\\");
            assertThat(session.find(Client.class, -3L).note).isEqualTo("\\N");
            assertThat(session.find(Gift.class, 72L).greeting).isEqualTo("g72");
            assertThat(session.find(Receipt.class, 70L).text).isEqualTo("r70");
            assertThat(session.createQuery("select count(l) from Line l join l.purchase p join p.client c", Long.class)
                            .getSingleResult())
                    .isEqualTo((CLIENTS + 4) * 8L);
            assertThat(session.createQuery(
                                    "select c.id from Client c" + " where c.email = 'c12@example.org'", Long.class)
                            .getSingleResult())
                    .isEqualTo(12L);
        });
        assertThat(factory.getLookups().isReady(Client.class, "email")).isTrue();
    }

    @Test
    void sequences_goOnBehindWhatWasCopied() {
        into(factory).run();
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            factory.inTransaction(session -> {
                Setting setting = new Setting();
                session.persist(setting);
                Ticket ticket = new Ticket();
                session.persist(ticket);
                session.flush();
                ids.add(setting.id);
                ids.add(ticket.id);
            });
        }
        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id > 77);
    }

    @Test
    void killedImport_goesOnWhereItWas() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ImportingJvm.class.getName(),
                old().url(),
                old().user(),
                "purchase"));
        target.settings().forEach((name, value) -> command.addAll(List.of(name, value)));
        Process killed = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(killed.waitFor()).isEqualTo(137);
        for (Shard shard : target.shards()) {
            assertThat(number(shard, "select count(*) from client")).isPositive();
            assertThat(number(shard, "select count(*) from purchase")).isZero();
        }
        List<String> copied = new ArrayList<>();
        ImportReport report = into(factory)
                .parallelism(1)
                .progress(progress -> copied.add(progress.table()))
                .run();
        assertThat(report.matches()).as(report.toString()).isTrue();
        assertThat(copied).contains("purchase", "line").doesNotContain("client");
        assertThat(into(factory).run().copied()).isZero();
    }

    @Test
    void tableOfSomeShards_isCopiedToTheOthers() throws SQLException {
        into(factory).run();
        Shard one = target.shards().get(1);
        long rows = number(one, "select count(*) from line");
        ImportModel.execute(one, "truncate line; delete from hibernate_shards.imported_table where name = 'line'");
        ImportReport report = into(factory).run();
        assertThat(report.copied()).isEqualTo(rows);
        assertThat(report.matches()).as(report.toString()).isTrue();
    }

    @Test
    void verify_findsARowThatIsChanged_lost_orOnAnotherShard() throws SQLException {
        into(factory).run();
        Shard first = target.shards().get(0);
        Shard second = target.shards().get(1);
        ImportModel.execute(
                first, "update purchase set price = price + 0.01 where id = (select min(id) from purchase)");
        ImportModel.execute(second, "delete from line where id = (select id from line limit 1)");
        ImportModel.execute(second, "insert into coin values ('XXX')");
        long lines = number(second, "select count(*) from line");
        ImportReport report = into(factory).verify();
        assertThat(report.matches()).isFalse();
        assertThat(report.tables().stream().filter(table -> !table.matches()))
                .extracting(table -> table.table() + " " + table.different())
                .containsExactlyInAnyOrder(
                        "purchase {shard0=as many rows as belong there, but not the same: the checksums differ}",
                        "line {shard1=" + lines + " rows, " + (lines + 1) + " belong there}",
                        "coin {shard1=3 rows, 2 belong there}");
        assertThat(report.toString()).contains("DIFFERENT");
    }

    @Test
    void rowOnTheWrongShard_isFound_thoughNoneIsLost() throws SQLException {
        into(factory).run();
        Shard from = target.shards().get(0);
        Shard to = target.shards().get(1);
        long id = number(from, "select min(id) from ticket");
        ImportModel.execute(from, "delete from ticket where id = " + id);
        ImportModel.execute(
                to, "alter table ticket disable trigger all; insert into ticket values (" + id + ", 's" + id + "')");
        assertThat(into(factory).verify().tables().stream().filter(table -> !table.matches()))
                .extracting(table -> table.table() + " " + table.different().size())
                .containsExactly("ticket 2");
    }

    @Test
    void filledTarget_isRefused() {
        factory.inTransaction(session -> {
            Coin coin = new Coin();
            coin.code = "NOK";
            session.persist(coin);
        });
        refused(
                () -> into(factory).run(),
                "table coin of shard \"shard0\" has rows that this import has not written",
                "import into empty tables");
    }

    @Test
    void rowWithoutKey_isRefused_beforeAnythingIsCopied() throws SQLException {
        ImportModel.execute(old(), "insert into purchase (id, price) values (-99, 1)");
        try {
            refused(
                    () -> into(factory).run(),
                    "table purchase of " + Purchase.class.getName() + ": 1 rows lead to no shard key, such as (",
                    "-99");
            assertThat(number(target.shards().get(0), "select count(*) from coin"))
                    .isZero();
        } finally {
            ImportModel.execute(old(), "delete from purchase where id = -99");
        }
    }

    @Test
    void idsThatWouldHaveToCarryTheBucket_areRefused() {
        try (LocalCluster other = LocalCluster.shared(Layout.DATABASES, 2);
                ShardedSessionFactory carriers =
                        ImportModel.factory(other.settings(), "create", Client.class, Coin.class, Carrier.class)) {
            refused(
                    () -> into(carriers).run(),
                    "table purchase of " + Carrier.class.getName() + ": its ids are to carry the bucket",
                    "would look on the wrong shard",
                    "SNOWFLAKE");
        }
    }

    @Test
    void columnsThatDoNotFit_areRefused_orLeftOut() throws SQLException {
        ImportModel.execute(old(), "alter table coin add remark text");
        try {
            refused(() -> into(factory).run(), "table coin of ", "no column remark", "leavingOut(\"coin.remark\")");
            ImportReport report = into(factory).leavingOut("coin.remark").run();
            assertThat(report.matches()).as(report.toString()).isTrue();
        } finally {
            ImportModel.execute(old(), "alter table coin drop remark");
        }
        ImportModel.execute(target.shards().get(0), "alter table coin add remark text");
        refused(() -> into(factory).run(), "the source has no column remark");
    }

    @Test
    void otherTypes_areCast_andTold() throws SQLException {
        ImportModel.execute(old(), "alter table setting alter id type int, alter value type text");
        try {
            ImportReport report = into(factory).run();
            assertThat(report.matches()).as(report.toString()).isTrue();
            assertThat(report.warnings())
                    .anyMatch(warning -> warning.contains("column id is integer in the source and becomes bigint"));
        } finally {
            ImportModel.execute(old(), "alter table setting alter id type bigint, alter value type varchar(255)");
        }
    }

    @Test
    void circleOfForeignKeys_isTold() throws SQLException {
        for (Shard shard : target.shards()) {
            ImportModel.execute(
                    shard, "alter table client add constraint c foreign key (id) references purchase deferrable");
        }
        refused(() -> into(factory).run(), "form a circle", "drop one of the keys on the shards");
    }

    @Test
    void tablesThatNoEntityHas_areNamed_andNoDifference() throws SQLException {
        ImportModel.execute(
                old(),
                """
                create table audit as select i as id from generate_series(1, 1234) i;
                create schema "Old Stock";
                create table "Old Stock"."Shelf" (id int) partition by range (id);
                create table "Old Stock".shelf1 partition of "Old Stock"."Shelf" for values from (0) to (10);
                create table "Old Stock".shelf2 partition of "Old Stock"."Shelf" for values from (10) to (20);
                insert into "Old Stock"."Shelf" select i from generate_series(3, 17) i;
                create table fresh (id int);
                create table hibernate_shards_like (id int);
                create view audited as select id from audit;
                create table hibernate_shards.left_behind (id text);
                analyze audit;
                analyze "Old Stock"."Shelf";
                """);
        try {
            ImportReport report = into(factory).run();
            assertThat(report.matches()).as(report.toString()).isTrue();
            assertThat(report.notCopied())
                    .containsExactly(
                            new UncopiedTable("\"Old Stock\".\"Shelf\"", OptionalLong.of(15)),
                            new UncopiedTable("audit", OptionalLong.of(1234)),
                            new UncopiedTable("fresh", OptionalLong.of(0)),
                            new UncopiedTable("hibernate_shards_like", OptionalLong.of(0)));
            assertThat(report.toString())
                    .contains("Not copied, as no entity has it: audit, about 1,234 rows")
                    .doesNotContain("entity has it: coin");
            assertThat(into(factory).verify().notCopied()).isEqualTo(report.notCopied());
        } finally {
            ImportModel.execute(
                    old(),
                    "drop table hibernate_shards.left_behind; drop schema \"Old Stock\" cascade; drop table audit cascade;"
                            + " drop table fresh; drop table hibernate_shards_like");
        }
    }

    @Test
    void whatCopiedViewsRead_andChildrenOfCopiedTables_areNotSaidToStayBehind() throws SQLException {
        ImportModel.execute(
                old(),
                """
                alter table coin rename to real_coin;
                create view coin as select * from (select code from real_coin) c;
                create table late_setting () inherits (setting);
                insert into late_setting (id, value) values (42, 'late');
                """);
        try {
            ImportReport report = into(factory).run();
            assertThat(report.matches()).as(report.toString()).isTrue();
            assertThat(report.notCopied()).isEmpty();
            Setting late = factory.fromSession(session -> session.find(Setting.class, 42L));
            assertThat(late.value).isEqualTo("late");
        } finally {
            ImportModel.execute(old(), "drop view coin; alter table real_coin rename to coin; drop table late_setting");
        }
    }

    private static void refused(ThrowingCallable run, String... told) {
        assertThatThrownBy(run)
                .isInstanceOfSatisfying(ShardingException.class, failure -> assertThat(failure.code())
                        .isEqualTo(ShardErrorCode.IMPORT))
                .satisfies(failure -> assertThat(failure.getMessage()).contains(told));
    }
}
