package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.cluster.ShardServer;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What it costs to choose a replica for each find, against the same sessions in a factory that knows of no replica; and how
 * many of the finds each server answers.
 */
final class ReplicaFinds {
    private static final String PRIMARIES = "primaries only";
    private static final int COUNTED = 4000;

    private ReplicaFinds() {}

    static void print(int rows, int replicas, Duel duel, PrintStream out) {
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 2, Collation.C, ServerOptions.FAST, replicas)) {
            Map<String, String> primaries = new LinkedHashMap<>(cluster.settings());
            primaries.keySet().removeIf(name -> name.contains(".replica."));
            try (ShardedSessionFactory without = factory(primaries, "create");
                    ShardedSessionFactory with = factory(cluster.settings(), "none")) {
                List<Long> ids = Accounts.store(cluster, without.getTopology(), rows);
                cluster.awaitReplicas(0);
                cluster.awaitReplicas(1);
                Map<String, Contestant> all = new LinkedHashMap<>();
                all.put(Comparison.SHARDS, new ShardedContestant(with, true));
                all.put(PRIMARIES, new ShardedContestant(without, true));
                Comparison find = new Comparison(
                        "replica find by id",
                        Map.of(PRIMARIES, "0.97"),
                        true,
                        (c, n) -> c.find(ids.get(n % ids.size())));
                find.warmUp(all, duel);
                find.print(all, duel, out);
                count(cluster, Objects.requireNonNull(all.get(Comparison.SHARDS)), ids, out);
            }
        }
    }

    private static ShardedSessionFactory factory(Map<String, String> settings, String schema) {
        return new ShardedConfiguration()
                .entities(Account.class)
                .settings(settings)
                .setting("hibernate.hbm2ddl.auto", schema)
                .build();
    }

    private static void count(LocalCluster cluster, Contestant finds, List<Long> ids, PrintStream out) {
        Map<String, Long> before = settled(cluster);
        for (int n = 0; n < COUNTED; n++) {
            finds.find(ids.get(n % ids.size()));
        }
        Map<String, Long> after = settled(cluster);
        out.printf(Locale.ROOT, "%nOf %,d finds each server answered:", COUNTED);
        after.forEach((server, count) ->
                out.printf(Locale.ROOT, " %s %,d;", server, count - before.getOrDefault(server, 0L)));
        out.println();
    }

    /** Lookups by id so far. What connections that are idle have done is counted ten seconds later. */
    private static Map<String, Long> settled(LocalCluster cluster) {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(12));
        Map<String, Long> scans = new LinkedHashMap<>();
        for (int shard = 0; shard < cluster.shards().size(); shard++) {
            for (ShardServer server : cluster.servers(shard)) {
                scans.put("shard" + shard + " " + server.name(), scans(server));
            }
        }
        return scans;
    }

    private static long scans(ShardServer server) {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select coalesce(sum(idx_scan), 0) from pg_stat_user_tables where relname = 'account'")) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
