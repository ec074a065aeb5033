package io.hibernateshards.internal.transaction;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Stands between clients and a server: counts round trips, loses answers, holds requests back, and cuts connections. */
public final class Relay implements AutoCloseable {
    /** Of PostgreSQL's protocol: in place of a version, behind the length of the message. */
    private static final int CANCEL_REQUEST = 80_877_102;

    private final ServerSocket listening;
    private final URI server;
    private volatile URI target;
    private final Map<Integer, Link> links = new ConcurrentHashMap<>();
    private final AtomicInteger roundTrips = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private volatile CountDownLatch cancels = new CountDownLatch(0);
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile boolean refuses;

    public Relay(Shard shard) {
        server = URI.create(shard.url().substring("jdbc:".length()));
        target = server;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    /** The URL of the shard, through here. */
    public String url(Shard shard) {
        return shard.url()
                .replace(
                        server.getHost() + ":" + server.getPort(),
                        listening.getInetAddress().getHostAddress() + ":" + listening.getLocalPort());
    }

    /** The settings of a cluster whose shards are reached through relays. */
    public static Map<String, String> settings(LocalCluster cluster, List<Relay> relays) {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        for (int i = 0; i < relays.size(); i++) {
            Shard shard = cluster.shards().get(i);
            settings.put(
                    "hibernate.shards.shard." + shard.name() + ".url",
                    relays.get(i).url(shard));
        }
        return settings;
    }

    /** How often a client has sent something since it last heard from the server. */
    int roundTrips() {
        return roundTrips.get();
    }

    /** Holds back the requests to cancel a statement that come from now on. */
    void holdCancels() {
        held.set(0);
        cancels = new CountDownLatch(1);
    }

    /** Passes on those that it holds back, and all others. */
    void passCancels() {
        cancels.countDown();
    }

    /** How many have come since they are held back. */
    int heldCancels() {
        return held.get();
    }

    private void holdBack(byte[] sent, int length) {
        if (length >= 16 && ByteBuffer.wrap(sent).getInt(4) == CANCEL_REQUEST && cancels.getCount() > 0) {
            held.incrementAndGet();
            try {
                cancels.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Cuts all connections; new ones reach the server of another shard, for a database of the same name there. */
    public void leadTo(Shard other) {
        target = URI.create(other.url().substring("jdbc:".length()));
        cut();
    }

    /** Cuts all connections that there are now; new ones can be made. */
    public void cut() {
        links.values().forEach(Link::cut);
    }

    /** Cuts all connections, and lets no new one through. */
    public void refuse() {
        refuses = true;
        cut();
    }

    /** Cuts the next connection that is made, and lets those after it through. */
    public void refuseNext() {
        refusals.set(1);
    }

    /** New connections can be made again. */
    public void admit() {
        refuses = false;
    }

    /** The connection that the server knows by this port of its client, {@code inet_client_port()}; null if it is gone. */
    @Nullable
    public Link link(int port) {
        return links.get(port);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                try {
                    if (refuses || refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                        client.close();
                    } else {
                        connect(client);
                    }
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
        Socket target = new Socket(this.target.getHost(), this.target.getPort());
        client.setTcpNoDelay(true);
        target.setTcpNoDelay(true);
        Link link = new Link(client, target);
        links.put(target.getLocalPort(), link);
        start(() -> link.pass(client, target, (sent, length) -> {
            link.asked();
            holdBack(sent, length);
        }));
        start(() -> link.pass(target, client, (sent, length) -> link.answers()));
    }

    private interface Seen {
        void passes(byte[] sent, int length);
    }

    /** One connection of a client to the server. */
    public final class Link {
        private final Socket client;
        private final Socket target;
        private boolean answered = true;
        private int answersLeft;
        private Runnable then = () -> {};
        private boolean lost;

        Link(Socket client, Socket target) {
            this.client = client;
            this.target = target;
        }

        boolean isOpen() {
            return !client.isClosed() && !target.isClosed();
        }

        public void cut() {
            close(client);
            close(target);
        }

        /** Cuts the connection when the server answers, before the answer is passed on. */
        void loseAnswer() {
            afterAnswers(1, () -> {
                lost = isOpen();
                cut();
            });
        }

        /** Does something when the server has answered so often from now on, before the last answer is passed on. */
        synchronized void afterAnswers(int answers, Runnable work) {
            answersLeft = answers;
            then = work;
        }

        synchronized boolean hasLostAnswer() {
            return lost;
        }

        private synchronized void asked() {
            if (answered) {
                answered = false;
                roundTrips.incrementAndGet();
            }
        }

        private synchronized void answers() {
            if (!answered) {
                answered = true;
                if (--answersLeft == 0) {
                    then.run();
                }
            }
        }

        private void pass(Socket from, Socket to, Seen seen) {
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                byte[] buffer = new byte[8192];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    seen.passes(buffer, read);
                    out.write(buffer, 0, read);
                }
            } catch (IOException cut) {
                // both ends are closed below
            } finally {
                cut();
                links.values().remove(this);
            }
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
        passCancels();
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
