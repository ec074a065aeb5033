package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.ShardSource;
import io.hibernateshards.spi.InvalidationBus.Receiver;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on a connection of its own to a shard's primary, and looks for the primary again whenever that is lost. A connection
 * that is silent is asked every few seconds, as a network that is cut says nothing, and a primary may have become a standby.
 */
final class NotifyListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NotifyListener.class);

    private static final int POLL_MILLIS = 1000;

    /** Between two looks at the server. Tests do not wait as long. */
    static volatile long checkNanos = TimeUnit.SECONDS.toNanos(2);

    private static final int ANSWER_MILLIS = 10_000;
    private static final int LOGIN_SECONDS = 10;
    private static final long LEAST_PAUSE_MILLIS = 50;
    private static final long MOST_PAUSE_MILLIS = 5000;

    private final ShardId shard;
    private final String channel;
    private final Supplier<ShardSource> server;
    private final Receiver receiver;
    private final Thread thread;
    private volatile boolean closed;

    /** Of the thread alone. */
    private final Presence presence;

    /** By the last connection. Of the thread alone. */
    private boolean listened;

    private volatile @Nullable Connection connection;

    /**
     * A listener that is still to be started.
     *
     * @param own the name of this JVM
     */
    NotifyListener(ShardId shard, String channel, String own, Supplier<ShardSource> server, Receiver receiver) {
        this.shard = shard;
        presence = new Presence(channel, own);
        this.channel = channel;
        this.server = server;
        this.receiver = receiver;
        thread = new Thread(this::run, "hibernate-shards-listener-" + shard);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        long pause = LEAST_PAUSE_MILLIS;
        while (!closed) {
            listened = false;
            boolean first = pause == LEAST_PAUSE_MILLIS;
            try {
                listen();
            } catch (SQLException | RuntimeException e) {
                if (!closed && (first || listened)) {
                    LOG.warn(
                            "shard \"{}\": what other JVMs change cannot be heard of: {}. The second-level cache is not read"
                                    + " for it until it can",
                            shard,
                            e.getMessage());
                }
            }
            pause = listened ? LEAST_PAUSE_MILLIS : Math.min(2 * pause, MOST_PAUSE_MILLIS);
            pause(pause);
        }
    }

    private void pause(long millis) {
        if (closed) {
            return;
        }
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private void listen() throws SQLException {
        ShardSource primary = server.get();
        try (Connection opened = primary.connect(presence.applicationName(), LOGIN_SECONDS)) {
            connection = opened;
            if (closed) {
                return;
            }
            opened.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
            presence.forget();
            check(opened, primary);
            try (Statement listen = opened.createStatement()) {
                listen.execute("listen " + channel);
            }
            listened = true;
            receiver.regained(shard);
            LOG.debug("shard \"{}\": listening", shard);
            try {
                receive(opened, primary);
            } finally {
                receiver.lost(shard);
            }
        } finally {
            connection = null;
        }
    }

    /** Whoever writes, writes elsewhere if it is not the primary any more. Returns whether a JVM has been lost. */
    private boolean check(Connection opened, ShardSource primary) throws SQLException {
        boolean lost = presence.hasLost(opened);
        if (!primary.equals(server.get())) {
            throw new SQLException(primary.address() + " is not the primary");
        }
        return lost;
    }

    private void receive(Connection opened, ShardSource primary) throws SQLException {
        PGConnection listening = opened.unwrap(PGConnection.class);
        long checked = System.nanoTime();
        while (!closed) {
            PGNotification[] some = listening.getNotifications(pollMillis());
            if (some != null) {
                for (PGNotification one : some) {
                    if (!presence.isFarewell(one.getParameter())) {
                        receiver.received(shard, one.getParameter());
                    }
                }
            }
            if (System.nanoTime() - checked > checkNanos) {
                if (check(opened, primary)) {
                    LOG.info(
                            "shard \"{}\": another JVM has ended without a farewell, and may have changed what it did not"
                                    + " live to publish: the second-level cache is emptied",
                            shard);
                    receiver.lost(shard);
                    receiver.regained(shard);
                }
                checked = System.nanoTime();
            }
        }
    }

    private static int pollMillis() {
        return (int) Math.min(POLL_MILLIS, TimeUnit.NANOSECONDS.toMillis(checkNanos));
    }

    /** What to publish before the end, if all has been published; null if nobody knows of this JVM. */
    @Nullable
    String farewell() {
        return connection == null ? null : presence.farewell();
    }

    /** The thread ends by itself soon. */
    @Override
    public void close() {
        closed = true;
        Connection open = connection;
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debug("shard \"{}\": its listener's connection was broken already", shard, e);
            }
        }
        thread.interrupt();
    }
}
