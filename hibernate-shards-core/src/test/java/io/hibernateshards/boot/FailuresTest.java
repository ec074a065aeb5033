package io.hibernateshards.boot;

import static io.hibernateshards.Patience.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.Shard;
import jakarta.persistence.PersistenceException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hibernate.JDBCException;
import org.hibernate.QueryTimeoutException;
import org.hibernate.jdbc.ReturningWork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Servers die and connections break: only what needs them fails, soon, with a message that says which. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailuresTest {
    private static final int DEAD = 0;
    private static final int ALIVE = 1;

    /** How long the pool of the shard that dies lets one wait: short, as it is waited for in vain. */
    private static final String PATIENCE = "hibernate.shards.shard.shard0.pool.connection-timeout";

    private final LocalCluster cluster =
            LocalCluster.start(Layout.SERVERS, 3, Collation.C, ServerOptions.FAST.with("synchronous_commit", "on"));
    private final List<String> authors = new ArrayList<>();
    private ShardedSessionFactory factory = start("hibernate.hbm2ddl.auto", "create");
    private boolean killed;

    /** The catalog is on a shard that stays alive. */
    private ShardedSessionFactory start(String... more) {
        ShardedConfiguration configuration = new ShardedConfiguration()
                .settings(cluster.settings())
                .setting("hibernate.shards.catalog.shard", "shard1")
                .setting(PATIENCE, 300)
                .entities(Note.class);
        for (int i = 0; i < more.length; i += 2) {
            configuration.setting(more[i], more[i + 1]);
        }
        return configuration.build();
    }

    @BeforeAll
    void oneAuthorForEachShard() {
        for (Shard shard : cluster.shards()) {
            authors.add(IntStream.range(0, 1000)
                    .mapToObj(i -> "author" + i)
                    .filter(author -> factory.locate(Note.class, author).equals(ShardId.of(shard.name())))
                    .findFirst()
                    .orElseThrow());
        }
        factory.close();
    }

    @BeforeEach
    void open() throws SQLException {
        for (int shard = 0; shard < 3; shard++) {
            execute(shard, "delete from Note");
        }
        factory = start();
        for (String author : authors) {
            eventually(() -> factory.fromTransaction(session -> {
                session.persist(new Note(author, "hello"));
                return author;
            }));
        }
    }

    @AfterEach
    void closeFactory() {
        factory.close();
        if (killed) {
            restart();
        }
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    private void kill() {
        cluster.kill(DEAD);
        killed = true;
    }

    private void restart() {
        cluster.restart(DEAD);
        killed = false;
    }

    private List<String> notesOf(int shard) {
        return factory.fromTransaction(
                session -> session.createQuery("select n.text from Note n where n.author = :author", String.class)
                        .setParameter("author", authors.get(shard))
                        .list());
    }

    private List<String> notesOfAll() {
        return factory.fromTransaction(
                session -> session.createQuery("select n.text from Note n order by n.author", String.class)
                        .list());
    }

    private void execute(int shard, String sql) throws SQLException {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private int count(int shard) throws SQLException {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from Note")) {
            row.next();
            return row.getInt(1);
        }
    }

    /** Fails with all that one must know to go looking. */
    private static ShardingException unavailable(ThrowingCallable work) {
        Throwable failure = catchThrowable(work);
        assertThat(failure).isInstanceOf(ShardingException.class);
        ShardingException unavailable = (ShardingException) failure;
        assertThat(unavailable.code()).isEqualTo(ShardErrorCode.SHARD_UNAVAILABLE);
        return unavailable;
    }

    /** A pool asks a connection that it has not used for half a second whether it still is one. */
    private static void letConnectionsGoStale() throws InterruptedException {
        Thread.sleep(700);
    }

    // ---- a server is gone

    @Test
    void serverGoneBeforeStart_applicationStartsWithTheOthers() throws Exception {
        factory.close();
        kill();
        factory = start();
        assertThat(notesOf(ALIVE)).containsExactly("hello");
        assertThat(unavailable(() -> notesOf(DEAD))).hasMessageContaining("\"shard0\"");
        restart();
        assertThat(eventually(() -> notesOf(DEAD))).containsExactly("hello");
    }

    @Test
    void noServerAnswers_startFailsAndSaysWhichWereAsked() throws IOException {
        try (Socket one = new Socket();
                Socket other = new Socket()) {
            Map<String, String> dead = settings(taken(one), taken(other));
            Throwable failure = catchThrowable(() -> notes(dead).build());
            assertThat(failure)
                    .rootCause()
                    .isInstanceOf(ShardingException.class)
                    .hasMessageContaining("HS-040 no shard answers")
                    .hasMessageContaining("shard \"shard0\"")
                    .hasMessageContaining("shard \"shard1\"");
            try (ShardedSessionFactory withoutServers = notes(dead)
                    .setting("hibernate.boot.allow_jdbc_metadata_access", "disallow")
                    .setting("jakarta.persistence.database-product-name", "PostgreSQL")
                    .setting("jakarta.persistence.database-major-version", 15)
                    .build()) {
                assertThat(unavailable(() -> withoutServers.inTransaction(session -> session.find(Note.class, 1L))))
                        .hasMessageContaining("refused");
            }
        }
    }

    private static ShardedConfiguration notes(Map<String, String> servers) {
        return new ShardedConfiguration()
                .settings(servers)
                .setting("hibernate.shards.pool.connection-timeout", 300)
                .entities(Note.class);
    }

    private static Map<String, String> settings(int... ports) {
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < ports.length; i++) {
            String shard = "hibernate.shards.shard.shard" + i + ".";
            settings.put(shard + "url", "jdbc:postgresql://localhost:" + ports[i] + "/none");
            settings.put(shard + "username", "nobody");
        }
        settings.put("hibernate.shards.shards", "shard0,shard1");
        return settings;
    }

    /** A port where nobody listens, as long as the socket is open. */
    private static int taken(Socket socket) throws IOException {
        socket.bind(new InetSocketAddress("localhost", 0));
        return socket.getLocalPort();
    }

    /** A connection that was used a moment ago is not asked first: the driver's own error tells. */
    @Test
    void serverGoneAMomentAgo_failsAtOnceAndThenSaysWhy() {
        assertThat(notesOf(DEAD)).hasSize(1);
        kill();
        assertThat(catchThrowable(() -> notesOf(DEAD)))
                .isInstanceOf(PersistenceException.class)
                .satisfies(failure -> assertThat(stackTrace(failure))
                        .contains("shard \"shard0\" ("
                                + cluster.shards().get(DEAD).url() + ")"));
        assertThat(notesOf(ALIVE)).hasSize(1);
        Throwable then = catchThrowable(() -> notesOf(DEAD));
        for (int other = 0; other < 10 && !(then instanceof ShardingException); other++) {
            then = catchThrowable(() -> notesOf(DEAD)); // the pool had more connections
        }
        assertThat(then).isInstanceOf(ShardingException.class).hasMessageContaining("shard \"shard0\"");
    }

    @Test
    void serverGone_onlyWhatNeedsItFails() throws Exception {
        kill();
        letConnectionsGoStale();
        String address = cluster.shards().get(DEAD).url();
        assertThat(unavailable(() -> notesOf(DEAD)))
                .hasMessageContaining("HS-040 shard \"shard0\" (" + address + ") gave no connection in ")
                .hasMessageContaining("(total=0, active=0, idle=0, waiting=0); the server said: Connection to")
                .hasMessageContaining("refused");
        assertThat(notesOf(ALIVE)).containsExactly("hello");
        assertThat(notesOf(2)).containsExactly("hello");
        factory.inTransaction(session -> session.persist(new Note(authors.get(ALIVE), "more")));
        assertThat(count(ALIVE)).isEqualTo(2);
        assertThat(unavailable(
                        () -> factory.inTransaction(session -> session.persist(new Note(authors.get(DEAD), "lost")))))
                .hasMessageContaining("\"shard0\"");
    }

    @Test
    void serverGone_queryOfAllShardsNamesIt() throws Exception {
        kill();
        letConnectionsGoStale();
        assertThat(unavailable(this::notesOfAll)).hasMessageContaining("shard \"shard0\"");
        assertThat(unavailable(() -> factory.inTransaction(session -> session.find(Note.class, 1L))))
                .hasMessageContaining("shard \"shard0\"");
    }

    @Test
    void serverGoneAndBack_worksWithoutANewFactory() throws Exception {
        assertThat(notesOfAll()).hasSize(3);
        kill();
        letConnectionsGoStale();
        unavailable(this::notesOfAll);
        restart();
        assertThat(eventually(this::notesOfAll)).hasSize(3);
        factory.inTransaction(session -> session.persist(new Note(authors.get(DEAD), "back")));
        assertThat(count(DEAD)).isEqualTo(2);
    }

    @Test
    void serverGoneWithinATransaction_nothingIsStored() throws Exception {
        Throwable failure = catchThrowable(() -> factory.inTransaction(session -> {
            session.persist(new Note(authors.get(DEAD), "lost"));
            session.flush();
            session.createQuery("select count(n) from Note n", Long.class).getSingleResult();
            kill();
        }));
        assertThat(failure).isInstanceOf(PersistenceException.class);
        restart();
        assertThat(count(DEAD)).isEqualTo(1);
        letConnectionsGoStale();
        assertThat(eventually(this::notesOfAll)).containsExactly("hello", "hello", "hello");
    }

    @Test
    void serverOfAReaderGone_theWriteIsNotStored() throws Exception {
        Throwable failure = catchThrowable(() -> factory.inTransaction(session -> {
            session.createQuery("select count(n) from Note n", Long.class).getSingleResult();
            session.persist(new Note(authors.get(ALIVE), "lost"));
            session.flush();
            kill();
        }));
        assertThat(failure).isInstanceOf(RuntimeException.class);
        assertThat(count(ALIVE)).isEqualTo(1);
        restart();
    }

    // ---- a connection breaks

    @Test
    void connectionCut_theTransactionFailsAndTheNextOneWorks() throws Exception {
        factory.close();
        factory = start(PATIENCE, "5000");
        Throwable failure = catchThrowable(() -> factory.inTransaction(session -> {
            session.persist(new Note(authors.get(DEAD), "lost"));
            session.flush();
            cutConnections();
            session.createQuery("from Note n where n.author = :a", Note.class)
                    .setParameter("a", authors.get(DEAD))
                    .list();
        }));
        assertThat(failure).isInstanceOf(JDBCException.class).hasMessageContaining("terminating connection");
        assertThat(count(DEAD)).isEqualTo(1);
        letConnectionsGoStale(); // those that were idle were cut too
        factory.inTransaction(session -> session.persist(new Note(authors.get(DEAD), "next")));
        assertThat(count(DEAD)).isEqualTo(2);
    }

    @Test
    void idleConnectionsCut_nobodyNotices() throws Exception {
        factory.close();
        factory = start(PATIENCE, "5000");
        assertThat(notesOf(DEAD)).hasSize(1);
        cutConnections();
        letConnectionsGoStale();
        assertThat(notesOf(DEAD)).hasSize(1);
    }

    private void cutConnections() {
        try {
            execute(
                    DEAD,
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like"
                            + " 'hibernate-shards%' and pid <> pg_backend_pid()");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void featureNotSupported_keepsTheConnection() {
        factory.close();
        factory = start("hibernate.shards.pool.maximum-pool-size", "1", PATIENCE, "5000");
        int before = backend();
        Throwable failure = catchThrowable(() -> onConnection(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute("do $$ begin raise exception 'no' using errcode = '0A000'; end $$");
            }
        }));
        assertThat(failure).isInstanceOfSatisfying(JDBCException.class, e -> assertThat(e.getSQLState())
                .isEqualTo("0A000"));
        assertThat(backend()).isEqualTo(before);
    }

    @Test
    void errorOfAServer_namesTheShardOnce() {
        Throwable failure = catchThrowable(() -> onConnection(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute("select 1 / 0");
            }
        }));
        assertThat(stackTrace(failure)).containsOnlyOnce("on shard \"shard0\"");
    }

    private static String stackTrace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private int backend() {
        return onConnection(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
                row.next();
                return row.getInt(1);
            }
        });
    }

    private <T> T onConnection(ReturningWork<T> work) {
        return factory.fromTransaction(
                session -> session.unwrap(ShardedSession.class).doReturningWork(ShardId.of("shard0"), work));
    }

    // ---- too much, too long

    @Test
    void poolExhausted_saysHowManyAreInUseAndWhatToRaise() {
        factory.close();
        factory = start("hibernate.shards.pool.maximum-pool-size", "2", PATIENCE, "1500");
        try (ShardedSession first = factory.openSession();
                ShardedSession second = factory.openSession()) {
            for (ShardedSession session : List.of(first, second)) {
                session.beginTransaction();
                session.createQuery("from Note n where n.author = :a", Note.class)
                        .setParameter("a", authors.get(DEAD))
                        .list();
            }
            assertThat(unavailable(() -> notesOf(DEAD)))
                    .hasMessageContaining("shard \"shard0\"")
                    .hasMessageContaining("(total=2, active=2, idle=0, waiting=0); all connections are in use: close"
                            + " sessions sooner, or raise hibernate.shards.pool.maximum-pool-size (now 2)");
            assertThat(notesOf(ALIVE)).hasSize(1);
            first.getTransaction().commit();
            second.getTransaction().commit();
        }
        assertThat(notesOf(DEAD)).hasSize(1);
    }

    @Test
    void statementThatTakesTooLong_isCut() {
        String slow = "select n.text from Note n where n.author = :author"
                + " and cast(function('pg_sleep', 20) as String) is not null";
        Throwable failure =
                catchThrowable(() -> factory.inTransaction(session -> session.createQuery(slow, String.class)
                        .setParameter("author", authors.get(DEAD))
                        .setTimeout(1)
                        .list()));
        assertThat(failure).isInstanceOf(PersistenceException.class).hasCauseInstanceOf(QueryTimeoutException.class);
        assertThat(notesOf(DEAD)).hasSize(1);
    }

    @Test
    void parametersOfTheUrl_reachTheServer() {
        String url = cluster.shards().get(DEAD).url();
        factory.close();
        factory = start(
                "hibernate.shards.shard.shard0.url",
                url + (url.contains("?") ? "&" : "?") + "options=-c%20statement_timeout%3D321",
                PATIENCE,
                "5000");
        String timeout = onConnection(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("show statement_timeout")) {
                row.next();
                return row.getString(1);
            }
        });
        assertThat(timeout).isEqualTo("321ms");
        assertThat(Set.of(notesOfAll().size())).containsExactly(3);
    }
}
