package io.hibernateshards.internal.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.invalidation.Twins.Item;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What becomes of the cache when other JVMs cannot be heard. */
class ListenerTest {
    private static final ShardId SHARD = ShardId.of("shard0");

    private static final String CUT =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%listener %'";

    private static int version(ShardedSessionFactory factory) {
        return Objects.requireNonNull(factory.fromSession(session -> session.find(Item.class, 1L))).version;
    }

    private static void cached(Twins twins) {
        Twins.await("is cached", () -> {
            version(twins.there);
            return twins.there.getCache().contains(Item.class, 1L);
        });
    }

    @Test
    void aConnectionThatIsCutAgainAndAgain_leadsToNothingOld() throws InterruptedException {
        try (Twins twins = new Twins(LocalCluster.shared(Layout.DATABASES, 1))) {
            twins.here.inTransaction(session -> session.persist(new Item(1, "old")));
            Invalidations heard = Twins.invalidations(twins.there);
            AtomicInteger committed = new AtomicInteger();
            AtomicBoolean over = new AtomicBoolean();
            Thread writer = new Thread(() -> {
                while (!over.get()) {
                    twins.here.inTransaction(session ->
                            Objects.requireNonNull(session.find(Item.class, 1L)).text = "change " + committed.get());
                    committed.set(version(twins.here));
                }
            });
            writer.start();
            try {
                for (int i = 0; i < 15; i++) {
                    for (int read = 0; read < 20; read++) {
                        int least = committed.get();
                        long now = System.nanoTime();
                        Twins.await("hears again", () -> heard.coversTime(SHARD, now));
                        assertThat(version(twins.there)).isGreaterThanOrEqualTo(least);
                    }
                    twins.execute(0, CUT);
                }
            } finally {
                over.set(true);
                writer.join();
            }
            assertThat(committed.get()).isPositive();
            Twins.settle(twins.there);
            assertThat(version(twins.there)).isEqualTo(committed.get());
        }
    }

    @Test
    void aServerThatWasKilled_leavesNothingInTheCache() {
        try (Twins twins = new Twins(LocalCluster.start(Layout.SERVERS, 1))) {
            twins.here.inTransaction(session -> session.persist(new Item(1, "old")));
            Twins.settle(twins.there);
            cached(twins);
            twins.execute(0, "checkpoint"); // a fast server forgets what it was told last

            twins.cluster.kill(0);
            Twins.await("is noticed", () -> !Twins.invalidations(twins.there).isListening(SHARD));
            assertThatThrownBy(() -> version(twins.there))
                    .as("the cache would have answered")
                    .isInstanceOf(RuntimeException.class);

            twins.cluster.restart(0);
            Twins.await("is changed", () -> {
                try {
                    twins.change(1, "new");
                    return true;
                } catch (RuntimeException cut) {
                    return false;
                }
            });
            Twins.settle(twins.there);
            assertThat(twins.text(twins.there, 1)).isEqualTo("new");
        }
    }

    @Test
    void aNewPrimary_isFoundAndListenedTo() {
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 1, Collation.C, ServerOptions.FAST, 1)) {
            Map<String, String> settings = cluster.settings();
            try (ShardedSessionFactory here = Twins.factory(settings, "notify", "create", Map.of());
                    ShardedSessionFactory there = Twins.factory(settings, "notify", "none", Map.of())) {
                here.inTransaction(session -> session.persist(new Item(1, "old")));
                Twins.settle(there);
                version(there);
                cluster.awaitReplicas(0);

                cluster.server(0).kill();
                cluster.replica(0, 0).promote();
                Twins.await("changed", () -> {
                    try {
                        here.inTransaction(
                                session -> Objects.requireNonNull(session.find(Item.class, 1L)).text = "new");
                        return true;
                    } catch (RuntimeException down) {
                        return false;
                    }
                });
                Twins.settle(there);
                assertThat(Objects.requireNonNull(there.fromSession(session -> session.find(Item.class, 1L))).text)
                        .isEqualTo("new");
            }
        }
    }

    @Test
    void aListenerThatCannotListen_leavesTheCacheUnread() {
        LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, 1);
        Shard shard = cluster.shards().get(0);
        try (Twins twins = new Twins(
                cluster,
                "notify",
                Map.of(
                        "hibernate.shards.shard." + shard.name() + ".listen-url",
                        "jdbc:postgresql://localhost:1/none"))) {
            twins.here.inTransaction(session -> session.persist(new Item(1, "old")));
            for (int i = 0; i < 3; i++) {
                String text = "text " + i;
                twins.change(1, text);
                assertThat(twins.text(twins.there, 1)).isEqualTo(text);
            }
            assertThat(twins.statements(() -> version(twins.there))).isPositive();
        }
    }
}
