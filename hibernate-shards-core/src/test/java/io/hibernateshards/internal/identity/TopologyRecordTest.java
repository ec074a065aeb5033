package io.hibernateshards.internal.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.Buckets;
import io.hibernateshards.Patience;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.connection.ServerIdentity;
import io.hibernateshards.internal.connection.ServerIdentity.Claim;
import io.hibernateshards.internal.identity.Homes.HomeByName;
import io.hibernateshards.internal.identity.Homes.HomeEverywhere;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings that contradict the topology of databases with rows are refused; what moves no row is not. */
class TopologyRecordTest {
    @SuppressWarnings("NullAway.Init") // by each test
    private Homes homes;

    @AfterEach
    void close() {
        homes.close();
    }

    private ShardingException refused(String names, String... more) {
        Throwable failure = catchThrowable(() -> {
            try (ShardedSessionFactory started = homes.start(names, more)) {
                assertThat(started).isNull();
            }
        });
        assertThat(failure).isInstanceOf(ShardingException.class);
        ShardingException refusal = (ShardingException) failure;
        assertThat(refusal.code()).as(failure.getMessage()).isEqualTo(ShardErrorCode.TOPOLOGY);
        return refusal;
    }

    private void findsAll(String names, String... more) {
        try (ShardedSessionFactory factory = homes.start(names, more)) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
            long counted = factory.fromTransaction(
                    session -> session.createSelectionQuery("select count(h) from Home h", Long.class)
                            .getSingleResult());
            assertThat(counted).isEqualTo(Homes.ROWS);
        }
    }

    @Test
    void anotherOrderOfNames_makesNoDifference() {
        homes = Homes.filled();
        findsAll("west,east");
        findsAll("west,east", "hibernate.hbm2ddl.auto", "update", "hibernate.shards.guard.database", "check");
        try (ShardedSessionFactory factory = homes.start("west,east")) {
            assertThat(factory.getTopology()).hasToString("topology 1: east=4096 west=4096");
            assertThat(factory.unwrap(io.hibernateshards.internal.session.ShardedSessionFactoryImpl.class)
                            .router()
                            .topology())
                    .isSameAs(factory.getTopology());
        }
        assertThat(homes.text("west", "select string_agg(first || '-' || last, ',') from hs_buckets"))
                .isEqualTo("4096-8191");
    }

    @Test
    void theCatalogShard_staysWhereItIs_whateverTheOrder() {
        homes = Homes.filled("hibernate.shards.function.towns", "directory");
        try (ShardedSessionFactory factory = homes.start("west,east")) {
            Homes.store0(factory);
        }
        assertThat(homes.text("east", "select count(*) from pg_tables where tablename = 'worker_lease'"))
                .isEqualTo("1");
        assertThat(homes.text("west", "select count(*) from pg_tables where tablename = 'worker_lease'"))
                .isEqualTo("0");
        assertThat(refused("east,west", ShardSettings.CATALOG_SHARD, "west"))
                .hasMessageContaining("is \"west\", and worker numbers and directories are on shard \"east\"");
    }

    @Test
    void anAddedShard_isRefused_butNotOneWithoutBuckets() {
        homes = Homes.filled();
        assertThat(refused("east,west,north"))
                .hasMessageContaining("shard \"north\" would own 2730 buckets by the settings")
                .hasMessageContaining("the databases have only the shards east,west");
        String[] without = {
            "hibernate.shards.assignment", "explicit",
            "hibernate.shards.shard.east.buckets", "0-4095",
            "hibernate.shards.shard.west.buckets", "4096-8191",
            "hibernate.hbm2ddl.auto", "update"
        };
        findsAll("east,west,north", without);
        try (ShardedSessionFactory factory = homes.start("north,west,east", without)) {
            assertThat(factory.getTopology()).hasToString("topology 2: east=4096 west=4096 north=0");
        }
        findsAll("east,west");
    }

    @Test
    void aRemovedShardThatOwnsBuckets_isRefused() {
        homes = Homes.filled();
        assertThat(refused("west"))
                .hasMessageContaining("shard \"east\" owns 4096 buckets in the databases")
                .hasMessageContaining("hibernate.shards.shards = west does not name it")
                .hasMessageContaining("worker numbers and directories are on shard \"east\": name that shard again");
    }

    @Test
    void anotherAssignment_weight_orPin_isRefused_withBothSides() {
        homes = Homes.filled();
        assertThat(refused("east,west", "hibernate.shards.assignment", "consistent-hash"))
                .hasMessageContaining("[assignment = even]")
                .hasMessageContaining("[assignment = consistent-hash]")
                .hasMessageContaining("of 8192 buckets would have another shard, such as bucket ")
                .hasMessageContaining("Set them back");
        assertThat(refused("east,west", "hibernate.shards.pin.17", "west", "hibernate.hbm2ddl.auto", "update"))
                .hasMessageContaining("[assignment = even; pin.17 = west]")
                .hasMessageContaining("1 of 8192 buckets would have another shard, such as bucket 17")
                .hasMessageContaining("which is on \"east\" and would be on \"west\"");
    }

    @Test
    void otherSettingsForTheSameOwners_areFine() {
        homes = Homes.filled();
        findsAll("east,west", "hibernate.shards.pin.17", "east");
        findsAll(
                "east,west",
                "hibernate.shards.assignment",
                "explicit",
                "hibernate.shards.shard.west.buckets",
                "4096-8191",
                "hibernate.shards.shard.east.buckets",
                "0-4095");
        assertThat(homes.text("east", "select version || ' ' || assignment from hibernate_shards.topology"))
                .startsWith("1 assignment = explicit");
    }

    @Test
    void aTopologyWhoseRowsWereMoved_isAdopted_butNotOneWhoseRowsWereNot() {
        homes = Homes.filled();
        String[] other = {"hibernate.shards.assignment", "consistent-hash"};
        String message = String.valueOf(refused("east,west", other).getMessage());
        String token = message.replaceFirst("(?s).*(topology@[0-9a-f]{16}).*", "$1");
        assertThat(refused("east,west", Homes.with(other, ShardSettings.ADOPT, token)))
                .hasMessageContaining("entity ")
                .hasMessageContaining(", table Home: the row with code = h")
                .hasMessageContaining("and these settings place it on shard \"");
        homes.execute("west", "delete from Room", "delete from Home");
        homes.execute("east", "delete from Room", "delete from Home");
        try (Homes moved = Homes.filled(other)) {
            for (String name : List.of("east", "west")) {
                moved.rows(name, "select code from Home")
                        .forEach(code ->
                                homes.execute(name, "insert into Home (code, name) values ('" + code + "', '')"));
            }
        }
        findsAll("east,west", Homes.with(other, ShardSettings.ADOPT, token));
        findsAll("west,east", other);
        assertThat(refused("east,west")).hasMessageContaining("[assignment = even]");
    }

    @Test
    void databasesWithoutRows_takeAnyTopology() {
        homes = new Homes();
        String[] update = {"hibernate.hbm2ddl.auto", "update"};
        for (String names : List.of("north,west", "north,west,east")) {
            startedAlone(names, update);
        }
        assertThat(refused("north,west", update))
                .as("whether it has rows cannot be seen")
                .hasMessageContaining("shard \"east\" owns 2730 buckets in the databases")
                .hasMessageContaining(ShardSettings.ADOPT + " = topology@");
        startedAlone("north,west,east", Homes.with(update, "hibernate.shards.assignment", "consistent-hash"));
        startedAlone("north,west,east", update);
        try (ShardedSessionFactory factory = homes.start("north,west,east", update)) {
            Homes.store(factory);
        }
        assertThat(refused("north,west,east", "hibernate.shards.assignment", "consistent-hash"))
                .hasMessageContaining("of 8192 buckets would have another shard");
    }

    /** Once connections of the application before it have ended. */
    private void startedAlone(String names, String... more) {
        try (ShardedSessionFactory factory =
                Patience.eventually(ShardErrorCode.TOPOLOGY, () -> homes.start(names, more))) {
            assertThat(factory.getTopology().shards()).hasSize(names.split(",", 0).length);
        }
    }

    @Test
    void aTopologyInUse_isNotReplaced_thoughThereAreNoRowsYet() {
        homes = new Homes();
        String[] update = {"hibernate.hbm2ddl.auto", "update"};
        try (ShardedSessionFactory factory = homes.start("east,west", update)) {
            assertThat(refused("east,west,north", update))
                    .hasMessageContaining("other JVMs are connected, [shard \"east\": hibernate-shards shard-east")
                    .hasMessageContaining("stop them first");
            Throwable failure = catchThrowable(() -> homes.start("west,north", "hibernate.hbm2ddl.auto", "create")
                    .close());
            assertThat(failure)
                    .hasMessageContaining("other JVMs are connected")
                    .hasMessageContaining("stop them first");
            homes.start("west,east", "hibernate.hbm2ddl.auto", "create").close();
            Homes.store(factory);
        }
        findsAll("west,east");
    }

    @Test
    void rowsOfARemovedShard_areNotForgotten() {
        homes = Homes.filled();
        homes.execute("west", "delete from Room", "delete from Home");
        assertThat(refused("west")).hasMessageContaining("shard \"east\" owns 4096 buckets in the databases");
    }

    @Test
    void whatAnotherJvmRecordsMeanwhile_isNotOverwritten() throws Exception {
        homes = new Homes();
        TopologyTables tables = new TopologyTables("hibernate_shards");
        RecordedTopology first = recorded("one", 1, "east", "west");
        try (Connection connection = homes.shard("east").connect()) {
            ServerIdentity found = new ServerIdentity(5, 6, "db", "public", 7, false, false, null);
            connection.setAutoCommit(false);
            tables.createAll(connection);
            assertThat(tables.write(connection, found, new Claim("one", "east", 5, 6, 7)))
                    .isTrue();
            assertThat(tables.write(connection, found, new Claim("two", "east", 5, 6, 7)))
                    .as("it was empty when it was read")
                    .isFalse();
            assertThat(tables.write(connection, first)).isTrue();
            assertThat(tables.write(connection, first.withPending(Set.of(ShardId.of("west")))))
                    .isTrue();
            assertThat(tables.write(connection, recorded("one", 1, "west", "east")))
                    .isFalse();
            assertThat(tables.write(connection, recorded("one", 2, "west", "east")))
                    .isTrue();
            assertThat(tables.write(connection, first))
                    .as("a later one is there")
                    .isFalse();
        }
    }

    private static RecordedTopology recorded(String cluster, long version, String... shards) {
        List<ShardId> names = List.of(ShardId.of(shards[0]), ShardId.of(shards[1]));
        int[] owners = new int[Buckets.COUNT];
        Arrays.fill(owners, 7, Buckets.COUNT, 1);
        return new RecordedTopology(
                cluster, Topology.of(version, names, owners), names.get(0), "", Map.of(), Map.of(), Set.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    set owners = '{"4096-8191","0-4095"}'           | its fingerprint is
                    set owners = '{"0-4095","4000-8191"}'           | bucket 4000 belongs to two shards
                    set owners = '{"0-4095"}'                       | bucket 4096 belongs to no shard
                    set owners = '{"0-4095",NULL}'                  | it has a null
                    set owners = '{"0-4095","some"}'                | "some" is no bucket
                    set shards = '{west,east}'                      | its fingerprint is
                    set shards = '{east,"a b"}'                     | shard name "a b"
                    set functions = '{hash}'                        | "hash" is no name with a rule
                    set version = -1                                | its version is -1""")
    void aRecordThatSomebodyHasChanged_isRefused(String change, String why) {
        homes = Homes.filled();
        homes.execute("west", "update hibernate_shards.topology " + change);
        assertThat(refused("east,west"))
                .hasMessageContaining("the topology of shard \"west\" (" + homes.address("west") + ")")
                .hasMessageContaining("is not as it was written: ")
                .hasMessageContaining(why)
                .hasMessageContaining("delete the row");
        homes.execute("west", "delete from hibernate_shards.topology");
        findsAll("east,west");
    }

    @Test
    void twoTopologiesOfOneVersion_areRefused() {
        homes = Homes.filled();
        homes.execute(
                "west",
                "update hibernate_shards.topology set owners = '{\"4096-8191\",\"0-4095\"}', fingerprint = '"
                        + RecordedTopology.fingerprint(swapped(), Map.of()) + "'");
        Throwable failure = catchThrowable(() -> homes.start("east,west").close());
        assertThat(failure)
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("has another topology of version 1")
                .hasMessageContaining("delete the wrong one");
    }

    private static Topology swapped() {
        int[] owners = new int[Buckets.COUNT];
        Arrays.fill(owners, 0, 4096, 1);
        return Topology.of(1, List.of(ShardId.of("east"), ShardId.of("west")), owners);
    }

    @Test
    void aCatalogThatLacksOneTable_isCompleted() {
        homes = Homes.filled();
        for (String name : List.of("east", "west")) {
            homes.execute(name, "drop table hibernate_shards.shard");
        }
        findsAll("east,west");
    }

    @Test
    void aShardedTableThatBecomesACopyOnEveryShard_isRefused_andTheOtherWayRound() {
        homes = Homes.filled();
        assertThat(refusedWith(HomeEverywhere.class))
                .hasMessageContaining(
                        "table Home: its rows were placed by [hash of code], the mapping says [on every shard]")
                .hasMessageContaining("is not the same on all shards: {east=");
        for (String name : List.of("east", "west")) {
            homes.execute(name, "delete from Room", "delete from Home", "insert into Home (code) values ('a'), ('b')");
        }
        homes.configured("east,west").entities(HomeEverywhere.class).build().close();
        assertThat(refused("east,west"))
                .hasMessageContaining(
                        "table Home: its rows were placed by [on every shard], the mapping says [hash of code]")
                .hasMessageContaining(", table Home: the row with code = ");
    }

    @Test
    void rowsOfATableThatTheDatabasesDoNotKnow_areLookedAt() {
        homes = new Homes();
        homes.configured("east,west", "hibernate.hbm2ddl.auto", "create")
                .entities(Homes.Rule.class)
                .build()
                .close();
        for (String name : List.of("east", "west")) {
            homes.execute(
                    name,
                    "create table Home (code varchar(255) primary key, name varchar(255))",
                    "insert into Home (code) values ('a'), ('b'), ('c')");
        }
        assertThat(refused("east,west"))
                .hasMessageContaining("table Home: the databases do not know its rule, the mapping says [hash of code]")
                .hasMessageContaining(", table Home: the row with code = ");
    }

    private Throwable refusedWith(Class<?> entity) {
        Throwable failure = catchThrowable(
                () -> homes.configured("east,west").entities(entity).build().close());
        assertThat(failure).isInstanceOf(ShardingException.class).hasMessageContaining("HS-005");
        return failure;
    }

    @Test
    void misplacedRowsBehindManyOthers_areFound() {
        homes = Homes.filled();
        for (String name : List.of("east", "west")) {
            String rows = "insert into Home (code) select 'r' || i from generate_series(1, %s) i"
                    + " where ((hashtextextended('r' || i, 8816678312871386365) & 8191) < 4096) = %s";
            boolean east = name.equals("east");
            homes.execute(
                    name,
                    "delete from Room",
                    "delete from Home",
                    rows.formatted(2000, east),
                    east ? rows.formatted(300, false) : "select 1",
                    "drop schema hibernate_shards cascade");
        }
        assertThat(refused("east,west")).hasMessageContaining("is on shard \"east\", and these settings place it on");
    }

    @Test
    void tablesThatAreCreatedAnew_takeAnyTopology() {
        homes = Homes.filled();
        try (ShardedSessionFactory factory = homes.start("north,east,west", "hibernate.hbm2ddl.auto", "create")) {
            assertThat(factory.getTopology().shards()).hasSize(3);
            Homes.store(factory);
        }
        findsAll("east,west,north");
    }

    @Test
    void tablesOfAnotherApplication_areNotMadeUseless_byCreatingMine() {
        homes = Homes.filled();
        Throwable failure = catchThrowable(() -> homes.configured("east,west,north", "hibernate.hbm2ddl.auto", "create")
                .entities(Homes.Colour.class)
                .build()
                .close());
        assertThat(failure)
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("with rows in tables that this application does not have, [Home, Room]");
        findsAll("east,west");
    }

    @Test
    void aChangedBucketFunction_isRefused_butNotOneThatHasMoreEntries() {
        String function = "hibernate.shards.function.regions";
        String[] list = {function, "list", function + ".values", "DE|AT=0-99, FR=100-199"};
        homes = Homes.filled(list);
        findsAll("east,west", function, "list", function + ".values", "FR=100-199,IT=200,DE=0-99,AT=0-99");
        findsAll("east,west");
        assertThat(refused("east,west", function, "list", function + ".values", "FR=100-199,IT=200,DE=0-98,AT=0-99"))
                .hasMessageContaining(
                        "bucket function \"regions\" is [list; values = FR=100-199,IT=200,DE=0-98,AT=0-99]")
                .hasMessageContaining("rows were placed by [list; values = FR=100-199,IT=200,DE=0-99,AT=0-99]");
        assertThat(refused("east,west", function, "hash"))
                .hasMessageContaining("is [hash], and rows were placed by [list;");
    }

    @Test
    void anotherKeyOfATable_isRefused_ifItsRowsWouldBeElsewhere() {
        homes = Homes.filled();
        homes.execute("east", "update Home set name = code || '!'");
        homes.execute("west", "update Home set name = code || '!'");
        Throwable failure = catchThrowable(() ->
                homes.configured("east,west").entities(HomeByName.class).build().close());
        assertThat(failure)
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("HS-005")
                .hasMessageContaining(
                        "table Home: its rows were placed by [hash of code], the mapping says [hash of name]")
                .hasMessageContaining("is on shard \"");
        homes.execute("east", "update Home set name = code");
        homes.execute("west", "update Home set name = code");
        homes.configured("east,west").entities(HomeByName.class).build().close();
    }

    @Test
    void anotherParent_isRefused_ifRowsThatTellNoBucketLackIt() {
        homes = new Homes();
        try (ShardedSessionFactory factory = homes.configured("east,west", "hibernate.hbm2ddl.auto", "create")
                .entities(Homes.Host.class, Homes.Meal.class)
                .build()) {
            factory.inTransaction(session -> {
                for (long id = 1; id <= 20; id++) {
                    Homes.Host host = new Homes.Host();
                    host.id = id;
                    host.town = "t" + id;
                    session.persist(host);
                    Homes.Meal meal = new Homes.Meal();
                    meal.id = id;
                    meal.host = host;
                    session.persist(meal);
                }
            });
        }
        Runnable start = () -> homes.configured("east,west")
                .entities(Homes.Host.class, Homes.MealOfGuest.class)
                .build()
                .close();
        assertThat(catchThrowable(start::run))
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("HS-005")
                .hasMessageContaining("table Meal: its rows were placed by [with Host by host_id],"
                        + " the mapping says [with Host by guest_id]")
                .hasMessageContaining("rows on shard \"west\" have no io.hibernateshards.internal.identity.Homes$Host"
                        + " there, and would live with one");
        homes.execute("east", "update Meal set guest_id = host_id");
        homes.execute("west", "update Meal set guest_id = host_id");
        start.run();
    }

    @Test
    void aDatabaseWithoutRecords_isAdopted_ifItsRowsAreWhereTheSettingsSay() {
        homes = Homes.filled();
        for (String name : List.of("east", "west")) {
            homes.execute(name, "drop schema hibernate_shards cascade");
        }
        assertThat(refused("west,east"))
                .hasMessageContaining("Home, table Home: the row with code = h")
                .hasMessageContaining("is on shard \"west\", and these settings place it on shard \"east\" (bucket ")
                .hasMessageContaining("Room, table Room: the row with id = ")
                .hasMessageContaining("names of the shards in the same order");
        assertThat(homes.text("east", "select count(*) from pg_tables where tablename = 'topology'"))
                .isEqualTo("0");
        findsAll("east,west");
        findsAll("west,east");
    }

    @Test
    void aStartThatCrashedBetweenShards_isCompletedByTheNext() {
        homes = Homes.filled();
        homes.execute("west", "drop schema hibernate_shards cascade");
        homes.execute("east", "update hibernate_shards.topology set pending = '{west}'");
        findsAll("east,west");
        assertThat(homes.text("west", "select name from hibernate_shards.shard"))
                .isEqualTo("west");
        assertThat(homes.text("east", "select pending from hibernate_shards.topology"))
                .isEqualTo("{}");
    }

    @Test
    void aCopyThatIsBehind_isCompleted() {
        homes = Homes.filled();
        homes.execute(
                "west",
                "insert into hibernate_shards.topology select cluster, 7, shards, owners, catalog_shard, assignment,"
                        + " functions, tables, pending, fingerprint, changed_at, 'a test' from hibernate_shards.topology");
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            assertThat(factory.getTopology().version()).isEqualTo(7);
        }
        assertThat(homes.text("east", "select max(version) from hibernate_shards.topology"))
                .isEqualTo("7");
    }

    @Test
    void bucketsThatHaveMoved_stayWhereTheyAre() {
        homes = Homes.filled();
        int[] owners = new int[Buckets.COUNT];
        Arrays.fill(owners, 4095, Buckets.COUNT, 1);
        Topology moved = Topology.of(2, List.of(ShardId.of("east"), ShardId.of("west")), owners);
        for (String name : List.of("east", "west")) {
            homes.execute(
                    name,
                    "update hibernate_shards.topology set version = 2, owners = '{\"0-4094\",\"4095-8191\"}',"
                            + " fingerprint = '" + RecordedTopology.fingerprint(moved, Map.of()) + "'");
        }
        try (ShardedSessionFactory factory = homes.start("west,east")) {
            assertThat(factory.getTopology()).hasToString("topology 2: east=4095 west=4097");
        }
    }

    @Test
    void applicationsThatStartAtTheSameTime_onEmptyDatabases_agree() throws Exception {
        homes = new Homes();
        int starts = 4;
        ExecutorService threads = Executors.newFixedThreadPool(starts);
        try {
            List<Future<ShardedSessionFactory>> running = new ArrayList<>();
            for (int i = 0; i < starts; i++) {
                running.add(threads.submit(() -> homes.start("east,west,north", "hibernate.hbm2ddl.auto", "update")));
            }
            for (Future<ShardedSessionFactory> one : running) {
                try (ShardedSessionFactory factory = one.get()) {
                    assertThat(factory.getTopology().version()).isEqualTo(1);
                }
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(List.of("east", "west", "north"))
                .extracting(name -> homes.text(name, "select cluster from hibernate_shards.shard"))
                .containsOnly(homes.text("east", "select cluster from hibernate_shards.topology"));
    }

    @Test
    void aShardThatIsDownAtStart_isCheckedWhenItsFirstConnectionOpens() {
        homes = Homes.filled();
        String limit =
                "alter database \"" + Homes.database(homes.urls.getOrDefault("west", "")) + "\" allow_connections ";
        homes.execute("east", limit + "false");
        String[] soon = {"hibernate.shards.shard.west.pool.connection-timeout", "500"};
        try (ShardedSessionFactory factory = homes.start("east,west", soon)) {
            assertThat(factory.getTopology().version()).isEqualTo(1);
            homes.execute("east", limit + "true");
            homes.execute("west", "update hibernate_shards.shard set name = 'south'");
            assertThat(catchThrowable(() -> Patience.eventually(() -> Homes.found(factory))))
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("which is shard \"south\"");
            homes.execute("west", "update hibernate_shards.shard set name = 'west'");
            // what was refused is remembered for a moment
            assertThat(Patience.eventually(
                            ShardErrorCode.IDENTITY, () -> Patience.eventually(() -> Homes.found(factory))))
                    .isEqualTo(Homes.ROWS);
        }
    }

    @Test
    void aShardThatIsDownAtStart_andCannotBeUsed_isRefusedLater() {
        homes = Homes.filled();
        String west = "alter database \"" + Homes.database(homes.url("west")) + "\" ";
        homes.execute("east", west + "set standard_conforming_strings = off", west + "allow_connections false");
        try (ShardedSessionFactory factory =
                homes.start("east,west", "hibernate.shards.pool.connection-timeout", "500")) {
            homes.execute("east", west + "allow_connections true");
            Throwable failure = catchThrowable(() -> Patience.eventually(() -> Homes.found(factory)));
            assertThat(failure)
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("HS-001")
                    .hasMessageContaining(
                            "shard \"west\" (" + homes.address("west") + ") has standard_conforming_strings = off");
        }
    }

    @Test
    void whatIsDownAtTheFirstStart_isRecordedWhenItsFirstConnectionOpens() {
        homes = new Homes();
        String limit =
                "alter database \"" + Homes.database(homes.urls.getOrDefault("west", "")) + "\" allow_connections ";
        homes.execute("east", limit + "false");
        String[] soon = {"hibernate.shards.shard.west.pool.connection-timeout", "500"};
        try (ShardedSessionFactory factory = homes.start("east,west", soon)) {
            assertThat(homes.text("east", "select pending from hibernate_shards.topology"))
                    .isEqualTo("{west}");
            homes.execute("east", limit + "true");
            assertThat(Patience.eventually(() -> Homes.number(factory, "west", "select 7")))
                    .isEqualTo(7);
        }
        assertThat(homes.text(
                        "west",
                        "select name || pending::text from hibernate_shards.shard"
                                + " join hibernate_shards.topology using (cluster)"))
                .isEqualTo("west{}");
        homes.start("east,west").close();
        assertThat(homes.text("east", "select pending from hibernate_shards.topology"))
                .as("east has heard of it")
                .isEqualTo("{}");
    }

    @Test
    void aUserWhoMayCreateNothing_isToldWhatToRun() {
        homes = new Homes();
        homes.execute("east", "drop role if exists modest", "create role modest login password 'modest'");
        String[] settings = {
            "hibernate.shards.shard.east.username", "modest", "hibernate.shards.shard.east.password", "modest"
        };
        Throwable failure =
                catchThrowable(() -> homes.start("east,west", settings).close());
        assertThat(failure).isInstanceOf(ShardingException.class).hasMessageContaining("create schema");
        homes.execute("east", "create schema hibernate_shards", "grant usage on schema hibernate_shards to modest");
        failure = catchThrowable(() -> homes.start("east,west", settings).close());
        assertThat(failure)
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("HS-003")
                .hasMessageContaining("identity and topology of shard \"east\" cannot be recorded")
                .hasMessageContaining("create table if not exists \"hibernate_shards\".topology");
        String message = String.valueOf(failure.getMessage());
        homes.execute("east", message.substring(message.indexOf("create table")));
        homes.execute(
                "east",
                "grant select, insert, update, delete on hibernate_shards.shard, hibernate_shards.topology to modest");
        try (ShardedSessionFactory factory = homes.start("east,west", settings)) {
            assertThat(factory.getTopology().version()).isEqualTo(1);
        } finally {
            homes.execute("east", "drop owned by modest", "drop role modest");
        }
    }

    @Test
    void theGuard_neverRewritesTheBucketsOfTablesWithRows() {
        homes = Homes.filled("hibernate.shards.guard.database", "check");
        homes.execute("east", "update hs_buckets set last = 4000");
        String[] guard = {"hibernate.shards.guard.database", "check", "hibernate.hbm2ddl.auto", "update"};
        Throwable failure = catchThrowable(() -> homes.start("east,west", guard).close());
        assertThat(failure)
                .hasMessageContaining(
                        "hs_buckets says that the shard owns the buckets 0-4000, the topology says 0-4095")
                .hasMessageContaining("insert into \"public\".hs_buckets values (0, 4095)");
        assertThat(homes.text("east", "select last from hs_buckets")).isEqualTo("4000");
        guard[3] = "validate";
        failure = catchThrowable(() -> homes.start("east,west", guard).close());
        assertThat(failure)
                .hasMessageContaining(
                        "hs_buckets says that the shard owns the buckets 0-4000, the topology says 0-4095")
                .hasMessageNotContaining("hbm2ddl");
        homes.execute("east", "delete from Room", "delete from Home");
        guard[3] = "update";
        homes.start("east,west", guard).close();
        assertThat(homes.text("east", "select last from hs_buckets")).isEqualTo("4095");
    }

    @Test
    void theGuardsBuckets_droppedUnderWay_areNamed_andMadeAgainByTheNextUpdate() {
        String[] guard = {"hibernate.shards.guard.database", "check"};
        homes = Homes.filled(guard);
        try (ShardedSessionFactory factory = homes.start("east,west", guard)) {
            for (String shard : List.of("east", "west")) {
                homes.execute(shard, "drop table hs_buckets");
            }
            assertThat(catchThrowable(() -> factory.inTransaction(session -> session.persist(new Homes.Home("new")))))
                    .hasStackTraceContaining("HS-003 on shard \"")
                    .hasStackTraceContaining("hs_buckets")
                    .hasStackTraceContaining("Start once with hibernate.hbm2ddl.auto = update");
            homes.start("east,west", Homes.with(guard, "hibernate.hbm2ddl.auto", "update"))
                    .close();
            factory.inTransaction(session -> session.persist(new Homes.Home("new")));
            assertThat(factory.<Homes.Home>fromTransaction(session -> session.find(Homes.Home.class, "new")))
                    .isNotNull();
        }
    }

    @Test
    void workerNumbers_droppedUnderWay_areMadeAgainByTheNextStart() {
        homes = Homes.filled();
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            Homes.store0(factory);
            homes.execute("east", "drop table hibernate_shards.worker_lease");
            Homes.store0(factory); // until the lease ends
        }
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            Homes.store0(factory);
        }
        assertThat(homes.text("east", "select count(*) from hibernate_shards.worker_lease"))
                .isEqualTo("1");
    }
}
