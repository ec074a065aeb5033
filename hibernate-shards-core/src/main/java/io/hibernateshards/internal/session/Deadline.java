package io.hibernateshards.internal.session;

import jakarta.persistence.QueryTimeoutException;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The end of the time that a query has, over all its steps and shards. */
final class Deadline implements Watch.Watched {
    private final long end;
    private final String what;
    private final Runnable cancel;
    private volatile boolean expired;
    private boolean done;

    /**
     * Begins now.
     *
     * @param what ran out of time, for the message
     * @param cancel ends the statements that run now
     */
    Deadline(long millis, String what, Runnable cancel) {
        end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        this.what = what;
        this.cancel = cancel;
    }

    @Override
    public synchronized void look() {
        if (!done && isPast()) {
            expired = true;
            cancel.run();
        }
    }

    private boolean isPast() {
        return System.nanoTime() - end >= 0;
    }

    /** From now on nothing is cancelled. */
    synchronized void done() {
        done = true;
    }

    /** Whether statements were cancelled, or not sent, because of it; by the driver perhaps, which counts as well. */
    boolean ended(RuntimeException failure) {
        return expired || failure instanceof QueryTimeoutException || isPast() && isCancelled(failure);
    }

    private static boolean isCancelled(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e && "57014".equals(e.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    /** Before a step that would begin too late. */
    void check() {
        if (isPast()) {
            expired = true;
            throw exceeded(null);
        }
    }

    QueryTimeoutException exceeded(@Nullable Throwable cause) {
        return cause instanceof QueryTimeoutException known && known.getCause() == null
                ? known
                : new QueryTimeoutException(what, cause);
    }
}
