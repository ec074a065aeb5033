package io.hibernateshards.internal.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks a server what it is, by a connection of its own; once at a time, whoever wants to know. */
final class ServerProbe implements AutoCloseable {
    /** How long a server may take to answer, in seconds. */
    static final int TIMEOUT = 2;

    /** How long somebody waits for the answer of a server that was down. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(250);

    /** How soon a server is asked again that has just said no. */
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(5);

    private static final long LATELY = TimeUnit.SECONDS.toNanos(1);

    private final Server server;
    private final ShardSource source;
    private @Nullable CompletableFuture<Boolean> running;
    private volatile long started = System.nanoTime() - LATELY;
    private @Nullable Connection connection;
    private volatile boolean closed;

    ServerProbe(Server server) {
        this.server = server;
        source = server.source();
    }

    /** Asks, unless that is being done. Whether it answers is known when the future is complete. */
    synchronized CompletableFuture<Boolean> start() {
        CompletableFuture<Boolean> now = running;
        if (closed) {
            return CompletableFuture.completedFuture(false);
        }
        if (now == null || now.isDone()) {
            if (now != null && server.isDown() && System.nanoTime() - started < PAUSE) {
                return now;
            }
            CompletableFuture<Boolean> next = new CompletableFuture<>();
            running = next;
            started = System.nanoTime();
            Daemons.run("shards-probe-" + source.name(), () -> next.complete(ask()));
            return next;
        }
        return now;
    }

    /** Asks, and nobody waits for the answer. */
    void soon() {
        Future<Boolean> unused = start();
    }

    /** The same, unless it was asked less than a second ago. */
    void soonUnlessLately() {
        if (System.nanoTime() - started > LATELY) {
            soon();
        }
    }

    /** Whether it answers, waited for as long as one that is there needs. */
    boolean answers() {
        CompletableFuture<Boolean> answer = start();
        try {
            long left = PATIENCE - (System.nanoTime() - started);
            return answer.get(Math.max(0, left), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    private boolean ask() {
        try {
            Connection mine = connection;
            if (mine == null) {
                mine = ShardDataSource.ofProbe(source, TIMEOUT).getConnection();
                connection = mine;
            }
            server.answered(mine);
            if (closed || !server.isReplicated()) { // nobody will ask again soon
                disconnect();
            }
            return true;
        } catch (SQLException | RuntimeException e) {
            disconnect();
            server.unanswered(e instanceof SQLException sql ? sql : new SQLException(e));
            return false;
        }
    }

    private void disconnect() {
        Connection mine = connection;
        connection = null;
        if (mine != null) {
            try {
                mine.close();
            } catch (SQLException e) {
                // it is broken
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        CompletableFuture<Boolean> last;
        synchronized (this) {
            last = running;
        }
        try {
            if (last != null) {
                last.get(TIMEOUT, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            return; // it disconnects by itself
        }
        disconnect();
    }
}
