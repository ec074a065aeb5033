package io.hibernateshards.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.cluster.LocalCluster.Layout;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LocalClusterTest {
    @ParameterizedTest
    @EnumSource(Layout.class)
    @Tag("smoke")
    void shards_ofEveryLayout_keepTheirOwnTables(Layout layout) throws SQLException {
        try (LocalCluster cluster = LocalCluster.shared(layout, 2)) {
            for (Shard shard : cluster.shards()) {
                execute(shard, "create table t (id int)");
            }
            execute(cluster.shards().get(0), "insert into t values (1)");

            assertThat(query(cluster.shards().get(0), "select count(*) from t")).isEqualTo("1");
            assertThat(query(cluster.shards().get(1), "select count(*) from t")).isEqualTo("0");
        }
    }

    @Test
    @Tag("smoke")
    void servers_areDifferent() throws SQLException {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SERVERS, 2)) {
            Set<String> ids = new HashSet<>();
            for (Shard shard : cluster.shards()) {
                ids.add(query(shard, "select system_identifier from pg_control_system()"));
            }
            assertThat(ids).hasSize(2);
        }
    }

    @Test
    void server_killedAndRestarted_hasItsData() throws SQLException {
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 2)) {
            Shard shard = cluster.shards().get(0);
            execute(shard, "create table t as select 42 as answer");
            execute(shard, "checkpoint");
            cluster.kill(0);
            assertThatThrownBy(shard::connect).isInstanceOf(SQLException.class);
            assertThat(query(cluster.shards().get(1), "select 1")).isEqualTo("1");

            cluster.restart(0);

            assertThat(query(shard, "select answer from t")).isEqualTo("42");
        }
    }

    @Test
    void server_stoppedAndRestarted_hasItsDataAndOptions() throws SQLException {
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        try (LocalCluster cluster =
                LocalCluster.start(Layout.DATABASES, 1, Collation.C, ServerOptions.DURABLE.with("work_mem", "7MB"))) {
            Shard shard = cluster.shards().get(0);
            execute(shard, "create table t as select 42 as answer");
            cluster.stop(0);
            assertThatThrownBy(shard::connect).isInstanceOf(SQLException.class);

            cluster.restart(0);

            assertThat(query(shard, "select answer from t")).isEqualTo("42");
            assertThat(query(shard, "show fsync")).isEqualTo("on");
            assertThat(query(shard, "show synchronous_commit")).isEqualTo("on");
            assertThat(query(shard, "show work_mem")).isEqualTo("7MB");
        }
    }

    @Test
    @Tag("smoke")
    void servers_byDefault_arePreparedForTests() throws SQLException {
        assumeTrue(!System.getProperty("shards.postgres", "embedded").startsWith("jdbc:"), "as they were given");
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1)) {
            Shard shard = cluster.shards().get(0);
            assertThat(query(shard, "show fsync")).isEqualTo("off");
            assertThat(query(shard, "show max_prepared_transactions")).isEqualTo("64");
            assertThat(query(shard, "show server_encoding")).isEqualTo("UTF8");
        }
    }

    @Test
    void sharedServer_cannotBeKilled() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1)) {
            assertThatThrownBy(() -> cluster.kill(0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("shared servers");
        }
    }

    @Test
    void close_ofShared_dropsItsDatabases() throws SQLException {
        try (LocalCluster other = LocalCluster.shared(Layout.DATABASES, 1)) {
            String count = "select count(*) from pg_database where datname like 's%'";
            String before = query(other.shards().get(0), count);
            LocalCluster.shared(Layout.DATABASES, 3).close();
            assertThat(query(other.shards().get(0), count)).isEqualTo(before);
        }
    }

    @Test
    void settings_nameEveryShard() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, 2)) {
            assertThat(cluster.settings())
                    .containsEntry("hibernate.shards.shards", "shard0,shard1")
                    .containsEntry(
                            "hibernate.shards.shard.shard1.url",
                            cluster.shards().get(1).url())
                    .containsKeys("hibernate.shards.shard.shard0.username", "hibernate.shards.shard.shard0.password");
        }
    }

    @Test
    void collation_isTheOneAskedFor() throws SQLException {
        try (LocalCluster swedish = LocalCluster.shared(Layout.DATABASES, 1, Collation.icu("sv"));
                LocalCluster bytes = LocalCluster.shared(Layout.DATABASES, 1)) {
            String sorted = "select string_agg(v, '' order by v) from unnest(array['ö','z','A','b']) v";
            assertThat(query(swedish.shards().get(0), sorted)).isEqualTo("Abzö");
            assertThat(query(bytes.shards().get(0), sorted)).isEqualTo("Abzö");
            String mixed = "select string_agg(v, '' order by v) from unnest(array['b','A','a','B']) v";
            assertThat(query(swedish.shards().get(0), mixed)).isEqualTo("aAbB");
            assertThat(query(bytes.shards().get(0), mixed)).isEqualTo("ABab");
        }
    }

    private static void execute(Shard shard, String sql) throws SQLException {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(Shard shard, String sql) throws SQLException {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
