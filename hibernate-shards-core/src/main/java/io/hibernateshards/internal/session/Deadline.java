package io.hibernateshards.internal.session;

import jakarta.persistence.QueryTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The end of the time that a query over several shards has, over all its steps; and an earlier one, if the thread that runs
 * it is interrupted.
 */
final class Deadline implements Watch.Watched {
    private final boolean bounded;
    private final long end;
    private final Supplier<String> what;
    private final Cancellation cancellation;
    private final Thread caller = Thread.currentThread();
    private volatile boolean expired;
    private volatile boolean interrupted;

    /**
     * Begins now.
     *
     * @param millis {@link Integer#MAX_VALUE} for no end
     * @param what ran out of time, for the message
     * @param cancellation of the query
     */
    Deadline(long millis, Supplier<String> what, Cancellation cancellation) {
        bounded = millis != Integer.MAX_VALUE;
        end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        this.what = what;
        this.cancellation = cancellation;
    }

    @Override
    public void look() {
        if (caller.isInterrupted()) {
            interrupted = true;
            cancellation.request();
        } else if (isPast()) {
            expired = true;
            cancellation.request();
        }
    }

    private boolean isPast() {
        return bounded && System.nanoTime() - end >= 0;
    }

    /** From now on nothing is cancelled. */
    void done() {
        cancellation.end();
    }

    /** Before a step that would begin too late. */
    void check() {
        if (isPast()) {
            expired = true;
            throw exceeded(null);
        }
    }

    /** The error of a query that has failed: why its statements were cancelled, by the driver perhaps, if they were. */
    RuntimeException errorOf(RuntimeException failure) {
        boolean cancelled = Cancellation.isReasonOf(failure);
        if (interrupted && cancelled && !(failure instanceof InterruptedOperationException)) {
            return new InterruptedOperationException(failure);
        }
        return bounded && (expired || failure instanceof QueryTimeoutException || isPast() && cancelled)
                ? exceeded(failure)
                : failure;
    }

    private QueryTimeoutException exceeded(@Nullable Throwable cause) {
        return cause instanceof QueryTimeoutException known && known.getCause() == null
                ? known
                : new QueryTimeoutException(what.get(), cause);
    }
}
