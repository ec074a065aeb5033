package io.hibernateshards.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.LocalCluster.Layout;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** That what a test leaves is found. */
class HygieneTest {
    @Test
    void openAndPreparedTransactions_areFound() throws SQLException {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
                Connection connection = cluster.shards().get(0).connect();
                Statement statement = connection.createStatement()) {
            assertThat(Hygiene.open()).isEmpty();

            connection.setAutoCommit(false);
            statement.execute("select 4711");
            assertThat(Hygiene.open()).hasSize(1).asString().contains("idle in transaction", "select 4711");

            statement.execute("prepare transaction 'left'");
            connection.setAutoCommit(true);
            assertThat(Hygiene.open()).hasSize(1).asString().contains("prepared transaction left");

            statement.execute("rollback prepared 'left'");
            assertThat(Hygiene.open()).isEmpty();
        }
    }

    @Test
    void temporaryTables_areFound_untilTheyAreDropped() throws SQLException {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
                Connection connection = cluster.shards().get(0).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("create temporary table left_behind (id int)");
            assertThat(Hygiene.open()).hasSize(1).asString().contains("temporary table");

            statement.execute("drop table left_behind");
            assertThat(Hygiene.open()).isEmpty();
        }
    }
}
