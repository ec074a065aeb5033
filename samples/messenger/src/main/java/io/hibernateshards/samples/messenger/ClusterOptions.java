package io.hibernateshards.samples.messenger;

import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which servers to start, and how many users to store there. */
final class ClusterOptions {
    @Option(names = "--shards", description = "Servers (default: ${DEFAULT-VALUE})")
    int shards = 4;

    @Option(names = "--replicas", description = "Standbys of each server (default: ${DEFAULT-VALUE})")
    int replicas = 1;

    @Option(names = "--users", description = "Users to store (default: ${DEFAULT-VALUE})")
    int users = 1_002_372;

    @Option(names = "--threads", description = "Threads that store users (default: ${DEFAULT-VALUE})")
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());

    LocalCluster start() {
        return LocalCluster.start(
                Layout.SERVERS,
                shards,
                Collation.C,
                ServerOptions.FAST.with("shared_buffers", "256MB").with("max_wal_size", "4GB"),
                replicas);
    }

    /** What the application needs to find the servers. Inserts of a batch travel as one statement. */
    static Map<String, String> settings(LocalCluster cluster) {
        Map<String, String> settings = new LinkedHashMap<>(cluster.settings());
        settings.replaceAll((name, value) -> name.endsWith(".url")
                ? value + (value.contains("?") ? "&" : "?") + "reWriteBatchedInserts=true"
                : value);
        return settings;
    }
}
