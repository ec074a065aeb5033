package io.hibernateshards.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConnectionBudgetTest {
    private static ShardConnectionProvider pools(LocalCluster cluster, String most) {
        return new ShardConnectionProvider(
                cluster.shards().stream()
                        .map(shard -> new ShardSource(
                                ShardId.of(shard.name()),
                                shard.url(),
                                shard.user(),
                                shard.password(),
                                Map.of("maximumPoolSize", most)))
                        .toList(),
                new Identities("hibernate_shards", null));
    }

    /** The servers of tests allow 300, of which superusers keep 3. */
    @Test
    void shardsOfOneServer_areCountedTogether_andTimesTheJvms() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 2);
                ShardConnectionProvider pools = pools(cluster, "50")) {
            assertThat(ConnectionBudget.problems(pools.shards(), 2)).isEmpty();
            assertThat(ConnectionBudget.problems(pools.shards(), 3))
                    .singleElement()
                    .asString()
                    .contains("allows 297 connections, but 3 JVMs with pools for 2 shards there may open 336, 112 each")
                    .contains("hibernate.shards.jvms")
                    .contains("max_connections");
        }
    }

    @Test
    void serversAreCountedApart_andOneThatIsDownIsNotLookedAt() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SERVERS, 2);
                ShardConnectionProvider pools = pools(cluster, "200");
                ShardConnectionProvider down = new ShardConnectionProvider(
                        List.of(new ShardSource(
                                ShardId.of("down"),
                                "jdbc:postgresql://localhost:1/nothing",
                                null,
                                null,
                                Map.of("connectionTimeout", "250"))),
                        new Identities("hibernate_shards", null))) {
            assertThat(ConnectionBudget.problems(pools.shards(), 1)).isEmpty();
            assertThat(ConnectionBudget.problems(pools.shards(), 2)).hasSize(2);
            assertThat(ConnectionBudget.problems(down.shards(), 100_000)).isEmpty();
        }
    }
}
