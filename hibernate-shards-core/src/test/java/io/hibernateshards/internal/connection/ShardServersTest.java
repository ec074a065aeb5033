package io.hibernateshards.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is the primary, by what servers say of themselves; nobody is asked here. */
class ShardServersTest {
    private static final ShardId SHARD = ShardId.of("one");

    private final ShardServers servers = new ShardServers(
            List.of(source("", 1), source("r0", 2), source("r1", 3)), new Identities("hibernate_shards", null));

    @AfterEach
    void close() {
        servers.close();
    }

    private static ShardSource source(String replica, int port) {
        return new ShardSource(SHARD, replica, 1, "jdbc:postgresql://localhost:" + port + "/one", "u", null, Map.of());
    }

    private Server server(int number) {
        return servers.servers().get(number);
    }

    private void says(int number, boolean standby, long system, long timeline) {
        server(number).learned(new Seen(System.nanoTime(), 1, system, standby, 100, timeline));
    }

    @Test
    void aStranger_thatAnsweredFirst_givesWay_toTheServerThatTheShardNames() {
        says(1, false, 8, 1);
        assertThat(servers.isPrimary(server(1))).as("nobody else has answered").isTrue();
        says(0, false, 7, 1);
        assertThat(servers.isPrimary(server(0))).isTrue();
        assertThat(server(0).banned()).isNull();
        assertThat(server(1).banned()).contains("a cluster of its own");
    }

    @Test
    void aStranger_thatAnswersLater_isNotUsed() {
        says(0, false, 7, 1);
        says(1, false, 8, 5);
        assertThat(servers.isPrimary(server(0))).isTrue();
        assertThat(server(1).banned()).contains("a cluster of its own");
    }

    @Test
    void theServerThatWasPromotedLast_isThePrimary() {
        says(0, false, 7, 1);
        says(1, false, 7, 2);
        assertThat(servers.isPrimary(server(1))).isTrue();
        says(0, false, 7, 1);
        assertThat(servers.isPrimary(server(1))).as("the old one is up again").isTrue();
    }

    @Test
    void aReplica_thatWasPromoted_takesThePlaceOfOneThatIsAStandbyNow() {
        says(0, false, 7, 2);
        says(0, true, 7, 0);
        says(2, false, 7, 2);
        assertThat(servers.isPrimary(server(2))).isTrue();
    }
}
