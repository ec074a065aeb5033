package io.hibernateshards.internal.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** URLs that lead to other databases than they should: each start is refused with both sides and the cure. */
class IdentityTest {
    @SuppressWarnings("NullAway.Init") // by each test
    private Homes homes;

    @AfterEach
    void close() {
        homes.close();
    }

    private ShardingException refused(ShardErrorCode code, String names, String... more) {
        Throwable failure = catchThrowable(() -> {
            try (ShardedSessionFactory started = homes.start(names, more)) {
                assertThat(started).isNull();
            }
        });
        assertThat(failure).isInstanceOf(ShardingException.class);
        ShardingException refusal = (ShardingException) failure;
        assertThat(refusal.code()).as(failure.getMessage()).isEqualTo(code);
        return refusal;
    }

    @Test
    void theSameSettings_startAgain_andFindAll() {
        homes = Homes.filled();
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
            assertThat(factory.getTopology().version()).isEqualTo(1);
        }
        assertThat(homes.text("east", "select name || ' ' || schema from hibernate_shards.shard"))
                .isEqualTo("east public");
        assertThat(homes.text(
                        "west", "select shards::text || owners::text || pending::text from hibernate_shards.topology"))
                .isEqualTo("{east,west}{0-4095,4096-8191}{}");
    }

    @Test
    void swappedUrls_areRefused_withBothShards() {
        homes = Homes.filled();
        String east = homes.urls.put("east", homes.url("west"));
        homes.urls.put("west", east);
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west", "hibernate.hbm2ddl.auto", "update"))
                .hasMessageContaining("shard \"east\" (" + homes.address("east") + ")")
                .hasMessageContaining("which is shard \"west\"")
                .hasMessageContaining("shard \"west\" (" + homes.address("west") + ")")
                .hasMessageContaining("the URLs of the two are swapped; swap them back");
    }

    @Test
    void theSameDatabaseTwice_isRefused_emptyOrNot() {
        homes = Homes.filled();
        homes.urls.put("west", homes.url("east"));
        String[] expected = {"shard \"east\"", "shard \"west\"", "are one", "currentSchema"};
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west")).message().contains(expected);
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west", "hibernate.hbm2ddl.auto", "create"))
                .message()
                .contains(expected);
        homes.urls.put("east", homes.url("north").replace("localhost", "127.0.0.1"));
        homes.urls.put("west", homes.url("north").replace("127.0.0.1", "localhost"));
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west", "hibernate.hbm2ddl.auto", "update"))
                .message()
                .contains(expected);
        assertThat(homes.text(
                        "north", "select count(*) from pg_tables where schemaname in ('public', 'hibernate_shards')"))
                .as("nothing was changed")
                .isEqualTo("0");
    }

    @Test
    void aDatabaseOfAnotherCluster_isRefused() {
        homes = Homes.filled();
        try (Homes others = Homes.filled()) {
            homes.urls.put("west", others.url("west"));
            assertThat(refused(ShardErrorCode.IDENTITY, "east,west"))
                    .hasMessageContaining("which is shard \"")
                    .hasMessageContaining("of another cluster")
                    .hasMessageContaining(ShardSettings.CATALOG_SCHEMA);
        }
    }

    @Test
    void anEmptyDatabaseInPlaceOfAShard_isRefused_untilItIsAdopted() {
        homes = Homes.filled();
        homes.urls.put("west", homes.url("north"));
        String token = "west@" + homes.place(homes.url("north"));
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west", "hibernate.hbm2ddl.auto", "update"))
                .hasMessageContaining("shard \"west\" (" + homes.address("north") + ")")
                .hasMessageContaining("has no record of being that shard")
                .hasMessageContaining(ShardSettings.ADOPT + " = " + token);
        try (ShardedSessionFactory factory =
                homes.start("east,west", "hibernate.hbm2ddl.auto", "update", ShardSettings.ADOPT, token)) {
            assertThat(Homes.found(factory)).isLessThan(Homes.ROWS).isPositive();
        }
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            assertThat(factory.getTopology().shards()).hasSize(2);
        }
    }

    @Test
    void aCloneInPlaceOfAShard_isRefused_untilItIsAdopted_andThenTheOldOneIs() {
        homes = Homes.filled();
        String old = homes.url("west");
        homes.urls.put("west", homes.clone("west"));
        String token = "west@" + homes.place(homes.url("west"));
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west"))
                .hasMessageContaining("shard \"west\" (" + homes.address("west") + ")")
                .hasMessageContaining("a copy of shard \"west\", which is " + homes.place(old))
                .hasMessageContaining(ShardSettings.ADOPT + " = " + token);
        refused(ShardErrorCode.IDENTITY, "east,west", ShardSettings.ADOPT, "east@1/2");
        try (ShardedSessionFactory factory = homes.start("east,west", ShardSettings.ADOPT, token)) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
        }
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
        }
    }

    @Test
    void aCloneBesideItsShard_isRefused() {
        homes = Homes.filled();
        homes.urls.put("north", homes.clone("west"));
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west,north"))
                .hasMessageContaining("shard \"north\" (" + homes.address("north") + ")")
                .hasMessageContaining("which is shard \"west\": it is a copy of that shard")
                .hasMessageContaining(ShardSettings.ADOPT + " = north@");
    }

    @Test
    void adoptingTheOtherShard_isRefused_asItsRowsAreMisplaced() {
        homes = Homes.filled();
        String east = homes.url("east");
        String west = homes.url("west");
        homes.urls.put("east", west);
        homes.urls.put("west", east);
        String tokens = "east@" + homes.place(west) + ",west@" + homes.place(east);
        try (ShardedSessionFactory factory =
                homes.start("east,west", ShardSettings.ADOPT, tokens, "hibernate.shards.assignment", "even")) {
            assertThat(Homes.found(factory)).as("they have swapped their names").isEqualTo(Homes.ROWS);
        }
        homes.urls.put("east", homes.clone("east"));
        homes.urls.put("west", east);
        String clone = "west@" + homes.place(homes.url("east"));
        homes.urls.put("west", homes.url("east"));
        homes.urls.put("east", west);
        assertThat(refused(ShardErrorCode.TOPOLOGY, "east,west", ShardSettings.ADOPT, clone))
                .hasMessageContaining("entity ")
                .hasMessageContaining("is on shard \"west\", and these settings place it on shard \"east\"");
    }

    @Test
    void renamedShards_areRefused_untilTheyAreAdopted() {
        homes = Homes.filled();
        homes.urls.put("ost", homes.url("east"));
        assertThat(refused(ShardErrorCode.IDENTITY, "ost,west"))
                .hasMessageContaining("shard \"ost\" (" + homes.address("east") + ")")
                .hasMessageContaining("which is shard \"east\"");
        String token = "ost@" + homes.place(homes.url("east"));
        try (ShardedSessionFactory factory = homes.start("ost,west", ShardSettings.ADOPT, token)) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
            assertThat(factory.getTopology()).hasToString("topology 2: ost=4096 west=4096");
        }
        try (ShardedSessionFactory factory = homes.start("west,ost")) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
        }
    }

    @Test
    void shardsThatAreSchemas_haveARecordEach_andMayNotBeSwapped() {
        homes = new Homes(LocalCluster.shared(Layout.SCHEMAS, 3));
        homes.fill();
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
        }
        assertThat(homes.text("east", "select string_agg(name, ',' order by name) from hibernate_shards.shard"))
                .isEqualTo("east,west");
        String east = homes.urls.put("east", homes.url("west"));
        homes.urls.put("west", east);
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west")).hasMessageContaining("swapped");
    }

    @Test
    void schemasThatHaveChangedTheirNames_areRefused() {
        homes = new Homes(LocalCluster.shared(Layout.SCHEMAS, 3));
        homes.fill();
        String east = homes.url("east").replaceFirst(".*currentSchema=", "");
        String west = homes.url("west").replaceFirst(".*currentSchema=", "");
        String[] swap = {
            "alter schema " + east + " rename to between",
            "alter schema " + west + " rename to " + east,
            "alter schema between rename to " + west
        };
        homes.execute("north", swap);
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west"))
                .hasMessageContaining("shard \"east\" (" + homes.address("east") + ") leads to schema \"" + east + "\"")
                .hasMessageContaining("is not the schema that was recorded as shard \"east\"")
                .hasMessageContaining(ShardSettings.ADOPT + " = east@" + homes.place(homes.url("east")));
        homes.execute("north", swap);
        homes.start("east,west").close();
        homes.execute("north", "drop schema " + west + " cascade", "create schema " + west);
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west", "hibernate.hbm2ddl.auto", "update"))
                .hasMessageContaining("is not the schema that was recorded as shard \"west\"");
        assertThat(homes.text("west", "select count(*) from pg_tables where schemaname = '" + west + "'"))
                .as("nothing was changed")
                .isEqualTo("0");
        String token = "west@" + homes.place(homes.url("west"));
        homes.start("east,west", "hibernate.hbm2ddl.auto", "update", ShardSettings.ADOPT, token)
                .close();
        homes.start("east,west").close();
    }

    @Test
    void aSchemaThatTheSchemaManagerMakesAnew_isTheShards() {
        homes = new Homes();
        String recorded = "select schema_id = 'app'::regnamespace from hibernate_shards.shard where schema = 'app'";
        for (String name : List.of("east", "west")) {
            homes.execute(name, "create schema app");
        }
        String[] inApp = {"hibernate.default_schema", "app", "hibernate.hbm2ddl.create_namespaces", "true"};
        homes.start("east,west", Homes.with(inApp, "hibernate.hbm2ddl.auto", "update"))
                .close();
        assertThat(homes.text("west", recorded)).isEqualTo("t");
        homes.start("east,west", Homes.with(inApp, "hibernate.hbm2ddl.auto", "create"))
                .close();
        assertThat(homes.text("west", recorded)).isEqualTo("t");
        try (ShardedSessionFactory factory = homes.start("east,west", inApp)) {
            factory.getSchemaManager().dropMappedObjects(true);
            factory.getSchemaManager().exportMappedObjects(true);
            Homes.store(factory);
        }
        try (ShardedSessionFactory factory = homes.start("east,west", inApp)) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
        }
    }

    /** Databases of versions that did not record the schema's identifier. */
    @Test
    void aRecordWithoutTheSchemasIdentifier_isEnough() {
        homes = Homes.filled();
        homes.execute("west", "alter table hibernate_shards.shard drop column schema_id");
        homes.start("east,west").close();
        homes.execute("west", "delete from hibernate_shards.shard");
        homes.start("east,west", ShardSettings.ADOPT, "west@" + homes.place(homes.url("west")))
                .close();
        assertThat(homes.text("west", "select schema_id = 'public'::regnamespace from hibernate_shards.shard"))
                .isEqualTo("t");
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "update", "none"})
    void aSchemaInTheMapping_isRefused_ifShardsAreSchemasOfOneDatabase(String action) {
        homes = new Homes(LocalCluster.shared(Layout.SCHEMAS, 3));
        Throwable failure = catchThrowable(() -> homes.configured("east,west", "hibernate.hbm2ddl.auto", action)
                .entities(Homes.Inn.class)
                .build()
                .close());
        assertThat(failure)
                .isInstanceOf(ShardingException.class)
                .hasMessageContaining("HS-004")
                .hasMessageContaining("shard \"east\" (" + homes.address("east") + ") and shard \"west\" (")
                .hasMessageContaining("have one table public.Inn")
                .hasMessageContaining("Remove the schema from its mapping");
    }

    @Test
    void tablesBehindTheShardsOwnSchemas_areRefused_ifTheyHaveThemInCommon() {
        homes = new Homes(LocalCluster.shared(Layout.SCHEMAS, 3));
        homes.execute("north", "create table Home (code varchar(255) primary key, name varchar(255))");
        String common = homes.url("north").replaceFirst(".*currentSchema=", "");
        for (String name : List.of("east", "west")) {
            homes.urls.computeIfPresent(name, (key, url) -> url + "," + common);
        }
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west"))
                .hasMessageContaining("have one table Home")
                .hasMessageContaining(
                        "the schema that the shards share from their search paths (currentSchema in the URL)");
        try (ShardedSessionFactory factory = homes.start("east,west", "hibernate.hbm2ddl.auto", "create")) {
            Homes.store(factory);
            assertThat(Homes.found(factory)).as("each has its own now").isEqualTo(Homes.ROWS);
        }
    }

    @Test
    void aUserWhoMayNotReadTheSystemIdentifier_starts_butNotWithOneDatabaseTwice() {
        homes = new Homes();
        homes.execute("east", "drop role if exists blind", "create role blind login password 'blind'");
        for (String name : List.of("east", "west")) {
            homes.execute(
                    name,
                    "revoke execute on function pg_control_system() from public",
                    "grant create on database \"" + Homes.database(homes.url(name)) + "\" to blind",
                    "grant all on schema public to blind");
        }
        String[] blind = {
            "hibernate.shards.shard.east.username", "blind",
            "hibernate.shards.shard.east.password", "blind",
            "hibernate.shards.shard.west.username", "blind",
            "hibernate.shards.shard.west.password", "blind",
            "hibernate.hbm2ddl.auto", "update"
        };
        try {
            String west = homes.url("west");
            homes.urls.put("west", homes.url("east"));
            assertThat(refused(ShardErrorCode.IDENTITY, "east,west", blind))
                    .hasMessageContaining("which is shard \"east\": it is a copy of that shard, or the same URL");
            homes.urls.put("west", west);
            try (ShardedSessionFactory factory = homes.start("east,west", blind)) {
                assertThat(catchThrowable(() -> Homes.store(factory)))
                        .hasStackTraceContaining("may not learn which server it is")
                        .hasStackTraceContaining("grant execute on function pg_control_system() to \"blind\"");
            }
            try (ShardedSessionFactory factory =
                    homes.start("east,west", Homes.with(blind, ShardSettings.TRANSACTION_MODE, "best-effort"))) {
                Homes.store(factory);
                assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
            }
        } finally {
            for (String name : List.of("east", "west")) {
                homes.execute(name, "drop owned by blind");
            }
            homes.execute("east", "drop role blind");
        }
    }

    @Test
    void aUserWhoMayNotReadTheCatalog_isStillRefusedOtherShardsRows() {
        homes = Homes.filled();
        homes.execute("east", "drop role if exists reader", "create role reader login password 'reader'");
        for (String name : List.of("east", "west")) {
            homes.execute(name, "grant select on all tables in schema public to reader");
        }
        String[] reader = {
            "hibernate.shards.shard.east.username",
            "reader",
            "hibernate.shards.shard.east.password",
            "reader",
            "hibernate.shards.shard.west.username",
            "reader",
            "hibernate.shards.shard.west.password",
            "reader",
            ShardSettings.TRANSACTION_MODE,
            "single-shard"
        };
        String[] onWest = {
            "hibernate.shards.shard.west.username", "reader",
            "hibernate.shards.shard.west.password", "reader"
        };
        try {
            for (String[] settings : List.of(reader, onWest)) {
                try (ShardedSessionFactory factory = homes.start("east,west", settings)) {
                    assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
                }
            }
            String west = homes.url("west");
            homes.urls.put("west", homes.url("east"));
            assertThat(refused(ShardErrorCode.TOPOLOGY, "east,west", onWest))
                    .hasMessageContaining("is on shard \"west\", and these settings place it on shard \"east\"");
            homes.urls.put("east", west);
            assertThat(refused(ShardErrorCode.TOPOLOGY, "east,west", reader))
                    .hasMessageContaining("is on shard \"east\", and these settings place it on shard \"west\"");
        } finally {
            for (String name : List.of("east", "west")) {
                homes.execute(name, "drop owned by reader");
            }
            homes.execute("east", "drop role reader");
        }
    }

    @Test
    void twoApplications_withSchemasOfTheirOwn_shareDatabases() {
        homes = Homes.filled();
        homes.execute("east", "create schema other");
        homes.execute("west", "create schema other");
        for (String name : List.of("east", "west")) {
            homes.urls.computeIfPresent(
                    name, (key, url) -> url + (url.contains("?") ? "&" : "?") + "currentSchema=other");
        }
        String[] others = {"hibernate.hbm2ddl.auto", "update", "hibernate.shards.assignment", "consistent-hash"};
        try (ShardedSessionFactory factory = homes.start("west,east", others)) {
            assertThat(Homes.found(factory)).isZero();
            Homes.store(factory);
        }
        try (ShardedSessionFactory factory = homes.start("east,west", others)) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
        }
        assertThat(homes.text("east", "select count(distinct cluster) from hibernate_shards.topology"))
                .isEqualTo("2");
    }

    @Test
    void anotherSchemaOfADatabase_isNoShardOfTheCluster() {
        homes = Homes.filled();
        homes.execute("west", "create schema other");
        homes.urls.computeIfPresent(
                "west", (key, url) -> url + (url.contains("?") ? "&" : "?") + "currentSchema=other");
        assertThat(refused(ShardErrorCode.IDENTITY, "east,west", "hibernate.hbm2ddl.auto", "update"))
                .hasMessageContaining("schema \"other\" of database")
                .hasMessageContaining("has no record of being that shard");
    }

    @Test
    void aDatabaseThatIsReplacedWhileTheApplicationRuns_isRefusedByEachNewConnection() {
        homes = Homes.filled();
        try (ShardedSessionFactory factory = homes.start("east,west")) {
            assertThat(Homes.found(factory)).isEqualTo(Homes.ROWS);
            homes.execute("west", "update hibernate_shards.shard set name = 'south'");
            homes.execute(
                    "west",
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                            + " and pid <> pg_backend_pid()");
            Throwable refused = catchThrowable(() -> ask(factory));
            for (int i = 0; i < 20 && !(refused instanceof ShardingException); i++) {
                refused = catchThrowable(() -> ask(factory)); // connections that were cut
            }
            assertThat(refused)
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("HS-004 shard \"west\" (" + homes.address("west") + ")")
                    .hasMessageContaining("which is shard \"south\" of cluster");
            assertThat(((ShardingException) refused).code()).isEqualTo(ShardErrorCode.IDENTITY);
            long start = System.nanoTime();
            assertThat(catchThrowable(() -> ask(factory))).hasMessageContaining("HS-004");
            assertThat(System.nanoTime() - start).as("at once").isLessThan(8_000_000_000L);
            homes.execute("west", "update hibernate_shards.shard set name = 'west'");
            Throwable back = catchThrowable(() -> ask(factory));
            for (int i = 0; i < 20 && back != null; i++) {
                back = catchThrowable(() -> ask(factory));
            }
            assertThat(back).isNull();
        }
    }

    private static void ask(ShardedSessionFactory factory) {
        Homes.number(factory, "west", "select count(*) from Home");
    }
}
