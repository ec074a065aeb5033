package io.hibernateshards.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.Purses.Purse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.replication.LogSequenceNumber;

/** What travels with commits: nothing of it may cost a round trip, or be seen of what did not commit. */
class CommitRidersTest {
    private static final List<Relay> RELAYS = new ArrayList<>();

    private static Purses purses;
    private static List<String> names;
    private static ShardedSessionFactory factory;

    private final List<Connection> listeners = new ArrayList<>();
    private CommitRiders riders;

    @BeforeAll
    static void start() {
        purses = new Purses(LocalCluster.shared(Layout.DATABASES, 2));
        names = purses.names;
        Map<String, String> settings = new HashMap<>(purses.cluster.settings());
        for (Shard shard : purses.cluster.shards()) {
            Relay relay = new Relay(shard);
            RELAYS.add(relay);
            settings.put("hibernate.shards.shard." + shard.name() + ".url", relay.url(shard));
        }
        factory = Purses.factory(settings, "none");
    }

    @AfterAll
    static void stop() {
        factory.close();
        RELAYS.forEach(Relay::close);
        purses.close();
    }

    @BeforeEach
    void ride() throws SQLException {
        purses.fill(10);
        try (ShardedSession session = factory.openSession()) {
            riders = ((ShardedTransaction) session.getTransaction()).riders();
        }
        for (Shard shard : purses.cluster.shards()) {
            Connection listener = shard.connect();
            listeners.add(listener);
            try (Statement listen = listener.createStatement()) {
                listen.execute("listen riders");
            }
        }
    }

    @AfterEach
    void leave() throws SQLException {
        riders.setStatements(branch -> null);
        riders.setPositions(shard -> false);
        for (Connection listener : listeners) {
            listener.close();
        }
    }

    private void all() {
        riders.setStatements(branch -> "select pg_notify('riders', '" + branch + "')");
        riders.setPositions(shard -> true);
    }

    /** What listeners of each shard have been told. */
    private List<Integer> told() throws SQLException {
        List<Integer> told = new ArrayList<>();
        for (Connection listener : listeners) {
            try (Statement ask = listener.createStatement()) {
                ask.execute("select 1"); // what was sent before is delivered before this is answered
            }
            PGNotification[] notifications = listener.unwrap(PGConnection.class).getNotifications(500);
            told.add(notifications == null ? 0 : notifications.length);
        }
        return told;
    }

    private static long now(int shard) throws SQLException {
        try (Connection connection = purses.cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_current_wal_insert_lsn()")) {
            row.next();
            return LogSequenceNumber.valueOf(row.getString(1)).asLong();
        }
    }

    private static void add(Session session, int shard) {
        session.find(Purse.class, names.get(shard)).coins++;
    }

    private static ConsistencyToken token(Consumer<Session> work) {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(transaction -> work.accept(session));
            return session.getConsistencyToken();
        }
    }

    private static List<Integer> roundTrips(Consumer<Session> work) {
        int first = Integer.MAX_VALUE;
        int second = Integer.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            int firstBefore = RELAYS.get(0).roundTrips();
            int secondBefore = RELAYS.get(1).roundTrips();
            token(work);
            first = Math.min(first, RELAYS.get(0).roundTrips() - firstBefore);
            second = Math.min(second, RELAYS.get(1).roundTrips() - secondBefore);
        }
        return List.of(first, second);
    }

    @Test
    void aCommitOfOneShard_takesThemAlong_inItsOwnRoundTrip() throws SQLException {
        all();
        long before = now(0);
        ConsistencyToken token = token(session -> add(session, 0));
        assertThat(token.position(ShardId.of("shard0")).orElseThrow()).isBetween(before + 1, now(0));
        assertThat(token.shards()).containsExactly(ShardId.of("shard0"));
        assertThat(told()).containsExactly(1, 0);
        assertThat(roundTrips(session -> add(session, 0)))
                .as("select, update, commit")
                .containsExactly(3, 0);
    }

    @Test
    void commitsThatAreOnlyAskedForTheirPosition_arePrepared() throws SQLException {
        riders.setPositions(shard -> true);
        assertThat(roundTrips(session -> add(session, 0)))
                .as("select, update, commit")
                .containsExactly(3, 0);
        long before = now(0);
        assertThat(token(session -> add(session, 0))
                        .position(ShardId.of("shard0"))
                        .orElseThrow())
                .isBetween(before + 1, now(0));
        try (Session session = factory.openSession()) {
            assertThat(session.createNativeQuery(
                                    "select statement from pg_prepared_statements where statement like '%wal_insert%'"
                                            + " or statement = 'commit'",
                                    String.class)
                            .setHint(ShardHints.SHARD, "shard0")
                            .list())
                    .hasSize(2);
        }
    }

    @Test
    void aCommitOfTwoShards_takesThemAlong_withTheDecisionAndAfterCommitPrepared() throws SQLException {
        all();
        long before = now(1);
        ConsistencyToken token = token(session -> {
            add(session, 0);
            add(session, 1);
        });
        assertThat(token.shards()).containsExactlyInAnyOrder(ShardId.of("shard0"), ShardId.of("shard1"));
        assertThat(token.position(ShardId.of("shard1")).orElseThrow()).isBetween(before + 1, now(1));
        assertThat(told()).containsExactly(1, 1);
        assertThat(roundTrips(session -> {
                    add(session, 0);
                    add(session, 1);
                }))
                .as("as without them")
                .containsExactly(4, 4);
    }

    @Test
    void aDecisionWhoseAnswerIsLost_isInTheToken() {
        all();
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            add(session, 1);
            session.flush();
            add(session, 0); // the last to write decides
            session.flush();
            int port = session.createNativeQuery("select inet_client_port()", Integer.class)
                    .setHint(ShardHints.SHARD, "shard0")
                    .getSingleResult();
            Relay.Link deciding = Objects.requireNonNull(RELAYS.get(0).link(port));
            TwoPhase.observer = (step, transaction, shard) -> {
                if (step == Step.ALL_PREPARED) {
                    deciding.loseAnswer();
                }
            };
            try {
                session.getTransaction().commit();
            } finally {
                TwoPhase.observer = Step.Observer.NONE;
            }
            assertThat(deciding.hasLostAnswer()).isTrue();
            assertThat(session.getConsistencyToken().shards())
                    .containsExactlyInAnyOrder(ShardId.of("shard0"), ShardId.of("shard1"));
        }
        try (Session session = factory.openSession()) {
            assertThat(session.find(Purse.class, names.get(0)).coins).isEqualTo(11);
        }
    }

    @Test
    void whatReadsOnly_takesNothingAlong() throws SQLException {
        all();
        assertThat(token(session -> session.find(Purse.class, names.get(0)))).isEqualTo(ConsistencyToken.NONE);
        assertThat(told()).containsExactly(0, 0);
    }

    @Test
    void whatIsRolledBack_tellsNobody() throws SQLException {
        all();
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            add(session, 0);
            session.flush();
            session.getTransaction().rollback();
            assertThat(session.getConsistencyToken()).isEqualTo(ConsistencyToken.NONE);
        }
        assertThat(told()).containsExactly(0, 0);
    }

    @Test
    void aTransactionThatFailedBefore_tellsNobody() throws SQLException {
        all();
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            add(session, 0);
            session.flush();
            session.doReturningWork(ShardId.of("shard0"), connection -> {
                try (Statement statement = connection.createStatement()) {
                    assertThatThrownBy(() -> statement.execute("select 1/0")).hasMessageContaining("division by zero");
                    return true; // so Hibernate knows nothing of it
                }
            });
            assertThatThrownBy(
                            session.getTransaction()
                                    ::commit) // which PostgreSQL answers with a rollback, without an error
                    .isInstanceOfSatisfying(
                            ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.BRANCH_ENDED));
            assertThat(session.getConsistencyToken()).isEqualTo(ConsistencyToken.NONE);
        }
        assertThat(told()).containsExactly(0, 0);
        try (Session session = factory.openSession()) {
            assertThat(session.find(Purse.class, names.get(0)).coins).isEqualTo(10);
        }
    }

    @Test
    void aDeferredConstraintThatDoesNotHold_failsTheCommitAsWithoutThem() {
        all();
        purses.execute(0, "create table parent (id int primary key)");
        purses.execute(0, "create table child (id int references parent deferrable initially deferred)");
        try (ShardedSession session = factory.openSession()) {
            session.beginTransaction();
            session.doReturningWork(ShardId.of("shard0"), connection -> {
                try (Statement statement = connection.createStatement()) {
                    return statement.execute("insert into child values (1)");
                }
            });
            assertThatThrownBy(() -> session.getTransaction().commit())
                    .hasStackTraceContaining("violates foreign key constraint");
        } finally {
            purses.execute(0, "drop table child, parent");
        }
    }

    /** Statements that count what is lost. */
    private List<ShardId> losing(String sql) {
        List<ShardId> lost = new CopyOnWriteArrayList<>();
        riders.setStatements(new CommitRiders.Statements() {
            @Override
            public String of(Branch<?> branch) {
                return sql;
            }

            @Override
            public void lost(ShardId shard, boolean told) {
                lost.add(shard);
            }
        });
        return lost;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select pg_notify('riders', repeat('x', 9000))", // fails as its own transaction commits
                "select 1/0",
                "select pg_terminate_backend(pg_backend_pid(), 5000)"
            })
    void whatFailsBehindTheCommit_doesNotFailIt_andIsKnownToBeLost(String sql) {
        for (boolean position : new boolean[] {false, true}) {
            purses.fill(10);
            List<ShardId> lost = losing(sql);
            riders.setPositions(shard -> position);
            try (ShardedSession session = factory.openSession()) {
                session.inTransaction(transaction -> add(session, 0));
                assertThat(lost).containsExactly(ShardId.of("shard0"));
                assertThat(session.getConsistencyToken().shards()).hasSize(position ? 1 : 0);
                riders.setStatements(branch -> null);
                session.inTransaction(transaction -> add(session, 0));
            }
            assertThat(purses.coins()).containsExactly(12, 10);
        }
    }

    @Test
    void aClientThatDiesInItsCommit_leavesTheRestToTheServer_andIsToldOnceThatIsOver() throws Exception {
        List<ShardId> lost = losing("select pg_notify('riders', 'late')");
        purses.execute(
                0,
                "create function hold() returns trigger language plpgsql as"
                        + " 'begin perform pg_advisory_xact_lock(4711); return new; end'");
        purses.execute(
                0,
                "create constraint trigger hold after update on Purse deferrable initially deferred for each"
                        + " row execute function hold()");
        ExecutorService client = Executors.newSingleThreadExecutor();
        try (Connection holder = purses.cluster.shards().get(0).connect();
                Statement hold = holder.createStatement()) {
            hold.execute("select pg_advisory_lock(4711)");
            Future<ConsistencyToken> commit = client.submit(() -> token(session -> add(session, 0)));
            await(() -> number(hold, "select count(*) from pg_locks where locktype = 'advisory' and not granted") == 1);
            RELAYS.get(0).cut();
            assertThatThrownBy(commit::get).hasStackTraceContaining("Unable to commit");
            assertThat(lost).hasSize(1);
            assertThat(purses.coins()).containsExactly(10, 10);

            hold.execute("select pg_advisory_unlock(4711)");
            await(() -> purses.coins().equals(List.of(11, 10)));
            await(() -> lost.size() == 2);
            assertThat(told()).containsExactly(1, 0);
        } finally {
            client.shutdown();
            purses.execute(0, "drop function hold cascade");
        }
    }

    @Test
    void aTriggerThatNotifies_onAShardThatDoesNotDecide_isRefusedWithItsCure() {
        purses.execute(
                1,
                "create function shout() returns trigger language plpgsql as"
                        + " 'begin notify shouts; return new; end'");
        purses.execute(1, "create trigger shout after update on Purse for each row execute function shout()");
        try {
            assertThatThrownBy(() -> token(session -> {
                        add(session, 1);
                        session.flush();
                        add(session, 0);
                    }))
                    .hasStackTraceContaining("HS-023")
                    .hasStackTraceContaining("have it write a row instead")
                    .hasStackTraceContaining("write this shard last");
            assertThat(purses.coins()).containsExactly(10, 10);
            token(session -> {
                add(session, 0);
                session.flush();
                add(session, 1);
            });
            assertThat(purses.coins()).containsExactly(11, 11);
        } finally {
            purses.execute(1, "drop function shout cascade");
        }
    }

    private static int number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!condition.call()) {
            assertThat(System.nanoTime() - end).as("in time").isNegative();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
