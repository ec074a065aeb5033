package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.hibernate.exception.JDBCConnectionException;
import org.hibernate.exception.spi.SQLExceptionConverter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a session factory, which comes in the middle of work. Commits that are under way get some time to end; then all
 * connections are closed, and whoever was using one fails with an error that says so. Thread-safe.
 */
public final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    /** How long commits get. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final String BROKEN = "08003";

    /** How many commits are under way; with the sign bit, no more may begin. */
    private final AtomicInteger commits = new AtomicInteger();

    private volatile boolean begun;

    /**
     * Begins it: no commit begins any more.
     *
     * @return false if it has begun before
     */
    public synchronized boolean begin() {
        if (begun) {
            return false;
        }
        begun = true;
        commits.addAndGet(Integer.MIN_VALUE);
        return true;
    }

    /** Waits for the commits that are under way, but not for long. */
    public void awaitCommits() {
        long end = System.nanoTime() + GRACE_NANOS;
        while (commits.get() != Integer.MIN_VALUE) {
            if (System.nanoTime() - end >= 0) {
                LOG.warn(
                        "{} commits have not ended in {} s; their connections are closed, and recovery ends what was decided",
                        commits.get() - Integer.MIN_VALUE,
                        TimeUnit.NANOSECONDS.toSeconds(GRACE_NANOS));
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Whether it has begun. */
    public boolean hasBegun() {
        return begun;
    }

    /**
     * Makes sure that it has not begun.
     *
     * @throws ShardingException if it has
     */
    public void check() {
        if (begun) {
            throw error(null);
        }
    }

    /**
     * A commit begins; {@link #committed} must be called once it has ended, in whichever way.
     *
     * @throws ShardingException if it is too late
     */
    public void commits() {
        if (commits.incrementAndGet() < 0) {
            commits.decrementAndGet();
            throw error(null);
        }
    }

    /** A commit has ended. */
    public void committed() {
        commits.decrementAndGet();
    }

    /** The error of work that it has ended. */
    public static ShardingException error(@Nullable Throwable cause) {
        return new ShardingException(
                ShardErrorCode.FACTORY_CLOSED,
                "the session factory is closed, and its connections with it"
                        + (cause == null
                                ? ""
                                : ": what was running is lost, unless it was a commit whose answer is lost"),
                cause);
    }

    /** Says of connections that were closed by this why they broke. */
    public SQLExceptionConverter converting(SQLExceptionConverter others) {
        return (failure, message, sql) -> {
            if (!begun || !isBroken(failure)) {
                return others.convert(failure, message, sql);
            }
            ShardingException why = error(failure);
            return new JDBCConnectionException(message, new SQLException(why.getMessage(), BROKEN, why), sql);
        };
    }

    private static boolean isBroken(SQLException failure) {
        String state = failure.getSQLState();
        return state == null || state.startsWith("08") || state.startsWith("57P");
    }
}
