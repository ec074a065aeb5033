package io.hibernateshards.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    private static final String PREFIX = "hibernate.shards.";

    /** Two shards that nobody listens at: what is wrong is told before any connection. */
    private static Map<String, Object> two(Object... more) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put(PREFIX + "shards", "east,west");
        settings.put(PREFIX + "shard.east.url", "jdbc:postgresql://localhost:1/east");
        settings.put(PREFIX + "shard.west.url", "jdbc:postgresql://localhost:1/west");
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i].toString(), more[i + 1]);
        }
        return settings;
    }

    private static ShardingException failure(Map<String, ?> settings) {
        ShardedConfiguration configuration =
                new ShardedConfiguration().settings(settings).entities(Note.class);
        return catchThrowableOfType(ShardingException.class, configuration::build);
    }

    /** The lines below the first, which counts them. */
    private static List<String> problems(Map<String, ?> settings) {
        ShardingException failure = failure(settings);
        assertThat(failure.code()).isEqualTo(ShardErrorCode.CONFIGURATION);
        List<String> lines = String.valueOf(failure.getMessage()).lines().toList();
        int count = lines.size() - 1;
        assertThat(lines.get(0))
                .isEqualTo("HS-001 " + count + (count == 1 ? " setting" : " settings") + " cannot be used:");
        return lines.stream().skip(1).map(String::strip).toList();
    }

    private static String problem(Object... more) {
        List<String> problems = problems(two(more));
        assertThat(problems).hasSize(1);
        return problems.get(0);
    }

    // ---- shards

    @Test
    void noShards_saysHowToNameThem() {
        assertThat(problems(Map.of(PREFIX + "username", "me")))
                .containsExactly(
                        "hibernate.shards.shards is missing: name the shards, such as \"east,west\", and give each"
                                + " its URL as hibernate.shards.shard.<name>.url");
        assertThat(problems(Map.of(PREFIX + "shards", " , ")))
                .singleElement()
                .asString()
                .contains("is missing");
    }

    @Test
    void withoutShards_theRestIsCheckedToo() {
        assertThat(problems(
                        Map.of(PREFIX + "shard.east.url", "x", PREFIX + "id.lease", "soon", PREFIX + "colour", "red")))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).startsWith("hibernate.shards.shards is missing"),
                        line -> assertThat(line)
                                .isEqualTo("hibernate.shards.id.lease is \"soon\": use a whole number of at least 300"),
                        line -> assertThat(line).startsWith("hibernate.shards.colour there is no such setting"));
    }

    /** {@code java -Dhibernate.shards.spring.console.enabled=true} is seen by Hibernate as well. */
    @Test
    void settingsOfTheStarter_areLeftToIt() {
        assertThat(problems(two(PREFIX + "spring.console.enabled", "true", PREFIX + "colour", "red")))
                .singleElement()
                .asString()
                .startsWith("hibernate.shards.colour");
    }

    @Test
    void namesOfShards_areCheckedOnce() {
        Map<String, Object> settings =
                two(PREFIX + "shard.no!.url", "jdbc:postgresql:x", PREFIX + "shard.no!.weight", "2");
        settings.put(PREFIX + "shards", "east,west,east,no!");
        assertThat(problems(settings))
                .containsExactly(
                        "hibernate.shards.shards names \"east\" twice",
                        "hibernate.shards.shards shard name \"no!\": use 1 to 63 letters, digits, underscores or hyphens");
    }

    @Test
    void settingsOfAnUnknownShard_areReportedOnce() {
        assertThat(problems(two(
                        PREFIX + "shard.north.url", "jdbc:postgresql://localhost/north",
                        PREFIX + "shard.north.weight", "2",
                        PREFIX + "shard.north.buckets", "0-9",
                        PREFIX + "catalog.shard", "south",
                        PREFIX + "pin.7", "up")))
                .containsExactly(
                        "hibernate.shards.shard.north.buckets there is no shard \"north\"; hibernate.shards.shards names"
                                + " [east, west]",
                        "hibernate.shards.shard.north.url there is no shard \"north\"; hibernate.shards.shards names"
                                + " [east, west]",
                        "hibernate.shards.shard.north.weight there is no shard \"north\"; hibernate.shards.shards names"
                                + " [east, west]",
                        "hibernate.shards.pin.7 = up: there is no such shard; there are [east, west]",
                        "hibernate.shards.catalog.shard there is no shard \"south\"; there are [east, west]");
    }

    // ---- connections

    @Test
    void missingUrl_isReportedForEachShard() {
        assertThat(problems(Map.of(PREFIX + "shards", "east,west")))
                .containsExactly(
                        "hibernate.shards.shard.east.url is missing: give the JDBC URL of the shard, such as"
                                + " jdbc:postgresql://host/database",
                        "hibernate.shards.shard.west.url is missing: give the JDBC URL of the shard, such as"
                                + " jdbc:postgresql://host/database");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jdbc:mysql://host/db?password=hush | must begin with jdbc:postgresql:",
                "postgresql://host/db | must begin with jdbc:postgresql:",
                "jdbc:postgresql://me:hush@host/db | has an @ before its parameters: give user and password as settings",
                "jdbc:postgresql://host:hush/db | cannot be read by PostgreSQL's driver"
            })
    void badUrl_isNeverRepeated(String url, String problem) {
        try (CapturedLogs logs = new CapturedLogs()) {
            String told = problem(PREFIX + "shard.west.url", url);
            assertThat(told)
                    .startsWith("hibernate.shards.shard.west.url " + problem)
                    .doesNotContain("hush", "//host/");
            if (url.contains("@") || url.contains("password")) {
                assertThat(logs.text()).doesNotContain("hush");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pool.maximum-pool-size | many",
                "pool.maximum-pool-size | 0",
                "pool.maximumPoolSize | -3",
                "pool.connection-timeout | 10",
                "pool.max-lifetime | 1000",
                "pool.minimum-idle | 11",
                "pool.transaction-isolation | TRANSACTION_SOMETIMES",
                "pool.connection-init-sql | set search_path = other",
                "shard.east.pool.connection-init-sql | set lock_timeout = 1; SET SCHEMA 'other'",
                "shard.east.pool.validation-timeout | 1",
                "shard.east.pool.register-mbeans | maybe"
            })
    void badPoolValue_isReportedWithSettingAndValue(String name, String value) {
        assertThat(problem(PREFIX + name, value)).startsWith(PREFIX + name + " = " + value + ": ");
    }

    @Test
    void poolValues_areCheckedTogether() {
        assertThat(problems(two(PREFIX + "pool.minimum-idle", 11, PREFIX + "shard.west.pool.maximum-pool-size", 20)))
                .containsExactly("hibernate.shards.pool.minimum-idle = 11: HikariCP would use 10 instead: see its"
                        + " documentation for what is allowed");
    }

    @ParameterizedTest
    @CsvSource({
        "pool.size",
        "pool.jdbc-url",
        "pool.password",
        "pool.auto-commit",
        "shard.east.pool.size",
        "shard.east.host"
    })
    void unknownPoolOrShardSetting_isReported(String name) {
        assertThat(problem(PREFIX + name, "hush"))
                .isEqualTo(PREFIX + name + " there is no such setting; the class ShardSettings documents all of them");
    }

    // ---- placement

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "assignment | round-robin | use even, consistent-hash or explicit",
                "assignment.virtual-nodes | 10 | only hibernate.shards.assignment = consistent-hash reads it",
                "shard.east.weight | 2 | only hibernate.shards.assignment = consistent-hash reads it",
                "shard.east.buckets | 0-9 | only hibernate.shards.assignment = explicit reads it",
                "pin.8192 | east | ",
                "pin.x | east | \"x\" is no bucket",
                "pin.3 | north | there is no such shard"
            })
    void nonsenseOfPlacement_isReportedWithSettingAndValue(String name, String value, String cure) {
        assertThat(problem(PREFIX + name, value))
                .startsWith(PREFIX + name + " = " + value + ": ")
                .contains(cure == null ? "8191" : cure);
    }

    @Test
    void weights_areNumbers() {
        assertThat(problems(two(
                        PREFIX + "assignment", "consistent-hash",
                        PREFIX + "assignment.virtual-nodes", "0",
                        PREFIX + "shard.east.weight", "heavy",
                        PREFIX + "shard.west.weight", -1)))
                .containsExactlyInAnyOrder(
                        "hibernate.shards.assignment.virtual-nodes = 0: use a whole number from 1 to 10000",
                        "hibernate.shards.shard.east.weight = heavy: use a number from 0 to 1000",
                        "hibernate.shards.shard.west.weight = -1: use a number from 0 to 1000");
    }

    @Test
    void overlappingRangesAndBucketsWithoutOwner_areReportedTogether() {
        assertThat(problems(two(
                        PREFIX + "assignment", "explicit",
                        PREFIX + "shard.east.buckets", "0-4095",
                        PREFIX + "shard.west.buckets", "4000-8000")))
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("4000-4095", "east", "west"))
                .anySatisfy(line -> assertThat(line).contains("buckets 8001-8191 belong to no shard"));
    }

    @Test
    void functions_areCheckedWithTheRest() {
        assertThat(problems(two(
                        PREFIX + "function.a", "modulo",
                        PREFIX + "function.b", "java.lang.String",
                        PREFIX + "function.c.cache-size", "1",
                        PREFIX + "function.d", "directory",
                        PREFIX + "function.d.unknown", "guess",
                        PREFIX + "function.hash", "range",
                        PREFIX + "id.worker", 32)))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line)
                                .startsWith("hibernate.shards.id.worker is \"32\": use a whole number from 0"),
                        line -> assertThat(line).startsWith("hibernate.shards.function.a: \"modulo\" is none of hash,"),
                        line -> assertThat(line)
                                .startsWith("hibernate.shards.function.b: java.lang.String must implement"),
                        line -> assertThat(line)
                                .startsWith("hibernate.shards.function.c.cache-size: there is no function \"c\""),
                        line -> assertThat(line)
                                .isEqualTo("hibernate.shards.function.d: unknown = guess: use assign or refuse"),
                        line -> assertThat(line).startsWith("hibernate.shards.function.hash: \"hash\" always means"));
    }

    // ---- the rest

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id.worker | -1 | use a whole number from 0 to 31",
                "id.lease | 299 | use a whole number of at least 300",
                "id.lease | 1m | use a whole number of at least 300",
                "id.clock-wait | 1.5 | use a whole number of at least 0",
                "guard.database | maybe | use none or check",
                "query.gather-limit | -1 | use a whole number of at least 0",
                "transaction.mode | three-phase | use two-phase, single-shard or best-effort",
                "query.parallelism | 0 | use a whole number from 1 to 10000",
                "query.scatter | no | use allow, warn or deny",
                "query.max-shards | 0 | use a whole number of at least 1",
                "query.max-rows | 1e9 | use a whole number of at least 1",
                "query.max-time | 2s | use a whole number of at least 1",
                "catalog.schema | a\"b | use a name of 1 to 63 characters, without quotes"
            })
    void badValue_isReportedWithSettingValueAndCure(String name, String value, String cure) {
        assertThat(problem(PREFIX + name, value)).isEqualTo(PREFIX + name + " is \"" + value + "\": " + cure);
    }

    @ParameterizedTest
    @CsvSource({"passwrod", "pin", "shard.east", "function", "query.paralelism", "Shards"})
    void unknownSetting_isReportedWithoutItsValue(String name) {
        assertThat(problem(PREFIX + name, "hush")).startsWith(PREFIX + name).doesNotContain("hush");
    }

    @ParameterizedTest
    @CsvSource({
        "hibernate.multi_tenant_connection_provider,x",
        "hibernate.tenant_identifier_resolver,x",
        "hibernate.connection.provider_class,x",
        "hibernate.connection.datasource,x",
        "hibernate.cache.keys_factory,simple",
        "hibernate.query.mutation_strategy,local_temporary",
        "hibernate.query.mutation_strategy,global_temporary",
        "hibernate.query.mutation_strategy,persistent",
        "hibernate.query.mutation_strategy,org.hibernate.query.sqm.mutation.internal.temptable.LocalTemporaryTableMutationStrategy",
        "hibernate.query.insert_strategy,local_temporary",
        "hibernate.query.insert_strategy,org.hibernate.query.sqm.mutation.internal.temptable.PersistentTableInsertStrategy",
        "hibernate.transaction.coordinator_class,com.acme.Coordinator"
    })
    void hibernatesSettingsThatShardingRules_areRefused(String name, String value) {
        assertThat(problem(name, value)).startsWith(name).contains(": ");
    }

    @Test
    void allProblems_areToldAtOnce() {
        assertThat(problems(two(
                        PREFIX + "shard.east.url",
                        "http://x",
                        PREFIX + "assignment",
                        "random",
                        PREFIX + "guard.database",
                        "yes",
                        PREFIX + "query.parallelism",
                        "lots",
                        PREFIX + "pool.maximum-pool-size",
                        "big",
                        PREFIX + "colour",
                        "red",
                        "hibernate.connection.datasource",
                        "java:/shop")))
                .hasSize(7)
                .doesNotHaveDuplicates();
    }

    // ---- what works

    @Test
    void placeholders_areResolvedFromSystemProperties() {
        System.setProperty("settings.test.parallelism", "none");
        assertThat(problem(PREFIX + "query.parallelism", "${settings.test.parallelism}"))
                .contains("is \"none\"");
    }

    @Test
    void placeholderWithoutValue_isReported() {
        assertThat(problem(PREFIX + "username", "${settings.test.nobody}"))
                .isEqualTo("hibernate.shards.username: ${settings.test.nobody} names neither a system property nor an"
                        + " environment variable");
        assertThat(problem(PREFIX + "password", "hu${settings.test.nobody}sh"))
                .isEqualTo("hibernate.shards.password: a placeholder in it names neither a system property nor an"
                        + " environment variable");
    }

    @Test
    void goodSettings_startAFactory() {
        System.setProperty("settings.test.user", "postgres");
        try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, 2)) {
            Map<String, Object> settings = new TreeMap<>();
            settings.put(PREFIX + "shards", " shard0 , shard1 ");
            for (Shard shard : cluster.shards()) {
                settings.put(PREFIX + "shard." + shard.name() + ".url", shard.url());
            }
            settings.put(
                    PREFIX + "username",
                    cluster.shards().get(0).user().equals("postgres")
                            ? "${settings.test.user}"
                            : cluster.shards().get(0).user());
            settings.put(PREFIX + "password", cluster.shards().get(0).password());
            settings.put(PREFIX + "pool.maximum-pool-size", 4);
            settings.put(PREFIX + "pool.register-mbeans", false);
            settings.put(PREFIX + "shard.shard1.pool.connectionTimeout", 3000L);
            settings.put(PREFIX + "assignment", "explicit");
            settings.put(PREFIX + "shard.shard0.buckets", "0-4095");
            settings.put(PREFIX + "shard.shard1.buckets", "4096-8191");
            settings.put(PREFIX + "pin.5000-5001", "shard0");
            settings.put(PREFIX + "id.worker", 3);
            settings.put(PREFIX + "query.parallelism", 2);
            settings.put("hibernate.hbm2ddl.auto", "create");
            try (ShardedSessionFactory factory = new ShardedConfiguration()
                    .settings(settings)
                    .entities(Note.class)
                    .build()) {
                assertThat(factory.getTopology().shards()).containsExactly(ShardId.of("shard0"), ShardId.of("shard1"));
                assertThat(factory.getTopology().shardOf(5001)).isEqualTo(ShardId.of("shard0"));
                assertThat(factory.getTopology().shardOf(5002)).isEqualTo(ShardId.of("shard1"));
                Note note = new Note("ada", "hello");
                factory.inTransaction(session -> session.persist(note));
                assertThat(factory.<String>fromSession(session -> session.find(Note.class, note.id).text))
                        .isEqualTo("hello");
            }
        }
    }

    // ---- secrets

    @Test
    void wrongPassword_isShownNowhere() throws Exception {
        Map<String, Object> settings = two(
                PREFIX + "username", "nobody",
                PREFIX + "password", "hush-hush",
                PREFIX + "shard.west.password", "hush-west",
                PREFIX + "pool.connection-timeout", 1000);
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1)) {
            String url = cluster.shards().get(0).url();
            settings.put(
                    PREFIX + "shard.east.url",
                    url + (url.contains("?") ? "&" : "?") + "loginTimeout=1&sslpassword=hush-url");
            StringWriter trace = new StringWriter();
            try (CapturedLogs logs = new CapturedLogs()) {
                Throwable failure = null;
                try (ShardedSessionFactory factory = new ShardedConfiguration()
                        .settings(settings)
                        .entities(Note.class)
                        .build()) {
                    trace.write(factory + factory.getProperties().toString());
                } catch (RuntimeException e) {
                    failure = e;
                    e.printStackTrace(new PrintWriter(trace));
                }
                assertThat(failure).isNotNull();
                String all = logs.text() + trace;
                assertThat(all).contains("hibernate").doesNotContain("hush");
            }
        }
    }

    @Test
    void startedFactory_showsNoPassword() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
                CapturedLogs logs = new CapturedLogs()) {
            Shard shard = cluster.shards().get(0);
            String url = shard.url() + (shard.url().contains("?") ? "&" : "?") + "sslpassword=hush-url";
            try (ShardedSessionFactory factory = new ShardedConfiguration()
                    .settings(cluster.settings())
                    .setting(PREFIX + "shard.shard0.url", url)
                    .setting(PREFIX + "password", "hush-all")
                    .setting("hibernate.hbm2ddl.auto", "create")
                    .entities(Note.class)
                    .build()) {
                factory.inTransaction(session -> session.persist(new Note("ada", "x")));
                assertThat(factory.getProperties()).containsKey(PREFIX + "password");
                assertThat(factory.getProperties().toString()).contains("****").doesNotContain("hush");
                assertThat(factory.openSession().getProperties().toString()).doesNotContain("hush");
                assertThat(factory + " " + factory.getTopology()).doesNotContain("hush");
            }
            assertThat(logs.text()).contains("shard-shard0").doesNotContain("hush");
        }
    }
}
