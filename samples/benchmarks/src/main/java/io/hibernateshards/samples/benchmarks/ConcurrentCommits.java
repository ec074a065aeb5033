package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Commits of cached entities, with and without telling other JVMs, on one server whose commits take five milliseconds to be
 * on the disk, as with a network disk or a synchronous standby in another zone. Each client changes a row of its own, so only
 * the server can make one commit wait for another.
 */
final class ConcurrentCommits {
    private static final String UNTOLD = "coherence none";
    private static final String SAME = "itself (A/A)";
    private static final int MOST_CLIENTS = 16;

    private static final ServerOptions SLOW_COMMITS =
            ServerOptions.DURABLE.with("commit_delay", "5000").with("commit_siblings", "0");

    private ConcurrentCommits() {}

    static void print(int rounds, int millis, int warmUp, PrintStream out) {
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 1, Collation.C, SLOW_COMMITS);
                ShardedSessionFactory none = factory(cluster, "none", "create");
                ShardedSessionFactory again = factory(cluster, "none", "none");
                ShardedSessionFactory told = factory(cluster, "notify", "none")) {
            Contestant untold = new ShardedContestant(none);
            List<Long> ids =
                    IntStream.range(0, MOST_CLIENTS).mapToObj(untold::insert).toList();
            for (int clients : new int[] {1, MOST_CLIENTS}) {
                Duel duel = new Duel(rounds, millis, warmUp, clients);
                String name = "commits-of-5-ms: "
                        + (clients == 1 ? "1 client updates a cached row" : clients + " clients update cached rows");
                compare(name, new ShardedContestant(told), UNTOLD, "0.9", untold, ids, duel, out);
                compare(name + ", untold", untold, SAME, "", new ShardedContestant(again), ids, duel, out);
            }
        }
    }

    private static void compare(
            String name,
            Contestant shards,
            String who,
            String target,
            Contestant other,
            List<Long> ids,
            Duel duel,
            PrintStream out) {
        Map<String, Contestant> both = new LinkedHashMap<>();
        both.put(Comparison.SHARDS, shards);
        both.put(who, other);
        new Comparison(name, Map.of(who, target), true, (c, n) -> c.update(ids.get(n % ids.size()), n))
                .print(both, duel, out);
    }

    private static ShardedSessionFactory factory(LocalCluster cluster, String coherence, String schema) {
        return new ShardedConfiguration()
                .entities(Account.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", schema)
                .setting("jakarta.persistence.sharedCache.mode", "ALL")
                .setting("hibernate.cache.region.factory_class", "caffeine-shards")
                .setting("hibernate.shards.cache.coherence", coherence)
                .setting("hibernate.shards.pool.maximum-pool-size", MOST_CLIENTS + 4)
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .build();
    }
}
