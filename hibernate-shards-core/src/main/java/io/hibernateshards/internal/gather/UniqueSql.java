package io.hibernateshards.internal.gather;

import java.util.concurrent.atomic.AtomicLong;

/**
 * SQL that no connection has prepared. The server does not notice that a new temporary table hides one that a prepared
 * statement reads, and the driver prepares what it sees again.
 */
public final class UniqueSql {
    private static final AtomicLong RUNS = new AtomicLong();

    private UniqueSql() {}

    /** The same SQL in other words. */
    public static String of(String sql) {
        return sql + " /* gather " + RUNS.incrementAndGet() + " */";
    }
}
