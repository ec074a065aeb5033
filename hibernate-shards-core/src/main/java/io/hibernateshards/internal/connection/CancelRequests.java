package io.hibernateshards.internal.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests that a server cancel what runs on a connection. A request names the server's process and not the statement, so
 * it cancels whatever runs there when it arrives. Hence a connection stays with its holder until the server has processed
 * every request for it: {@link #giveBack} waits for that, and {@link #send} does nothing for a connection that was given
 * back.
 *
 * <p>The server has processed a request once it closes the connection that the request came by. The driver waits for that as
 * long as its parameter {@code cancelSignalTimeout} says, and does not report whether it came. So a connection whose request
 * took that long is broken off and never used again, for the request may still arrive.
 *
 * <p>A connection is locked by its own monitor here: the pool makes a new object each time it lends one.
 */
public final class CancelRequests {
    private static final Logger LOG = LoggerFactory.getLogger(CancelRequests.class);

    /** How long a request may take, whatever the driver's settings. */
    private static final long PATIENCE_SECONDS = 15;

    /** Sends one request. */
    @FunctionalInterface
    public interface Delivery {
        /**
         * Returns once the server has processed the request.
         *
         * @throws SQLException if it may still arrive
         */
        void to(PGConnection server) throws SQLException;
    }

    private record Request(PGConnection server, CompletableFuture<Void> processed) {}

    private final long patience;
    private final Map<Connection, Request> underWay = new ConcurrentHashMap<>();

    /**
     * None yet.
     *
     * @param signalTimeout the shortest that the driver has for any of the connections; 0 for none
     */
    CancelRequests(Duration signalTimeout) {
        patience = signalTimeout.isZero() ? Long.MAX_VALUE : signalTimeout.toNanos() / 10 * 9;
    }

    /**
     * Requests it in the background, unless the connection was given back.
     *
     * @return complete once no request of this call can arrive any more
     */
    public CompletableFuture<Void> send(Connection held) {
        CompletableFuture<Void> over =
                new CompletableFuture<Void>().completeOnTimeout(null, PATIENCE_SECONDS, TimeUnit.SECONDS);
        Daemons.run("shards-cancel", () -> {
            try {
                deliver(held, PGConnection::cancelQuery);
            } catch (RuntimeException e) {
                LOG.debug("nothing was cancelled", e);
            } finally {
                over.complete(null);
            }
        });
        return over;
    }

    /** Requests it now, unless the connection was given back, or another request for it is under way: then waits for that. */
    public void deliver(Connection held, Delivery delivery) {
        Request mine = null;
        Request other;
        synchronized (held) {
            other = underWay.get(held);
            if (other == null) {
                mine = begin(held);
            }
        }
        if (other != null) {
            await(other);
        } else if (mine != null) {
            deliver(held, mine, delivery);
        }
    }

    private @Nullable Request begin(Connection held) {
        try {
            if (held.isClosed()) {
                return null;
            }
            Request request = new Request(
                    held.unwrap(PGConnection.class),
                    new CompletableFuture<Void>().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS));
            underWay.put(held, request);
            return request;
        } catch (SQLException e) {
            LOG.debug("the connection is broken, so nothing runs on it", e);
            return null;
        }
    }

    private void deliver(Connection held, Request request, Delivery delivery) {
        long start = System.nanoTime();
        try {
            delivery.to(request.server());
            if (System.nanoTime() - start >= patience) {
                breakOff(request);
            }
        } catch (SQLException | RuntimeException e) {
            LOG.debug("a request to cancel may still arrive", e);
            breakOff(request);
        } finally {
            underWay.remove(held);
            request.processed().complete(null);
        }
    }

    private static void await(Request request) {
        try {
            request.processed().join();
        } catch (CompletionException late) {
            breakOff(request);
        }
    }

    /** Closes the socket: the pool finds the connection broken as it is given back. */
    private static void breakOff(Request request) {
        try {
            ((Connection) request.server()).abort(Runnable::run);
        } catch (SQLException | RuntimeException e) {
            LOG.debug("the connection could not be broken off", e);
        }
    }

    /**
     * Closes it.
     *
     * @param cancelled whether it may have been broken off, which the work that was done on it need not know
     */
    private static void close(Connection held, boolean cancelled) throws SQLException {
        try {
            held.close();
        } catch (SQLException e) {
            if (!cancelled) {
                throw e;
            }
            LOG.debug("a connection was broken off, as a request to cancel may still arrive", e);
        } catch (RuntimeException e) { // of HikariCP, whose entry has lost its connection
            LOG.debug("the pool was closed meanwhile, and the connection with it", e);
        }
    }

    /** Closes a connection of a pool, once the server has processed all requests for it. */
    public void giveBack(Connection held) throws SQLException {
        Request late = null;
        while (true) {
            Request request;
            synchronized (held) {
                request = underWay.get(held);
                if (request == null || request.equals(late)) {
                    close(held, late != null);
                    return;
                }
            }
            await(request);
            late = request;
        }
    }
}
