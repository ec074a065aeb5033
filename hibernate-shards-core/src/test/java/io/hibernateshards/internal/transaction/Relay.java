package io.hibernateshards.internal.transaction;

import io.hibernateshards.cluster.Shard;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between clients and a server: counts round trips, loses answers, and cuts connections. */
final class Relay implements AutoCloseable {
    private final ServerSocket listening;
    private final URI server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger roundTrips = new AtomicInteger();
    private final AtomicBoolean losing = new AtomicBoolean();

    Relay(Shard shard) {
        server = URI.create(shard.url().substring("jdbc:".length()));
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    /** The URL of the shard, through here. */
    String url(Shard shard) {
        return shard.url()
                .replace(
                        server.getHost() + ":" + server.getPort(),
                        listening.getInetAddress().getHostAddress() + ":" + listening.getLocalPort());
    }

    /** How often a client has sent something since it last heard from the server. */
    int roundTrips() {
        return roundTrips.get();
    }

    /** Cuts all connections that there are now; new ones can be made. */
    void cut() {
        sockets.forEach(Relay::close);
    }

    /** Cuts all connections once the server has answered on one of them, before the answer is passed on. */
    void loseAnswer() {
        losing.set(true);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                try {
                    connect(client);
                } catch (IOException noServer) {
                    close(client);
                }
            }
        } catch (IOException closed) {
            // the end of the test
        }
    }

    @SuppressWarnings("resource") // closed by cut() or when either end closes
    private void connect(Socket client) throws IOException {
        Socket target = new Socket(server.getHost(), server.getPort());
        client.setTcpNoDelay(true);
        target.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(target);
        boolean[] answered = {true};
        start(() -> pass(client, target, () -> {
            synchronized (answered) {
                if (answered[0]) {
                    answered[0] = false;
                    roundTrips.incrementAndGet();
                }
            }
        }));
        start(() -> pass(target, client, () -> {
            if (losing.compareAndSet(true, false)) {
                cut();
            }
            synchronized (answered) {
                answered[0] = true;
            }
        }));
    }

    private void pass(Socket from, Socket to, Runnable seen) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8192];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                seen.run();
                out.write(buffer, 0, read);
            }
        } catch (IOException cut) {
            // both ends are closed below
        } finally {
            close(from);
            close(to);
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
