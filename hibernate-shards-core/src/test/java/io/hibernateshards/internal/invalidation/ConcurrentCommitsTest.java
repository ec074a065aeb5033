package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.internal.invalidation.Twins.Item;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** NOTIFY takes a lock of the whole server until its transaction is durable: no commit may wait for that of another. */
class ConcurrentCommitsTest {
    private static final String WAITING = "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";

    @Test
    void aCommitThatWaitsForItsStandby_holdsUpNoOther_andIsPublishedOnceItIsMade() throws Exception {
        try (Twins twins = new Twins(LocalCluster.start(Layout.SERVERS, 1, Collation.C, ServerOptions.FAST))) {
            twins.here.inTransaction(session -> {
                session.persist(new Item(1, "old"));
                session.persist(new Item(2, "old"));
            });
            Twins.settle(twins.there);
            twins.text(twins.there, 1);
            twins.execute(0, "alter system set synchronous_standby_names = 'nobody'");
            twins.execute(0, "select pg_reload_conf()");
            Twins.await(
                    "a standby is waited for",
                    () -> number(
                                    twins,
                                    "select count(*) from pg_settings"
                                            + " where name = 'synchronous_standby_names' and setting = 'nobody'")
                            == 1);
            ExecutorService clients = Executors.newFixedThreadPool(2);
            try {
                Future<?> slow = clients.submit(() -> change(twins, 1, "on"));
                Twins.await("the first is in its commit", () -> number(twins, WAITING) == 1);

                clients.submit(() -> change(twins, 2, "local")).get(30, TimeUnit.SECONDS);
                Twins.settle(twins.there);

                assertThat(twins.text(twins.there, 2)).isEqualTo("new");
                assertThat(twins.text(twins.there, 1)).isEqualTo("old");
                assertThat(slow.isDone()).isFalse();
                assertThat(number(twins, WAITING)).isEqualTo(1);

                twins.execute(0, "alter system reset synchronous_standby_names");
                twins.execute(0, "select pg_reload_conf()");
                slow.get(30, TimeUnit.SECONDS);
                Twins.settle(twins.there);
                assertThat(twins.text(twins.there, 1)).isEqualTo("new");
            } finally {
                twins.execute(0, "alter system reset synchronous_standby_names");
                twins.execute(0, "select pg_reload_conf()");
                clients.shutdown();
            }
        }
    }

    private static void change(Twins twins, long id, String durability) {
        twins.here.inTransaction(session -> {
            session.createNativeMutationQuery("set local synchronous_commit = " + durability)
                    .setHint(io.hibernateshards.ShardHints.SHARD, "shard0")
                    .executeUpdate();
            session.find(Item.class, id).text = "new";
        });
    }

    private static long number(Twins twins, String sql) {
        try (Connection connection = twins.cluster.shards().get(0).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
