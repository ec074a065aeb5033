package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.ShardSource;
import io.hibernateshards.spi.InvalidationBus.Receiver;
import java.sql.Connection;
import java.sql.ResultSet;
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
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(2);
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

    /** By the last connection. Of the thread alone. */
    private boolean listened;

    private volatile @Nullable Connection connection;

    NotifyListener(ShardId shard, String channel, Supplier<ShardSource> server, Receiver receiver) {
        this.shard = shard;
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
        try (Connection opened = primary.connect("hibernate-shards shard-" + shard + "-listener", LOGIN_SECONDS)) {
            connection = opened;
            if (closed) {
                return;
            }
            opened.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
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

    /** Whoever writes, writes elsewhere if it is not the primary any more. */
    private void check(Connection opened, ShardSource primary) throws SQLException {
        if (!isPrimary(opened) || !primary.equals(server.get())) {
            throw new SQLException(primary.address() + " is not the primary");
        }
    }

    private static boolean isPrimary(Connection connection) throws SQLException {
        try (Statement ask = connection.createStatement();
                ResultSet row = ask.executeQuery("select pg_is_in_recovery()")) {
            row.next();
            return !row.getBoolean(1);
        }
    }

    private void receive(Connection opened, ShardSource primary) throws SQLException {
        PGConnection listening = opened.unwrap(PGConnection.class);
        long checked = System.nanoTime();
        while (!closed) {
            PGNotification[] some = listening.getNotifications(POLL_MILLIS);
            if (some != null) {
                for (PGNotification one : some) {
                    receiver.received(shard, one.getParameter());
                }
            }
            if (System.nanoTime() - checked > CHECK_NANOS) {
                check(opened, primary);
                checked = System.nanoTime();
            }
        }
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
