package io.hibernateshards.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Patience;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.Relay;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pool waits for its connection time-out, which is ten minutes here: whoever waits for it does not pass. */
@Timeout(120)
class ServerDownTest {
    private static ShardConnectionProvider pools(Shard shard, String url) {
        return new ShardConnectionProvider(
                List.of(new ShardSource(
                        ShardId.of("east"),
                        url,
                        shard.user(),
                        shard.password(),
                        Map.of("connectionTimeout", "600000"))),
                new Identities("hibernate_shards", null));
    }

    @Test
    void aServerThatCannotBeReached_isToldOfAtItsFirstUse_byName() {
        Shard nobody = new Shard("east", "jdbc:postgresql://localhost:1/shop", "ada", "secret-7");
        try (ShardConnectionProvider pools = pools(nobody, nobody.url())) {
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() -> pools.getConnection(ShardId.of("east")))
                        .isInstanceOf(ShardingException.class)
                        .hasMessageContaining("shard \"east\" (jdbc:postgresql://localhost:1/shop) is down")
                        .hasMessageContaining("refused")
                        .hasMessageNotContaining("secret-7");
            }
        }
    }

    @Test
    void aServerThatComesBack_isUsedAgain() throws SQLException {
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 1);
                ShardConnectionProvider pools =
                        pools(cluster.shards().get(0), cluster.shards().get(0).url())) {
            Server server = pools.servers(ShardId.of("east")).primary();
            assertThat(server.status().available()).isTrue();
            assertThat(server.status().maxConnections()).isZero();
            cluster.kill(0);
            assertThatThrownBy(() -> pools.getConnection(ShardId.of("east"))).hasMessageContaining("is down");
            assertThat(server.status().available()).isFalse();
            assertThat(server.status().problem()).contains("shard \"east\"", "is down");
            cluster.restart(0);
            try (Connection connection = Patience.eventually(() -> pools.getConnection(ShardId.of("east")))) {
                assertThat(connection.isValid(10)).isTrue();
                assertThat(server.status().available()).isTrue();
                assertThat(server.status().activeConnections()).isEqualTo(1);
            }
        }
    }

    @Test
    void anotherClustersServer_isNotThePrimary_whileTheConfiguredOneIsSlow() {
        try (LocalCluster cluster = LocalCluster.shared(Layout.SERVERS, 2);
                Relay relay = new Relay(cluster.shards().get(0))) {
            Shard own = cluster.shards().get(0);
            Shard other = cluster.shards().get(1);
            ShardId east = ShardId.of("east");
            relay.refuseNext();
            try (ShardConnectionProvider pools = new ShardConnectionProvider(
                    List.of(
                            new ShardSource(east, "", 1, relay.url(own), own.user(), own.password(), Map.of()),
                            new ShardSource(east, "wrong", 1, other.url(), other.user(), other.password(), Map.of())),
                    new Identities("hibernate_shards", null))) {
                ShardServers servers = pools.servers(east);
                assertThat(servers.primary()).isSameAs(servers.servers().get(0));
                assertThat(servers.servers().get(1).banned()).contains("a cluster of its own");
            }
        }
    }
}
