package io.hibernateshards.cluster;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the servers of a cluster run. Nothing here applies to servers given by URL.
 *
 * @param settings parameters of PostgreSQL, such as {@code shared_buffers}
 */
public record ServerOptions(Map<String, String> settings) {
    /** For tests: quick, and free to lose everything in a power cut. */
    public static final ServerOptions FAST = new ServerOptions(Map.of(
            "fsync", "off",
            "synchronous_commit", "off",
            "full_page_writes", "off",
            "max_connections", "300",
            "max_prepared_transactions", "64",
            "shared_buffers", "64MB",
            "timezone", "UTC",
            "log_timezone", "UTC"));

    /** For benchmarks: a commit is on the disk before it is acknowledged, as in production. */
    public static final ServerOptions DURABLE =
            FAST.with("fsync", "on").with("synchronous_commit", "on").with("full_page_writes", "on");

    /** A copy that cannot change. */
    public ServerOptions {
        settings = Map.copyOf(settings);
    }

    /** The same with one parameter set. */
    public ServerOptions with(String parameter, String value) {
        Map<String, String> changed = new LinkedHashMap<>(settings);
        changed.put(parameter, value);
        return new ServerOptions(changed);
    }
}
