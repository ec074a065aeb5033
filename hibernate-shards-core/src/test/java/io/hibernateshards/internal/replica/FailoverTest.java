package io.hibernateshards.internal.replica;

import static io.hibernateshards.Patience.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ServerStatus;
import io.hibernateshards.ServerStatus.Role;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardingException;
import io.hibernateshards.boot.CapturedLogs;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.cluster.ShardServer;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Servers of a shard die, hang, are promoted and come back; the application goes on. */
class FailoverTest {
    @Entity(name = "Letter")
    static class Letter {
        @Id
        @ShardKey
        int id;

        int version;

        Letter() {}

        Letter(int id) {
            this.id = id;
        }
    }

    @Entity(name = "Stamp")
    @Cacheable
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    static class Stamp {
        @Id
        @ShardKey
        int id;

        int worth;

        Stamp() {}

        Stamp(int id) {
            this.id = id;
        }
    }

    private LocalCluster cluster;
    private ShardedSessionFactory factory;

    @BeforeEach
    void start() {
        cluster = LocalCluster.start(Layout.SERVERS, 1, Collation.C, ServerOptions.FAST, 2);
        factory = factory("create", Map.of());
        factory.inTransaction(session -> {
            session.persist(new Letter(1));
            session.persist(new Stamp(1));
        });
        cluster.awaitReplicas(0);
    }

    private ShardedSessionFactory factory(String schema, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        settings.put("hibernate.shards.pool.connection-timeout", "6000");
        settings.put("hibernate.cache.region.factory_class", "caffeine-shards");
        settings.put("hibernate.hbm2ddl.auto", schema);
        settings.putAll(more);
        return new ShardedConfiguration()
                .entities(Letter.class, Stamp.class)
                .settings(settings)
                .build();
    }

    @AfterEach
    void stop() {
        factory.close();
        cluster.close();
    }

    private static int write(Session session) {
        return ++session.find(Letter.class, 1).version;
    }

    private static int writeBy(ShardedSessionFactory factory) {
        return factory.<Integer>fromTransaction(FailoverTest::write);
    }

    private int write() {
        return eventually(() -> writeBy(factory));
    }

    /** Until it is seen that another server is the primary, what is held of the old one may still be tried. */
    private int writeOnceFailedOver() {
        return onceFailedOver(factory);
    }

    private static int onceFailedOver(ShardedSessionFactory factory) {
        long start = System.nanoTime();
        while (true) {
            try {
                return writeBy(factory);
            } catch (RuntimeException e) {
                assertThat(e).hasStackTraceContaining("shard0");
                if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(60)) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
    }

    private int read(Consistency level) {
        try (ShardedSession session =
                factory.withOptions().readOnly(true).consistency(level).openSession()) {
            return session.find(Letter.class, 1).version;
        }
    }

    @Test
    void thePrimaryIsKilled_replicasGoOn_andWritesFailByName() {
        int written = write();
        cluster.awaitReplicas(0);
        aStandbyInPlaceOfThePrimary_isWarnedOf(written);
        cluster.primary(0).kill();
        for (int i = 0; i < 30; i++) {
            assertThat(read(Consistency.SESSION)).isEqualTo(written);
        }
        try (ShardedSessionFactory late = factory("none", Map.of());
                ShardedSession reader = late.withOptions().readOnly(true).openSession()) {
            assertThat(reader.createQuery("select version from Letter", Integer.class)
                            .getSingleResult())
                    .isEqualTo(written);
            reader.setReadsOnly(true);
            assertThat(reader.find(Letter.class, 1).version).isEqualTo(written);
        }
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 30; i++) {
                        try {
                            factory.inTransaction(FailoverTest::write);
                        } catch (RuntimeException e) {
                            assertThat(e).hasStackTraceContaining("shard0");
                            if (String.valueOf(e.getMessage()).contains("no primary")) {
                                throw e;
                            } // else it was a connection that was in the pool
                        }
                    }
                })
                .isInstanceOfSatisfying(ShardingException.class, down -> assertThat(down.code())
                        .isEqualTo(ShardErrorCode.SHARD_UNAVAILABLE))
                .hasMessageContaining("shard \"shard0\" has no primary that can be used")
                .hasMessageContaining("is a standby");
    }

    private void aStandbyInPlaceOfThePrimary_isWarnedOf(int written) {
        Shard shard = cluster.shards().get(0);
        try (CapturedLogs logs = new CapturedLogs();
                ShardedSessionFactory onStandby = new ShardedConfiguration()
                        .entities(Letter.class, Stamp.class)
                        .setting("hibernate.shards.shards", shard.name())
                        .shard(shard.name(), cluster.replica(0, 0).url(), shard.user(), shard.password())
                        .build()) {
            int read = onStandby.fromTransaction(session -> session.find(Letter.class, 1).version);
            assertThat(read).isEqualTo(written);
            assertThat(logs.text()).contains("is a standby: what is read from it may be old, and writes fail");
        }
    }

    @Test
    void aReplicaIsPromoted_andIsWritten_withoutARestart() {
        int written = write();
        cluster.awaitReplicas(0);
        ShardServer old = cluster.primary(0);
        old.kill();
        cluster.mostAdvanced(0).promote();
        assertThat(writeOnceFailedOver()).isEqualTo(written + 1);
        assertThat(read(Consistency.STRONG)).isEqualTo(written + 1);

        ConsistencyToken before = ConsistencyToken.of(ShardId.of("shard0"), new Position(-1, 1, 0));
        old.rejoin();
        ConsistencyToken token = eventually(() -> {
            try (ShardedSession session = factory.openSession()) {
                session.inTransaction(transaction -> write(session));
                return session.getConsistencyToken();
            }
        });
        cluster.awaitReplicas(0);
        for (int i = 0; i < 20; i++) {
            try (ShardedSession session =
                    factory.withOptions().readOnly(true).consistencyToken(token).openSession()) {
                assertThat(session.find(Letter.class, 1).version).isEqualTo(written + 2);
            }
        }
        assertThat(token.at(ShardId.of("shard0")).orElseThrow().timeline())
                .as("of the promoted server")
                .isEqualTo(2);
        eventually(() -> {
            try (ShardedSession session = factory.withOptions()
                    .readOnly(true)
                    .consistencyToken(before)
                    .openSession()) {
                boolean standby = session.doReturningWork(ShardId.of("shard0"), connection -> {
                    try (var statement = connection.createStatement();
                            var row = statement.executeQuery("select pg_is_in_recovery()")) {
                        row.next();
                        return row.getBoolean(1);
                    }
                });
                assertThat(standby)
                        .as("what is left of the earlier timeline is on all that follow")
                        .isTrue();
                return standby;
            } catch (AssertionError e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void getServers_tellsWhatEachIs_andWhatIsWrong() {
        awaitServers(servers -> {
            assertThat(servers)
                    .extracting(ServerStatus::role)
                    .containsExactly(Role.PRIMARY, Role.REPLICA, Role.REPLICA);
            assertThat(servers).allMatch(ServerStatus::available).allMatch(server -> server.problem() == null);
            assertThat(servers)
                    .extracting(ServerStatus::name)
                    .startsWith("primary")
                    .doesNotHaveDuplicates();
            assertThat(servers.get(0).staleness()).isNull();
            assertThat(servers.get(1).staleness()).isLessThan(Duration.ofMinutes(1));
            assertThat(servers.get(0).maxConnections()).isPositive();
        });
        ShardServer old = cluster.primary(0);
        old.kill();
        awaitServers(servers -> {
            assertThat(servers.get(0).available()).isFalse();
            assertThat(servers.get(0).problem()).contains("shard \"shard0\"", "is down");
        });
        cluster.mostAdvanced(0).promote();
        old.restart();
        awaitServers(servers -> {
            assertThat(servers.get(0).role()).isEqualTo(Role.UNUSED);
            assertThat(servers.get(0).available()).isFalse();
            assertThat(servers.get(0).problem()).contains("is no standby");
            assertThat(servers)
                    .filteredOn(server -> server.role() == Role.PRIMARY)
                    .hasSize(1);
        });
    }

    private void awaitServers(Consumer<List<ServerStatus>> expected) {
        long start = System.nanoTime();
        while (true) {
            try {
                expected.accept(factory.getServers());
                return;
            } catch (AssertionError e) {
                if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(60)) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
    }

    @Test
    void anOldPrimaryThatComesBackAsOne_isNotUsed() {
        int written = write();
        cluster.awaitReplicas(0);
        ShardServer old = cluster.primary(0);
        old.kill();
        cluster.mostAdvanced(0).promote();
        assertThat(writeOnceFailedOver()).isEqualTo(written + 1);
        old.restart();
        for (int i = 0; i < 20; i++) {
            assertThat(writeBy(factory)).isEqualTo(written + 2 + i);
            assertThat(read(Consistency.STRONG)).isEqualTo(written + 2 + i);
        }
        try (ShardedSessionFactory second = factory("none", Map.of())) { // one that finds both as it starts
            assertThat(writeBy(second)).isEqualTo(written + 22);
        }
    }

    @Test
    void anApplicationThatStartsAfterAFailover_findsThePrimary() {
        int written = write();
        cluster.awaitReplicas(0);
        cluster.primary(0).kill();
        cluster.mostAdvanced(0).promote();
        try (ShardedSessionFactory late = factory("none", Map.of())) {
            assertThat(writeBy(late)).isEqualTo(written + 1);
        }
    }

    @Test
    void anApplicationStarts_whileAReplicaIsDown() {
        cluster.replica(0, 1).kill();
        try (ShardedSessionFactory late = factory("none", Map.of());
                ShardedSession session = late.withOptions().readOnly(true).openSession()) {
            assertThat(session.find(Letter.class, 1)).isNotNull();
            assertThat(writeBy(late)).isPositive();
        }
    }

    @Test
    void aReplicaThatHangs_isLeftOut() {
        cluster.replica(0, 0).suspend();
        try {
            // what a pool has opened to it hangs with it, until the socket's own time-out
            try (ShardedSessionFactory late = factory("none", Map.of())) {
                for (int i = 0; i < 20; i++) {
                    try (ShardedSession session =
                            late.withOptions().readOnly(true).openSession()) {
                        assertThat(session.find(Letter.class, 1)).isNotNull();
                    }
                }
            }
        } finally {
            cluster.replica(0, 0).resume();
        }
    }

    /** Its positions in the log look as good as any, but what is there is lost. */
    @Test
    void aStandbyThatIsAheadOfThePromotedOne_isNotRead() {
        ShardServer behind = cluster.replica(0, 0);
        behind.stop();
        for (int i = 0; i < 50; i++) {
            write();
        }
        cluster.awaitReplicas(0);
        cluster.primary(0).kill();
        behind.restart();
        behind.promote();
        int written = writeOnceFailedOver();
        assertThat(written).as("asynchronous replication has lost commits").isLessThan(50);
        try (ShardedSession writer = factory.openSession()) {
            writer.inTransaction(transaction -> write(writer));
            for (int i = 0; i < 20; i++) {
                try (ShardedSession reader = factory.withOptions()
                        .readOnly(true)
                        .consistencyToken(writer.getConsistencyToken())
                        .openSession()) {
                    assertThat(reader.find(Letter.class, 1).version).isEqualTo(written + 1);
                }
            }
        }
    }

    @Test
    void aListOfHosts_failsOverToo() {
        String first = cluster.primary(0).url();
        String both = first.replace("jdbc:postgresql://", "")
                .replaceFirst(
                        "/.*", "," + cluster.replica(0, 0).url().replaceFirst("jdbc:postgresql://([^/]*)/.*", "$1"));
        String database = first.replaceFirst(".*/", "");
        Map<String, String> settings = new HashMap<>();
        cluster.settings().forEach((name, value) -> {
            if (!name.contains(".replica.")) {
                settings.put(name, value);
            }
        });
        settings.put(
                "hibernate.shards.shard.shard0.url",
                "jdbc:postgresql://" + both + "/" + database + "?targetServerType=primary&hostRecheckSeconds=0");
        try (ShardedSessionFactory hosts = new ShardedConfiguration()
                .entities(Letter.class, Stamp.class)
                .settings(settings)
                .build()) {
            int written = writeBy(hosts);
            cluster.awaitReplicas(0);
            cluster.primary(0).kill();
            cluster.replica(0, 0).promote();
            assertThat(onceFailedOver(hosts)).isEqualTo(written + 1);
        }
    }

    /** In which order a session's reads come to the replicas is chance: each of many sessions holds a connection of one. */
    @Test
    void aReadThatLosesItsReplica_isMadeOnAnother() {
        int written = write();
        cluster.awaitReplicas(0);
        List<ShardedSession> readers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            ShardedSession reader = factory.withOptions().readOnly(true).openSession();
            readers.add(reader);
            assertThat(reader.find(Letter.class, 1).version).isEqualTo(written);
            reader.clear();
        }
        cluster.replica(0, 0).kill();
        for (int i = 0; i < readers.size(); i++) {
            ShardedSession reader = readers.get(i);
            if (i % 3 == 0) {
                assertThat(reader.find(Letter.class, 1).version).isEqualTo(written);
            } else if (i % 3 == 1) {
                assertThat(reader.createQuery("select version from Letter", Integer.class)
                                .getSingleResult())
                        .isEqualTo(written);
            } else {
                reader.inTransaction(transaction -> {
                    assertThat(reader.find(Letter.class, 1).version).isEqualTo(written);
                    assertThat(reader.createQuery("select version from Letter", Integer.class)
                                    .getSingleResult())
                            .isEqualTo(written);
                });
            }
            reader.close();
        }
    }

    @Test
    void aTransactionThatHasRead_doesNotGoOnElsewhere() {
        write();
        cluster.awaitReplicas(0);
        try (ShardedSession reader = factory.withOptions().readOnly(true).openSession()) {
            reader.beginTransaction();
            reader.find(Letter.class, 1);
            cluster.replica(0, 0).kill();
            cluster.replica(0, 1).kill();
            reader.clear();
            assertThatThrownBy(() -> reader.find(Letter.class, 1)).hasStackTraceContaining("shard0");
            assertThatThrownBy(() -> reader.getTransaction().rollback()).hasStackTraceContaining("closed");
        }
        try (ShardedSession reader = factory.withOptions().readOnly(true).openSession()) {
            assertThat(eventually(() -> reader.find(Letter.class, 1)))
                    .as("from the primary")
                    .isNotNull();
        }
    }

    @Test
    void whatAReplicaHadBefore_isNotCachedAfterAChange() {
        cluster.replica(0, 0).pauseReplay();
        cluster.replica(0, 1).pauseReplay();
        try {
            factory.inTransaction(session -> session.find(Stamp.class, 1).worth = 10);
            factory.getCache().evictAllRegions();
            try (ShardedSession session = factory.withOptions()
                    .readOnly(true)
                    .consistency(Consistency.EVENTUAL)
                    .openSession()) {
                assertThat(session.find(Stamp.class, 1).worth).isZero(); // as eventual may
            }
            try (ShardedSession session = factory.openSession()) {
                assertThat(session.find(Stamp.class, 1).worth).isEqualTo(10);
            }
        } finally {
            cluster.replica(0, 0).resumeReplay();
            cluster.replica(0, 1).resumeReplay();
        }
    }
}
