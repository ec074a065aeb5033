package io.hibernateshards.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.ShardId;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ShardPoolTest {
    /** A connection that was just being opened would otherwise stay open until the server or this JVM ends. */
    @Test
    void close_whileAConnectionIsOpened_leavesNoneBehind() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(Layout.DATABASES, 1, Collation.C);
                ServerSocket slow = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Shard shard = cluster.shards().get(0);
            URI server = URI.create(shard.url().substring("jdbc:".length()));
            CountDownLatch connecting = new CountDownLatch(1);
            CompletableFuture<Void> relay = CompletableFuture.runAsync(
                    () -> relaySlowly(slow, server.getHost(), server.getPort(), connecting), ShardPoolTest::inThread);
            String url = shard.url()
                    .replace(
                            server.getHost() + ":" + server.getPort(),
                            slow.getInetAddress().getHostAddress() + ":" + slow.getLocalPort());
            ShardSource source = new ShardSource(ShardId.of("slow"), url, shard.user(), shard.password(), Map.of());
            ShardPool pool = new ShardServers(List.of(source), new Identities("hibernate_shards", null))
                    .servers()
                    .get(0)
                    .sessions();
            CompletableFuture<Void> asking = CompletableFuture.runAsync(
                    () -> {
                        try (Connection connection = pool.connection()) {
                            assertThat(connection).isNotNull();
                        } catch (Exception closed) {
                            assertThat(closed).hasMessageContaining("closed");
                        }
                    },
                    ShardPoolTest::inThread);
            assertThat(connecting.await(60, TimeUnit.SECONDS)).isTrue();

            pool.close();

            relay.get(60, TimeUnit.SECONDS);
            asking.get(60, TimeUnit.SECONDS);
            assertThat(connections(shard)).isZero();
        }
    }

    /** Connects half a second after it was connected to, and passes bytes both ways until both ends are closed. */
    private static void relaySlowly(ServerSocket slow, String host, int port, CountDownLatch connecting) {
        try (Socket client = slow.accept()) {
            connecting.countDown();
            Thread.sleep(500);
            try (Socket server = new Socket(host, port)) {
                CompletableFuture<Void> back =
                        CompletableFuture.runAsync(() -> copy(server, client), ShardPoolTest::inThread);
                copy(client, server);
                back.join();
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Each waits for the others, which the common pool of a small machine would not run at the same time. */
    private static void inThread(Runnable task) {
        new Thread(task).start();
    }

    private static void copy(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
            to.shutdownOutput();
        } catch (IOException cut) {
            // the other end is gone, which is how a relay ends
        }
    }

    private static int connections(Shard shard) throws Exception {
        try (Connection connection = shard.connect();
                Statement statement = connection.createStatement()) {
            for (int i = 0; ; i++) {
                try (ResultSet row = statement.executeQuery(
                        "select count(*) from pg_stat_activity where application_name = 'hibernate-shards slow'")) {
                    row.next();
                    if (row.getInt(1) == 0 || i == 1200) {
                        return row.getInt(1);
                    }
                }
                Thread.sleep(50);
            }
        }
    }
}
