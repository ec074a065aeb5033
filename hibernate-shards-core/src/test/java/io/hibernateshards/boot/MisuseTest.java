package io.hibernateshards.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Settings, parameters of the driver and databases that nobody would choose. Each either works, which means that everything
 * below does that an application does, or is refused at the start by name, with what to do.
 */
class MisuseTest {
    @Entity(name = "Coin")
    @Cacheable
    static class Coin {
        @Id
        @ShardKey
        String name = "";

        int worth;

        Coin() {}

        Coin(String name, int worth) {
            this.name = name;
            this.worth = worth;
        }
    }

    private static LocalCluster cluster;
    private static List<String> names;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.shared(Layout.DATABASES, 2);
        try (ShardedSessionFactory factory = factory("create", "", Map.of())) {
            names = factory.getTopology().shards().stream()
                    .map(shard -> IntStream.range(0, 1000)
                            .mapToObj(i -> "coin" + i)
                            .filter(name -> factory.locate(Coin.class, name).equals(shard))
                            .findFirst()
                            .orElseThrow())
                    .toList();
        }
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @AfterEach
    void resetDatabases() throws SQLException {
        for (int shard = 0; shard < 2; shard++) {
            assertThat(text(shard, "select count(*) from pg_prepared_xacts where database = current_database()"))
                    .as("prepared transactions left")
                    .isEqualTo("0");
            execute(shard, "alter database " + text(shard, "select current_database()") + " reset all");
        }
    }

    private static Connection connect(int shard) throws SQLException {
        return cluster.shards().get(shard).connect();
    }

    private static String text(int shard, String sql) throws SQLException {
        try (Connection connection = connect(shard);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void execute(int shard, String sql) throws SQLException {
        try (Connection connection = connect(shard);
                Statement statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            statement.execute(sql);
        }
    }

    /** A parameter of all databases, as an administrator sets it. */
    private static void set(String parameter, String value) throws SQLException {
        for (int shard = 0; shard < 2; shard++) {
            execute(
                    shard,
                    "alter database " + text(shard, "select current_database()") + " set " + parameter + " = " + value);
        }
    }

    private static String with(String url, String parameters) {
        return parameters.isEmpty() ? url : url + (url.contains("?") ? "&" : "?") + parameters;
    }

    private static ShardedSessionFactory factory(String schema, String parameters, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        for (Shard shard : cluster.shards()) {
            settings.compute(
                    "hibernate.shards.shard." + shard.name() + ".url", (name, url) -> with(shard.url(), parameters));
        }
        settings.put("hibernate.hbm2ddl.auto", schema);
        settings.put(ShardSettings.TRANSACTION_MODE, "two-phase");
        settings.putAll(more);
        return new ShardedConfiguration()
                .entities(Coin.class)
                .settings(settings)
                .build();
    }

    /** What an application does. */
    private static void works(String parameters, Map<String, String> more) throws SQLException {
        try (ShardedSessionFactory factory = factory("none", parameters, more)) {
            for (int isolation : new int[] {
                Connection.TRANSACTION_NONE,
                Connection.TRANSACTION_READ_COMMITTED,
                Connection.TRANSACTION_REPEATABLE_READ,
                Connection.TRANSACTION_SERIALIZABLE
            }) {
                try (ShardedSession session = factory.openSession()) {
                    if (isolation != Connection.TRANSACTION_NONE) {
                        session.setTransactionIsolation(isolation);
                    }
                    session.inTransaction(transaction -> {
                        session.createMutationQuery("delete from Coin").executeUpdate();
                        names.forEach(name -> session.persist(new Coin(name, 10)));
                        IntStream.range(0, 20).forEach(i -> session.persist(new Coin("more" + i, i)));
                        session.flush();
                        session.find(Coin.class, names.get(0)).worth -= 3;
                        session.find(Coin.class, names.get(1)).worth += 3;
                    });
                }
                assertThat(worth(0) + " " + worth(1)).isEqualTo("7 13");
            }
            assertThat(factory.getInDoubtBranches()).isEmpty();
            factory.inTransaction(session -> session.find(Coin.class, names.get(1)).worth = 14); // one shard
            assertThat(worth(1)).isEqualTo("14");
            readsAndRollsBack(factory);
            isLeftToRecovery(factory);
        }
    }

    private static String worth(int shard) throws SQLException {
        return text(shard, "select worth from Coin where name = '" + names.get(shard) + "'");
    }

    private static void readsAndRollsBack(ShardedSessionFactory factory) {
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            assertThat(session.createQuery("select count(*) from Coin", Long.class)
                            .getSingleResult())
                    .isEqualTo(22);
            assertThat(session.createQuery(
                                    "select c.name from Coin c where c.worth > (select avg(d.worth) from Coin d)",
                                    String.class)
                            .getResultList())
                    .hasSize(11);
            assertThat(session.createQuery("from Coin where name = :name", Coin.class)
                            .setParameter("name", "\\'); drop table Coin; --")
                            .list())
                    .isEmpty();
            session.persist(new Coin("Münze ö €", 1));
            session.flush();
            assertThatThrownBy(() -> session.doReturningWork(ShardId.of("shard1"), connection -> {
                        try (Statement statement = connection.createStatement()) {
                            return statement.execute("select 1 / 0");
                        }
                    }))
                    .hasStackTraceContaining("division by zero");
            session.getTransaction().rollback();
        }
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.find(Coin.class, "Münze ö €")).isNull();
            try (var rows = session.createQuery("select name from Coin order by name", String.class)
                    .getResultStream()) {
                assertThat(rows).hasSize(22);
            }
        }
    }

    /** A branch that was prepared and is not ended, for want of a decision. */
    private static void isLeftToRecovery(ShardedSessionFactory factory) {
        try {
            String log = text(0, "select id from hibernate_shards.transaction_log where current");
            execute(
                    1,
                    "begin; delete from Coin; prepare transaction 'hibernate-shards/a/b/c/d/" + log
                            + "/shard0/2-shard1'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        factory.recoverTransactions();
        assertThat(factory.getInDoubtBranches()).isEmpty();
        assertThat(factory.<Integer>fromTransaction(session -> session.find(Coin.class, names.get(1)).worth))
                .isEqualTo(14);
    }

    private static void isRefused(String parameters, String... words) {
        assertThatThrownBy(() ->
                        factory("none", parameters + "&" + COUNTED, Map.of()).close())
                .isInstanceOfSatisfying(
                        ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.CONFIGURATION))
                .message()
                .contains(words);
    }

    // ---- parameters of the driver

    @ParameterizedTest
    @ValueSource(
            strings = {
                "preferQueryMode=simple",
                "preferQueryMode=extendedForPrepared",
                "preferQueryMode=extendedCacheEverything",
                "autosave=conservative",
                "autosave=always",
                "reWriteBatchedInserts=true",
                "readOnly=true",
                "readOnly=true&readOnlyMode=always",
                "prepareThreshold=0",
                "prepareThreshold=1&preparedStatementCacheQueries=0",
                "defaultRowFetchSize=2",
                "stringtype=unspecified",
                "binaryTransfer=false",
                "targetServerType=primary",
                "targetServerType=any",
                "socketTimeout=60",
                "currentSchema=public",
                "options=-c%20search_path=nowhere,public",
                "options=-c%20default_transaction_isolation=serializable",
                "options=-c%20bytea_output=escape%20-c%20DateStyle=German%20-c%20IntervalStyle=sql_standard",
                "options=-c%20lock_timeout=5s%20-c%20statement_timeout=30s",
                "options=-c%20synchronous_commit=off",
                "options=-c%20enable_seqscan=off%20-c%20plan_cache_mode=force_generic_plan"
            })
    void aParameterThatIsTheApplicationsBusiness_works(String parameters) throws SQLException {
        works(parameters, Map.of());
        works(
                parameters,
                Map.of(
                        "hibernate.cache.region.factory_class",
                        "caffeine-shards",
                        "hibernate.shards.cache.coherence",
                        "notify"));
    }

    @Test
    void aParameterThatCannotWork_isRefused() {
        isRefused("targetServerType=secondary", "hibernate.shards.shard.shard0.url", "targetServerType", "replicas");
        isRefused("targetServerType=preferSecondary", "targetServerType", "use primary");
        isRefused("replication=database", "replication", "remove it");
        isRefused("options=-c%20standard_conforming_strings=off", "shard0", "shard1", "standard_conforming_strings");
    }

    /** Found without a server, for all URLs at once: the driver says so only once it has connected. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    prepareThreshold=x | prepareThreshold = x is not an integer
                    socketTimeout=99999999999 | socketTimeout = 99999999999 is not an integer
                    loginTimeout=1.5&connectTimeout=1.5 | connectTimeout = 1.5 is not an integer
                    sslmode=on | sslmode = on is unknown to the driver: use one of disable, allow, prefer
                    targetServerType=Primary | targetServerType = Primary is unknown to the driver: use one of any, primary
                    channelBinding=on | channelBinding = on is unknown to the driver
                    gssEncMode=on | gssEncMode = on is unknown to the driver
                    autosave=on | autosave = on is unknown to the driver: use one of always, never, conservative
                    stringtype=text | stringtype = text is unknown to the driver
                    sslmode=verify-full&sslrootcert=/nowhere | sslrootcert = /nowhere is not a file that can be read""")
    void aParameterThatTheDriverRejects_isRefusedBeforeItConnects(String parameters, String problem) {
        assertThat(attempts(() -> isRefused(
                        parameters,
                        "2 settings cannot be used",
                        "hibernate.shards.shard.shard0.url " + problem,
                        "hibernate.shards.shard.shard1.url " + problem)))
                .isZero();
        assertThatThrownBy(() -> factory(
                                "none",
                                "",
                                Map.of("hibernate.shards.shard.shard1.listen-url", "jdbc:postgresql:x?" + parameters))
                        .close())
                .hasMessageContaining("hibernate.shards.shard.shard1.listen-url " + problem);
    }

    /** Trying again would not help. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    options=-c%20bad | bad requires a value
                    options=-c%20nosuch=1 | unrecognized configuration parameter "nosuch"
                    options=-c%20statement_timeout=soon | invalid value for parameter "statement_timeout"
                    defaultRowFetchSize=-3 | greater than or equal to 0
                    binaryTransferEnable=number | number""")
    void aParameterThatIsRejectedAtTheFirstConnection_isRefusedAtOnce(String parameters, String problem) {
        for (List<Shard> some : List.of(cluster.shards(), cluster.shards().subList(1, 2))) {
            Map<String, String> urls = new HashMap<>();
            some.forEach(shard -> urls.put(
                    "hibernate.shards.shard." + shard.name() + ".url", with(shard.url(), parameters + "&" + COUNTED)));
            assertThat(attempts(() -> assertThatThrownBy(
                                    () -> factory("none", "", urls).close())
                            .hasStackTraceContaining(
                                    "HS-001 shard \"" + some.get(0).name() + "\" (")
                            .hasStackTraceContaining(") refuses connections: ")
                            .hasStackTraceContaining(problem)
                            .hasStackTraceContaining(". Correct the parameters of its URL")))
                    .isLessThan(20);
        }
    }

    /** Fails callers like a server that is down, because it may let the user in later. */
    @ParameterizedTest
    @CsvSource({"username, role \"nobody\" does not exist", "url, database \"nowhere\" does not exist"})
    void aUserOrADatabaseThatIsUnknown_isReportedAtOnce(String setting, String problem) {
        Map<String, String> both = new HashMap<>();
        for (Shard shard : cluster.shards()) {
            both.put(
                    "hibernate.shards.shard." + shard.name() + "." + setting,
                    setting.equals("url")
                            ? with(shard.url().replaceAll("/[^/?]+(\\?|$)", "/nowhere$1"), COUNTED)
                            : "nobody");
        }
        Map<String, String> one = new HashMap<>(both);
        one.remove("hibernate.shards.shard.shard0." + setting);
        assertThat(attempts(() -> {
                    try (ShardedSessionFactory factory = factory("none", COUNTED, one)) {
                        factory.inTransaction(session -> session.find(Coin.class, names.get(0)));
                        assertThatThrownBy(
                                        () -> factory.inTransaction(session -> session.find(Coin.class, names.get(1))))
                                .hasMessageContainingAll(
                                        "HS-040 shard \"shard1\" (", ") refuses connections: ", problem, ". Correct ");
                    }
                }))
                .isLessThan(40);
        assertThat(attempts(() -> assertThatThrownBy(
                                () -> factory("none", COUNTED, both).close())
                        .rootCause()
                        .hasMessageContaining(problem)))
                .isLessThan(20);
    }

    private static final String COUNTED = "socketFactory=" + CountedSockets.class.getName();

    /** How often the driver connects. */
    private static int attempts(Runnable work) {
        CountedSockets.COUNT.set(0);
        work.run();
        return CountedSockets.COUNT.get();
    }

    /** What only reads needs no more; the databases say the rest. */
    @Test
    void sessionsThatAreReadOnlyByDefault_areRefused_ifSomethingIsToBeWritten_andElseWarnedOf() {
        String readOnly = "options=-c%20default_transaction_read_only=on";
        try (ShardedSessionFactory factory = factory("none", "", Map.of())) {
            factory.inTransaction(session -> {
                session.createMutationQuery("delete from Coin").executeUpdate();
                names.forEach(name -> session.persist(new Coin(name, 10)));
            });
        }
        for (String action : List.of("update", "create")) {
            assertThatThrownBy(() -> factory(action, readOnly, Map.of()).close())
                    .as(action)
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.CONFIGURATION))
                    .hasMessageContainingAll("shard \"shard0\" (", "default_transaction_read_only", "set it to off");
        }
        for (String action : List.of("none", "validate")) {
            try (CapturedLogs logs = new CapturedLogs();
                    ShardedSessionFactory factory = factory(action, readOnly, Map.of())) {
                assertThat(logs.text())
                        .contains("shard \"shard0\" (", "shard \"shard1\" (", "default_transaction_read_only = on");
                assertThat(factory.<Integer>fromTransaction(session -> names.stream()
                                .mapToInt(name -> session.find(Coin.class, name).worth)
                                .sum()))
                        .isEqualTo(20);
                assertThat(factory.<Long>fromTransaction(
                                session -> session.createSelectionQuery("select count(c) from Coin c", Long.class)
                                        .getSingleResult()))
                        .isEqualTo(2);
                assertThatThrownBy(() ->
                                factory.inTransaction(session -> session.find(Coin.class, names.get(0)).worth = 11))
                        .hasStackTraceContaining("read-only transaction");
                assertThat(factory.getInDoubtBranches()).isEmpty();
            }
        }
        try (LocalCluster empty = LocalCluster.shared(Layout.DATABASES, 2)) {
            Map<String, String> settings = new HashMap<>();
            for (Shard shard : empty.shards()) {
                settings.put("hibernate.shards.shard." + shard.name() + ".url", with(shard.url(), readOnly));
            }
            assertThatThrownBy(() -> factory("none", "", settings).close())
                    .as("no record of who the shards are")
                    .hasMessageContainingAll("shard \"shard0\" (", "default_transaction_read_only", "set it to off");
        }
    }

    @Test
    void parametersThatCost_areWarnedOf() {
        try (CapturedLogs logs = new CapturedLogs()) {
            factory("none", "preferQueryMode=simple&socketTimeout=5&autosave=always", Map.of())
                    .close();
            assertThat(logs.text())
                    .contains(
                            "preferQueryMode = simple", "autosave = always", "socketTimeout = 5 s", "shard \"shard1\"");
        }
    }

    // ---- databases

    @ParameterizedTest
    @CsvSource({
        "default_transaction_isolation, 'repeatable read'",
        "default_transaction_isolation, serializable",
        "default_transaction_deferrable, on",
        "idle_in_transaction_session_timeout, '20s'",
        "row_security, on",
        "search_path, 'nowhere, public'",
        "synchronous_commit, local",
        "timezone, 'Asia/Kathmandu'"
    })
    void aDatabaseWithAParameterOfItsOwn_works(String parameter, String value) throws SQLException {
        set(parameter, parameter.equals("search_path") ? value : "'" + value + "'");
        works("", Map.of());
    }

    @ParameterizedTest
    @CsvSource("standard_conforming_strings, off")
    void aDatabaseThatCannotBeUsed_isRefused(String parameter, String value) throws SQLException {
        set(parameter, value);
        isRefused("", "shard \"shard0\" (", "shard \"shard1\" (", parameter + " = " + value);
    }

    @Test
    void databasesThatEndTransactionsEarly_areWarnedOf() throws SQLException {
        set("idle_in_transaction_session_timeout", "'3s'");
        set("row_security", "off");
        try (CapturedLogs logs = new CapturedLogs()) {
            factory("none", "", Map.of()).close();
            assertThat(logs.text()).contains("idle_in_transaction_session_timeout = 3000 ms", "row_security = off");
        }
    }

    @Test
    void aDatabaseOfAnotherEncoding_isRefused() throws SQLException {
        Shard shard = cluster.shards().get(0);
        String own = text(0, "select current_database()");
        String other = own + "_latin";
        String server = shard.url().replaceFirst("/" + own + "(?=\\?|$)", "/postgres");
        try (Connection admin = DriverManager.getConnection(server, shard.user(), shard.password());
                Statement statement = admin.createStatement()) {
            statement.execute(
                    "create database " + other + " template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'");
            Map<String, String> settings = Map.of(
                    "hibernate.shards.shard.shard0.url",
                    shard.url().replaceFirst("/" + own + "(?=\\?|$)", "/" + other));
            assertThatThrownBy(() -> factory("none", "", settings).close())
                    .hasMessageContaining("shard \"shard0\"")
                    .hasMessageContaining("has the encoding LATIN1")
                    .hasMessageContaining("encoding 'UTF8'");
            statement.execute("drop database " + other + " with (force)");
        }
    }
}
