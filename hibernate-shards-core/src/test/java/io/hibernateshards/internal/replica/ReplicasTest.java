package io.hibernateshards.internal.replica;

import static io.hibernateshards.Patience.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where sessions read: one shard with two replicas, and one without. */
class ReplicasTest {
    @Entity(name = "Note")
    static class Note {
        @Id
        @ShardKey
        int id;

        int version;

        Note() {}

        Note(int id) {
            this.id = id;
        }
    }

    private static LocalCluster cluster;
    private static ShardedSessionFactory factory;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.start(Layout.SERVERS, 2, Collation.C, ServerOptions.FAST, 2);
        factory = factory(Map.of());
        factory.inTransaction(session -> {
            for (int id = 0; id < 20; id++) {
                session.persist(new Note(id));
            }
        });
    }

    private static ShardedSessionFactory factory(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        settings.put("hibernate.shards.replica.max-wait", "5000"); // a loaded machine may be slow
        settings.putAll(more);
        return new ShardedConfiguration()
                .entities(Note.class)
                .settings(settings)
                .setting("hibernate.hbm2ddl.auto", more.isEmpty() ? "create" : "none")
                .build();
    }

    @AfterAll
    static void stop() {
        factory.close();
        cluster.close();
    }

    @BeforeEach
    void catchUp() {
        for (int shard = 0; shard < 2; shard++) {
            cluster.awaitReplicas(shard);
        }
    }

    private static ShardedSession reader(Consistency level) {
        return factory.withOptions().readOnly(true).consistency(level).openSession();
    }

    private static int port(Session session, ShardId shard) {
        return ((ShardedSession) session).doReturningWork(shard, connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("select inet_server_port()")) {
                row.next();
                return row.getInt(1);
            }
        });
    }

    private static int port(String url) {
        return Integer.parseInt(url.replaceAll(".*:(\\d+)/.*", "$1"));
    }

    private static final ShardId FIRST = ShardId.of("shard0");

    private static Set<Integer> replicasOf(int shard) {
        Set<Integer> ports = new TreeSet<>();
        cluster.shards().get(shard).replicas().forEach(replica -> ports.add(port(replica.url())));
        return ports;
    }

    private static int primaryOf(int shard) {
        return port(cluster.primary(shard).url());
    }

    private static int onFirst() {
        try (ShardedSession session = factory.openSession()) {
            for (int id = 0; id < 20; id++) {
                if (session.shardOf(new Note(id)).equals(FIRST)) {
                    return id;
                }
            }
        }
        throw new IllegalStateException("no note is on the first shard");
    }

    private static ConsistencyToken change(int id) {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(transaction -> session.find(Note.class, id).version++);
            return session.getConsistencyToken();
        }
    }

    /** The bound for a wait is 5 s: of many such reads each would wait as long. */
    @Test
    void aPositionThatThePrimaryHasNotReached_isReadFromThePrimary_withoutWaitingForReplicas() {
        int id = 0;
        ShardId shard = factory.locate(Note.class, id);
        ConsistencyToken madeUp = ConsistencyToken.of(shard, -1);
        long start = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            try (ShardedSession session = reader(Consistency.SESSION)) {
                session.acceptConsistencyToken(madeUp);
                assertThat(session.find(Note.class, id)).isNotNull();
                assertThat(port(session, shard))
                        .isEqualTo(port(cluster.shards()
                                .get(shard.name().charAt(5) - '0')
                                .url()));
            }
        }
        assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(20).toNanos());
    }

    private static ConsistencyToken changed(ConsistencyToken token, UnaryOperator<Position> change) {
        return ConsistencyToken.of(FIRST, change.apply(token.at(FIRST).orElseThrow()));
    }

    private static int portOf(ConsistencyToken token) {
        try (ShardedSession session = reader(Consistency.SESSION)) {
            session.acceptConsistencyToken(token);
            return port(session, FIRST);
        }
    }

    @Test
    void tokens_haveTimelineAndCluster_thatAllFactoriesKnow() {
        ConsistencyToken token = change(onFirst());
        Position position = token.at(FIRST).orElseThrow();
        assertThat(position.timeline()).isEqualTo(1);
        assertThat(position.cluster()).isNotZero();
        try (ShardedSessionFactory other = factory(Map.of("hibernate.shards.consistency", "strong"));
                ShardedSession session = other.openSession()) {
            session.acceptConsistencyToken(changed(token, own -> new Position(own.lsn() + 1, 1, own.cluster())));
            assertThat(session.getConsistencyToken().position(FIRST)).hasValue(position.lsn() + 1);
        }
    }

    /** As numbers go, its replicas are far from there. */
    @Test
    void aPositionOfAnotherCluster_isIgnored() {
        ConsistencyToken token = change(onFirst());
        cluster.awaitReplicas(0);
        ConsistencyToken foreign = changed(token, own -> new Position(-1, 7, own.cluster() + 1));
        try (ShardedSession session = reader(Consistency.SESSION)) {
            session.acceptConsistencyToken(foreign);
            assertThat(session.getConsistencyToken()).isEqualTo(ConsistencyToken.NONE);
        }
        for (int i = 0; i < 10; i++) {
            assertThat(replicasOf(0)).contains(portOf(foreign));
        }
        try (ShardedSession session = factory.withOptions()
                .readOnly(true)
                .consistencyToken(foreign.merge(ConsistencyToken.parse("shard9.1")))
                .openSession()) {
            assertThat(session.getConsistencyToken()).hasToString("shard9.1");
            assertThat(replicasOf(0)).contains(port(session, FIRST));
        }
    }

    @Test
    void aPositionOfALaterTimeline_isReadFromThePrimary_howeverFarReplicasAre() {
        ConsistencyToken token = change(onFirst());
        cluster.awaitReplicas(0);
        assertThat(replicasOf(0)).contains(portOf(token));
        long start = System.nanoTime();
        for (int i = 0; i < 10; i++) {
            assertThat(portOf(changed(token, own -> new Position(1, 2, own.cluster()))))
                    .isEqualTo(primaryOf(0));
        }
        assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(20).toNanos());
    }

    private static int read(int id, Consistency level, ConsistencyToken token) {
        try (ShardedSession session = factory.withOptions()
                .readOnly(true)
                .consistency(level)
                .consistencyToken(token)
                .openSession()) {
            return session.find(Note.class, id).version;
        }
    }

    @Test
    void aSessionThatOnlyReads_readsFromReplicas_allOfThemInTurn() {
        Set<Integer> seen = new TreeSet<>();
        for (int i = 0; i < 100 && seen.size() < 2; i++) {
            try (ShardedSession session = reader(Consistency.SESSION)) {
                seen.add(port(session, FIRST));
            }
        }
        assertThat(seen).isEqualTo(replicasOf(0));
    }

    @Test
    void aSessionThatWrites_readsFromThePrimary() {
        try (ShardedSession session = factory.openSession()) {
            assertThat(port(session, FIRST)).isEqualTo(primaryOf(0));
        }
    }

    @Test
    void strong_readsFromThePrimary() {
        try (ShardedSession session = reader(Consistency.STRONG)) {
            assertThat(port(session, FIRST)).isEqualTo(primaryOf(0));
        }
    }

    @Test
    void repeatableRead_readsFromReplicas() {
        try (ShardedSession session = reader(Consistency.SESSION)) {
            awaitReplica(session);
            session.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            session.inTransaction(transaction -> {
                assertThat(isolation(session)).isEqualTo("repeatable read");
                assertThat(inRecovery(session)).isTrue();
            });
        }
    }

    /** Until it is asked: a test before may have made it suspect. */
    private static void awaitReplica(ShardedSession session) {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!inRecovery(session)) {
            assertThat(System.nanoTime())
                    .as("a minute later, no replica answers")
                    .isLessThan(end);
        }
    }

    private static boolean inRecovery(ShardedSession session) {
        return session.createNativeQuery("select pg_is_in_recovery()", Boolean.class)
                .setHint(ShardHints.SHARD, FIRST)
                .getSingleResult();
    }

    @Test
    void repeatableRead_isAnswered_thoughConnectionsBroke() {
        try (ShardedSessionFactory own = factory(Map.of("hibernate.shards.replica.max-wait", "5000"));
                ShardedSession session = own.withOptions().readOnly(true).openSession()) {
            Set<Integer> processes = new TreeSet<>();
            for (int i = 0; i < 6; i++) {
                session.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                session.inTransaction(transaction -> {
                    assertThat(session.createQuery("select count(n) from Note n", Long.class)
                                    .getSingleResult())
                            .isEqualTo(20);
                    assertThat(isolation(session)).isEqualTo("repeatable read");
                    processes.add(session.createNativeQuery("select pg_backend_pid()", Integer.class)
                            .setHint(ShardHints.SHARD, FIRST)
                            .getSingleResult());
                });
                endOnReplicasOfFirst(processes);
            }
        }
    }

    @Test
    void serializable_readsFromThePrimary_asReplicasRefuseIt() {
        try (ShardedSession session = reader(Consistency.EVENTUAL)) {
            awaitReplica(session);
            session.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            session.inTransaction(transaction -> {
                assertThat(session.createQuery("select count(n) from Note n", Long.class)
                                .getSingleResult())
                        .isEqualTo(20);
                assertThat(inRecovery(session)).isFalse();
                assertThat(isolation(session)).isEqualTo("serializable");
            });
            assertThat(isolation(session)).isEqualTo("read committed");
        }
        try (ShardedSession session = reader(Consistency.EVENTUAL)) {
            assertThat(inRecovery(session)).as("the next session").isTrue();
        }
    }

    private static String isolation(ShardedSession session) {
        return session.createNativeQuery("select current_setting('transaction_isolation')", String.class)
                .setHint(ShardHints.SHARD, FIRST)
                .getSingleResult();
    }

    private static void endOnReplicasOfFirst(Set<Integer> processes) {
        cluster.shards().get(0).replicas().forEach(replica -> {
            try (Connection connection = replica.connect();
                    PreparedStatement end = connection.prepareStatement("select pg_terminate_backend(pid)"
                            + " from pg_stat_activity where datname = current_database() and pid = any(?)")) {
                end.setArray(1, connection.createArrayOf("int4", processes.toArray()));
                end.execute();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void findsAndQueries_yieldWhatThePrimaryHas() {
        try (ShardedSession session = reader(Consistency.SESSION);
                ShardedSession primary = factory.openSession()) {
            for (int id = 0; id < 20; id++) {
                assertThat(session.find(Note.class, id).version).isEqualTo(primary.find(Note.class, id).version);
            }
            assertThat(session.createQuery("select count(n) from Note n", Long.class)
                            .getSingleResult())
                    .isEqualTo(20);
            assertThat(session.createQuery("select n.id from Note n order by n.id", Integer.class)
                            .getResultList())
                    .hasSize(20)
                    .isSorted();
            assertThat(session.createQuery(
                                    "select n.id from Note n where n.version >= (select avg(m.version) - 1 from Note m) order by n.id",
                                    Integer.class)
                            .getResultList())
                    .as("gathered")
                    .isNotEmpty();
            try (var rows = session.createQuery("from Note n order by n.id", Note.class).stream()) {
                assertThat(rows.map(note -> note.id)).hasSize(20).isSorted();
            }
        }
    }

    @Test
    void aWrite_isRefusedBeforeItIsSent() {
        try (ShardedSession session = factory.openSession()) {
            session.setReadsOnly(true);
            assertThatThrownBy(() -> session.inTransaction(
                            transaction -> session.createMutationQuery("delete from Note where id = 1")
                                    .executeUpdate()))
                    .isInstanceOfSatisfying(ShardingException.class, refused -> assertThat(refused.code())
                            .isEqualTo(ShardErrorCode.OPERATION_REFUSED))
                    .hasMessageContaining("only reads");
        }
        try (ShardedStatelessSession session =
                factory.withStatelessOptions().readOnly(true).openStatelessSession()) {
            assertThatThrownBy(() -> session.insert(new Note(99))).hasMessageContaining("read");
        }
    }

    @Test
    void session_readsWhatItsTokenSays_whileReplicasAreBehind() {
        int id = onFirst();
        cluster.replica(0, 0).pauseReplay();
        try {
            ConsistencyToken token = ConsistencyToken.parse(change(id).toString());
            int version = read(id, Consistency.STRONG, ConsistencyToken.NONE);
            for (int i = 0; i < 20; i++) {
                assertThat(read(id, Consistency.SESSION, token)).isEqualTo(version);
            }
        } finally {
            cluster.replica(0, 0).resumeReplay();
        }
    }

    @Test
    void eventual_readsWhateverThereIs() {
        int id = onFirst();
        int before = read(id, Consistency.STRONG, ConsistencyToken.NONE);
        cluster.replica(0, 0).pauseReplay();
        cluster.replica(0, 1).pauseReplay();
        try {
            ConsistencyToken token = change(id);
            assertThat(read(id, Consistency.EVENTUAL, token)).isEqualTo(before);
        } finally {
            cluster.replica(0, 0).resumeReplay();
            cluster.replica(0, 1).resumeReplay();
        }
    }

    @Test
    void session_waitsForNoReplicaLongerThanItsBound_thenAsksThePrimary() {
        int id = onFirst();
        cluster.replica(0, 0).pauseReplay();
        cluster.replica(0, 1).pauseReplay();
        try (ShardedSessionFactory impatient = factory(Map.of("hibernate.shards.replica.max-wait", "50"))) {
            ConsistencyToken token = change(id);
            try (ShardedSession session = impatient
                    .withOptions()
                    .readOnly(true)
                    .consistencyToken(token)
                    .openSession()) {
                assertThat(port(session, FIRST)).isEqualTo(primaryOf(0));
            }
        } finally {
            cluster.replica(0, 0).resumeReplay();
            cluster.replica(0, 1).resumeReplay();
        }
    }

    @Test
    void bounded_leavesOutWhatIsOlder() {
        cluster.replica(0, 0).pauseReplay();
        cluster.replica(0, 1).pauseReplay();
        try (ShardedSessionFactory impatient = factory(Map.of("hibernate.shards.replica.max-wait", "50"))) {
            change(onFirst());
            try (ShardedSession session = impatient
                    .withOptions()
                    .readOnly(true)
                    .consistency(Consistency.bounded(Duration.ofMillis(1)))
                    .openSession()) {
                assertThat(port(session, FIRST)).isEqualTo(primaryOf(0));
            }
            try (ShardedSession session = impatient
                    .withOptions()
                    .readOnly(true)
                    .consistency(Consistency.bounded(Duration.ofHours(1)))
                    .openSession()) {
                assertThat(replicasOf(0)).contains(port(session, FIRST));
            }
        } finally {
            cluster.replica(0, 0).resumeReplay();
            cluster.replica(0, 1).resumeReplay();
        }
    }

    @Test
    void aHeldConnection_isGivenBack_onceItsReplicaIsBehindTheToken() {
        int id = onFirst();
        try (ShardedSession session = reader(Consistency.SESSION)) {
            int held = port(session, FIRST);
            int behind = port(cluster.replica(0, 0).url()) == held ? 0 : 1;
            cluster.replica(0, behind).pauseReplay();
            try {
                session.acceptConsistencyToken(change(id));
                assertThat(port(session, FIRST)).isNotEqualTo(held);
                assertThat(session.find(Note.class, id).version)
                        .isEqualTo(read(id, Consistency.STRONG, ConsistencyToken.NONE));
            } finally {
                cluster.replica(0, behind).resumeReplay();
            }
        }
    }

    @Test
    void aReadOnlyTransaction_staysOnItsServer() {
        try (ShardedSession session = reader(Consistency.EVENTUAL)) {
            session.inTransaction(transaction -> {
                session.find(Note.class, onFirst());
                int held = port(session, FIRST);
                for (int i = 0; i < 10; i++) {
                    assertThat(port(session, FIRST)).isEqualTo(held);
                }
            });
        }
    }

    @Test
    void aQueryWithAHint_readsFromReplicas_andTheSessionFromThePrimaryAgain() {
        int id = onFirst();
        int before = read(id, Consistency.STRONG, ConsistencyToken.NONE);
        cluster.replica(0, 0).pauseReplay();
        cluster.replica(0, 1).pauseReplay();
        try {
            change(id);
            try (ShardedSession session = factory.openSession()) {
                String hql = "select n.version from Note n where n.id = " + id;
                assertThat(session.createQuery(hql, Integer.class)
                                .setHint(ShardHints.CONSISTENCY, "eventual")
                                .getSingleResult())
                        .isEqualTo(before);
                assertThat(session.createQuery(hql, Integer.class).getSingleResult())
                        .isEqualTo(before + 1);
                assertThat(session.createQuery("select sum(n.version) from Note n", Long.class)
                                        .setHint(ShardHints.CONSISTENCY, Consistency.EVENTUAL)
                                        .getSingleResult()
                                + 1)
                        .isEqualTo(session.createQuery("select sum(n.version) from Note n", Long.class)
                                .getSingleResult());
                session.inTransaction(transaction -> {
                    session.find(Note.class, id).version++;
                    assertThat(session.createQuery(hql, Integer.class)
                                    .setHint(ShardHints.CONSISTENCY, "eventual")
                                    .getSingleResult())
                            .as("a transaction reads what it writes")
                            .isEqualTo(before + 2);
                });
            }
        } finally {
            cluster.replica(0, 0).resumeReplay();
            cluster.replica(0, 1).resumeReplay();
        }
    }

    @Test
    void whatIsWrittenOutsideATransaction_isInTheTokenToo() {
        int id = onFirst();
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            Note note = session.get(Note.class, id);
            note.version++;
            session.update(note);
            ConsistencyToken token = session.getConsistencyToken();
            assertThat(token.shards()).containsExactly(FIRST);
            assertThat(read(id, Consistency.SESSION, token))
                    .isEqualTo(read(id, Consistency.STRONG, ConsistencyToken.NONE));
        }
    }

    @Test
    void aReplicaThatIsDown_isLeftOut_andComesBack() {
        cluster.replica(0, 0).kill();
        int down = port(cluster.replica(0, 0).url());
        try {
            for (int i = 0; i < 10; i++) {
                assertThat(eventually(() -> read(onFirst(), Consistency.SESSION, ConsistencyToken.NONE)))
                        .isNotNegative();
            }
            try (ShardedSession session = reader(Consistency.SESSION)) {
                assertThat(port(session, FIRST)).isNotEqualTo(down);
            }
        } finally {
            cluster.replica(0, 0).restart();
        }
        cluster.awaitReplicas(0);
        boolean back = false;
        for (int i = 0; i < 10_000 && !back; i++) {
            try (ShardedSession session = reader(Consistency.SESSION)) {
                back = port(session, FIRST) == down;
            }
        }
        assertThat(back).isTrue();
    }

    @Test
    void aUserWithoutPrivileges_mayReadFromReplicas() throws SQLException {
        try (Connection connection = cluster.shards().get(0).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create role plain login");
            statement.execute("grant usage on schema public to plain");
            statement.execute("grant select on all tables in schema public to plain");
        }
        cluster.awaitReplicas(0);
        try (ShardedSessionFactory plain = factory(Map.of(
                        "hibernate.shards.shard.shard0.username", "plain",
                        "hibernate.shards.shard.shard0.replica.r0.username", "plain",
                        "hibernate.shards.shard.shard0.replica.r1.username", "plain"));
                ShardedSession reader = plain.withOptions().readOnly(true).openSession()) {
            assertThat(replicasOf(0)).contains(port(reader, FIRST));
            assertThat(reader.find(Note.class, onFirst())).isNotNull();
        }
    }

    @Test
    void aReplicaWithMoreWeight_getsMoreOfTheReads() {
        ShardedSession[] readers = new ShardedSession[8];
        int heavy = port(cluster.replica(0, 1).url());
        try (ShardedSessionFactory weighted = factory(Map.of("hibernate.shards.shard.shard0.replica.r1.weight", "3"))) {
            int many = 0;
            for (int i = 0; i < readers.length; i++) {
                readers[i] = weighted.withOptions().readOnly(true).openSession();
                many += port(readers[i], FIRST) == heavy ? 1 : 0;
            }
            for (ShardedSession reader : readers) {
                reader.close();
            }
            assertThat(many).as("of eight that read at the same time").isEqualTo(6);
        }
    }

    @Test
    void shards_mayHaveDifferentNumbersOfReplicas() {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        settings.keySet().removeIf(name -> name.startsWith("hibernate.shards.shard.shard1.replica."));
        try (ShardedSessionFactory uneven = new ShardedConfiguration()
                        .entities(Note.class)
                        .settings(settings)
                        .build();
                ShardedSession reader = uneven.withOptions().readOnly(true).openSession()) {
            assertThat(replicasOf(0)).contains(port(reader, FIRST));
            assertThat(port(reader, ShardId.of("shard1"))).isEqualTo(primaryOf(1));
            assertThat(reader.createQuery("select count(n) from Note n", Long.class)
                            .getSingleResult())
                    .isEqualTo(20);
        }
    }

    @Test
    void settings_tellOfReplicas() {
        assertThatThrownBy(() -> factory(Map.of(
                        "hibernate.shards.shard.shard0.replica.r9.weight", "0",
                        "hibernate.shards.shard.shard0.replica.r9.uri", "x",
                        "hibernate.shards.consistency", "weak")))
                .hasMessageContaining("replica.r9.url is missing: give the JDBC URL of the replica")
                .hasMessageContaining("replica.r9.weight is \"0\": use a whole number from 1 to 1000")
                .hasMessageContaining("replica.r9.uri there is no such setting")
                .hasMessageContaining(
                        "hibernate.shards.consistency is \"weak\": use strong, session, eventual or bounded");
    }

    @Test
    void aServerThatIsNoReplica_isNotAsked() {
        try (ShardedSessionFactory mixed = factory(Map.of(
                        "hibernate.shards.shard.shard0.replica.stranger.url",
                        cluster.shards().get(1).replicas().get(0).url()));
                ShardedSession session = mixed.withOptions()
                        .readOnly(true)
                        .consistency(Consistency.EVENTUAL)
                        .openSession()) {
            for (int i = 0; i < 20; i++) {
                assertThat(port(session, FIRST)).isNotIn(replicasOf(1));
            }
        }
    }

    @Test
    void aTransactionOfTwoShards_isInTheToken() {
        try (ShardedSession session = factory.openSession()) {
            session.inTransaction(transaction -> {
                for (int id = 0; id < 20; id++) {
                    session.find(Note.class, id).version++;
                }
            });
            assertThat(session.getConsistencyToken().shards()).hasSize(2);
            session.setReadsOnly(true);
            session.clear();
            assertThat(List.of(port(session, FIRST))).isSubsetOf(replicasOf(0));
        }
    }
}
