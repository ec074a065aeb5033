package io.hibernateshards.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.cluster.LocalCluster.Layout;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class StandbysTest {
    private static final String KIND = System.getProperty("shards.postgres", "embedded");
    private static final String COUNT = "select count(*) from t";

    @Test
    @Tag("smoke")
    @Tag("pgbouncer")
    void write_onPrimary_isReadOnEachStandby() throws SQLException {
        assumeTrue(!KIND.startsWith("jdbc:"), "servers that are given have the replicas that they have");
        try (LocalCluster cluster = start(2)) {
            write(cluster.server(0));
            cluster.awaitReplicas(0);

            Shard shard = cluster.shards().get(0);
            assertThat(shard.replicas()).extracting(Replica::name).containsExactly("r0", "r1");
            for (Replica replica : shard.replicas()) {
                try (Connection connection = replica.connect()) {
                    assertThat(value(connection, COUNT)).isEqualTo("1");
                    assertThat(value(connection, "select pg_is_in_recovery()")).isEqualTo("t");
                }
            }
        }
    }

    @Test
    void settings_nameReplicas() {
        embeddedOnly();
        try (LocalCluster cluster = LocalCluster.start(Layout.SCHEMAS, 2, Collation.C, ServerOptions.FAST, 1)) {
            Replica replica = cluster.shards().get(1).replicas().get(0);
            assertThat(cluster.settings())
                    .containsEntry("hibernate.shards.shard.shard1.replica.r0.url", replica.url())
                    .containsEntry("hibernate.shards.shard.shard1.replica.r0.username", replica.user())
                    .containsEntry("hibernate.shards.shard.shard1.replica.r0.password", replica.password());
            assertThat(replica.url()).endsWith("1");
        }
    }

    @Test
    void standby_pausedOrDelayed_showsOldRows() throws SQLException {
        embeddedOnly();
        try (LocalCluster cluster = start(1)) {
            ShardServer primary = cluster.server(0);
            ShardServer standby = cluster.replica(0, 0);
            write(primary);
            cluster.awaitReplicas(0);

            standby.pauseReplay();
            write(primary);
            assertThat(count(standby)).isEqualTo("1");
            standby.resumeReplay();
            cluster.awaitReplicas(0);
            assertThat(count(standby)).isEqualTo("2");

            standby.delay(Duration.ofMinutes(5));
            write(primary);
            assertThat(count(standby)).isEqualTo("2");
            standby.delay(Duration.ZERO);
            cluster.awaitReplicas(0);
            assertThat(count(standby)).isEqualTo("3");
        }
    }

    @Test
    void standby_killedOrStopped_findsWhatItMissed() throws SQLException {
        embeddedOnly();
        try (LocalCluster cluster = start(1)) {
            ShardServer standby = cluster.replica(0, 0);
            standby.kill();
            assertThatThrownBy(standby::connect).isInstanceOf(SQLException.class);
            write(cluster.server(0));
            standby.restart();
            cluster.awaitReplicas(0);
            assertThat(count(standby)).isEqualTo("1");

            standby.stop();
            assertThatThrownBy(standby::connect).isInstanceOf(SQLException.class);
            write(cluster.server(0));
            standby.restart();
            cluster.awaitReplicas(0);
            assertThat(count(standby)).isEqualTo("2");
        }
    }

    @Test
    void primary_lost_isReplacedByItsMostAdvancedStandbyAndRejoins() throws SQLException {
        embeddedOnly();
        try (LocalCluster cluster = start(2)) {
            ShardServer old = cluster.server(0);
            cluster.replica(0, 1).suspend();
            write(old);
            cluster.awaitReplicas(0);
            cluster.replica(0, 0).pauseReplay();
            old.kill();
            cluster.replica(0, 1).resume();

            ShardServer promoted = cluster.mostAdvanced(0);
            promoted.promote();

            assertThat(promoted.name()).isEqualTo("r0");
            assertThat(cluster.primary(0).name()).isEqualTo("r0");
            assertThat(promoted.isStandby()).isFalse();
            assertThat(count(promoted)).isEqualTo("1");
            write(promoted);
            String url = old.url();
            old.rejoin();
            cluster.awaitReplicas(0);
            assertThat(old.url()).isEqualTo(url);
            assertThat(old.isStandby()).isTrue();
            assertThat(count(old)).isEqualTo("2");
            assertThat(count(cluster.replica(0, 1))).as("the other follows").isEqualTo("2");

            promoted.kill();
            old.promote();
            write(old);
            promoted.rejoin();
            cluster.awaitReplicas(0);
            assertThat(count(promoted)).as("back again").isEqualTo("3");
        }
    }

    @Test
    void standby_awayWhileAnotherWasPromoted_followsItAsItComesBack() throws SQLException {
        embeddedOnly();
        try (LocalCluster cluster = start(2)) {
            write(cluster.server(0));
            cluster.awaitReplicas(0);
            cluster.replica(0, 1).kill();
            cluster.server(0).kill();
            cluster.replica(0, 0).promote();
            write(cluster.primary(0));

            cluster.replica(0, 1).restart();
            cluster.server(0).rejoin();

            cluster.awaitReplicas(0);
            assertThat(count(cluster.replica(0, 1))).isEqualTo("2");
        }
    }

    @Test
    void server_suspended_hangsUntilItIsResumed() throws SQLException {
        embeddedOnly();
        try (LocalCluster cluster = start(0)) {
            ShardServer server = cluster.server(0);
            write(server);
            try (Connection before = server.connect()) {
                server.suspend();
                assertThatThrownBy(() -> DriverManager.getConnection(server.url() + "?loginTimeout=1", "postgres", ""))
                        .isInstanceOf(SQLException.class);
                server.resume();
                assertThat(value(before, COUNT)).isEqualTo("1");
            }
            server.suspend();
        }
    }

    @Test
    void rejoin_ofPrimary_isRefused() {
        embeddedOnly();
        try (LocalCluster cluster = start(0)) {
            assertThatThrownBy(() -> cluster.server(0).rejoin())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("promote another one first");
        }
    }

    private static void embeddedOnly() {
        assumeTrue(KIND.equals("embedded"), "only embedded servers");
    }

    private static LocalCluster start(int replicas) {
        return LocalCluster.start(Layout.SERVERS, 1, Collation.C, ServerOptions.FAST, replicas);
    }

    private static void write(ShardServer server) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create table if not exists t (id int)");
            statement.execute("insert into t values (1)");
        }
    }

    private static String count(ShardServer server) throws SQLException {
        try (Connection connection = server.connect()) {
            return value(connection, COUNT);
        }
    }

    private static String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
