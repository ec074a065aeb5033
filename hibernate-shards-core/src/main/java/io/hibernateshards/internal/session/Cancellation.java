package io.hibernateshards.internal.session;

import io.hibernateshards.internal.connection.CancelRequests;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Cancels what one operation is doing on its shards, and nothing that comes after it. Thread-safe.
 */
final class Cancellation {
    private static final String CANCELED = "57014";

    private final CancelRequests requests;
    private final Supplier<List<Connection>> connections;
    private final Map<Connection, CompletableFuture<Void>> sent = new HashMap<>(0);
    private boolean over;

    /**
     * Cancels nothing yet.
     *
     * @param connections that the operation uses now
     */
    Cancellation(CancelRequests requests, Supplier<List<Connection>> connections) {
        this.requests = requests;
        this.connections = connections;
    }

    /**
     * Requests it of all servers, and does not wait. May be called again: a statement that was just about to start is not
     * cancelled by the first request.
     */
    synchronized void request() {
        if (over) {
            return;
        }
        for (Connection connection : connections.get()) {
            CompletableFuture<Void> last = sent.get(connection);
            if (last == null || last.isDone()) {
                sent.put(connection, requests.send(connection));
            }
        }
    }

    /** Called when the operation ends: from now on nothing is cancelled. Waits until the servers have processed all requests. */
    void end() {
        List<CompletableFuture<Void>> last;
        synchronized (this) {
            over = true;
            last = List.copyOf(sent.values());
        }
        last.forEach(CompletableFuture::join);
    }

    /** Whether a statement failed because it was cancelled. */
    static boolean isReasonOf(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e && CANCELED.equals(e.getSQLState())) {
                return true;
            }
        }
        return false;
    }
}
