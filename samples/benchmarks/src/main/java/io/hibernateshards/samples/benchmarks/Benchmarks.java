package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.internal.hot.HotKeySettings;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints how this library compares with plain Hibernate, plain JDBC and ShardingSphere on the same servers, as ratios. */
@Command(name = "benchmarks", mixinStandardHelpOptions = true, description = "Compares on local servers, as ratios.")
public final class Benchmarks implements Callable<Integer> {
    private static final String HIBERNATE = "hibernate";
    private static final String JDBC = "jdbc";
    private static final String JDBC_BARE = "jdbc without decisions";
    private static final String SPHERE = "shardingsphere";
    private static final String SPHERE_XA = "shardingsphere xa";
    private static final String UNCOUNTED = "shards that count no keys";

    private static final String TRANSFER = "transaction-two: transfer";

    @Option(names = "--rounds", description = "Rounds of each operation (default: ${DEFAULT-VALUE})")
    private int rounds = 7;

    @Option(names = "--millis", description = "Milliseconds a contestant runs in a round (default: ${DEFAULT-VALUE})")
    private int millis = 400;

    @Option(
            names = "--warm-up",
            description = "Milliseconds that it runs before, twice, at least: it goes on until little is compiled"
                    + " (default: ${DEFAULT-VALUE})")
    private int warmUp = 1500;

    @Option(names = "--rows", description = "Accounts stored before (default: ${DEFAULT-VALUE})")
    private int rows = 1_000_000;

    @Option(names = "--deep", description = "Offset of the deepest page (default: ${DEFAULT-VALUE})")
    private int deep = 100_000;

    @Option(names = "--shards", split = ",", description = "Schemas to compare the cost of (default: ${DEFAULT-VALUE})")
    private List<Integer> shardCounts = List.of(1, 4, 16);

    @Option(names = "--replicas", description = "Of each shard, in finds on replicas (default: ${DEFAULT-VALUE})")
    private int replicas = 1;

    @Option(names = "--only", split = ",", description = "Runs only what has one of these in its name")
    private List<String> only = List.of();

    @Option(
            names = "--against",
            split = ",",
            description = "Compares with these; none of them, for a profiler: ${DEFAULT-VALUE}")
    private List<String> against = List.of(HIBERNATE, JDBC, SPHERE);

    private final PrintStream out;

    Benchmarks(PrintStream out) {
        this.out = out;
    }

    /** Runs all, and ends with 0. */
    public static void main(String[] args) {
        System.setProperty("org.jboss.logging.provider", "slf4j"); // Hibernate's log goes where the others go
        System.exit(new CommandLine(new Benchmarks(System.out)).execute(args));
    }

    private boolean chosen(String name) {
        return only.isEmpty() || only.stream().anyMatch(name::contains);
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 4);
                ShardedSessionFactory factory = configure(cluster)) {
            List<Long> ids = Accounts.store(cluster, factory.getTopology(), rows);
            out.printf(
                    Locale.ROOT,
                    "4 servers, %,d rows (stored in %.0f s), 1 client thread, %d rounds of %d ms a contestant after twice"
                            + " %d ms of warm-up, Java %s%n%n",
                    rows,
                    (System.nanoTime() - start) / 1e9,
                    rounds,
                    millis,
                    warmUp,
                    Runtime.version().feature());
            compare(cluster, factory, ids);
            if (chosen("find by id, counted")) {
                HotKeyCost.print(out);
            }
            if (chosen("cached find by id")) {
                out.println();
                Comparison.header(out);
                CachedFinds.print(cluster, factory, ids, new Duel(rounds, millis, warmUp), out);
            }
            if (chosen("replica find by id")) {
                out.println();
                Comparison.header(out);
                ReplicaFinds.print(Math.min(rows, 20_000), replicas, new Duel(rounds, millis, warmUp), out);
            }
            if (chosen("commits-of-5-ms")) {
                out.println();
                Comparison.header(out);
                ConcurrentCommits.print(rounds, millis, warmUp, out);
            }
            if (chosen("planning")) {
                out.println();
                new Planning(factory, Math.min(warmUp, 2000), out).print();
            }
        }
        if (chosen("number of shards")) {
            costOfShards();
        }
        out.printf(Locale.ROOT, "%nThis took %.0f s.%n", (System.nanoTime() - start) / 1e9);
        return 0;
    }

    private void compare(LocalCluster cluster, ShardedSessionFactory factory, List<Long> ids) {
        Map<String, Contestant> all = new LinkedHashMap<>();
        Ids handMade = new Ids();
        all.put(Comparison.SHARDS, new ShardedContestant(factory));
        if (against.contains(HIBERNATE)) {
            all.put(HIBERNATE, new HibernateContestant(cluster, factory.getTopology(), handMade));
        }
        if (against.contains(JDBC)) {
            all.put(JDBC, new JdbcContestant(cluster, factory.getTopology(), handMade, true));
            if (chosen(TRANSFER)) {
                all.put(JDBC_BARE, new JdbcContestant(cluster, factory.getTopology(), handMade, false));
            }
        }
        if (against.contains(SPHERE)) {
            all.put(SPHERE, new SphereContestant(cluster, factory.getTopology(), handMade, false));
            if (chosen(TRANSFER)) {
                all.put(SPHERE_XA, new SphereContestant(cluster, factory.getTopology(), handMade, true));
            }
        }
        all.put(UNCOUNTED, new ShardedContestant(configure(cluster, "none", "0")));
        try {
            Pairs pairs = new Pairs(cluster, factory.getTopology(), ids);
            List<Comparison> comparisons = comparisons(ids, pairs).stream()
                    .filter(comparison -> chosen(comparison.name()))
                    .toList();
            // All paths once before any is measured: they share much code, and the compiler is at work for a while.
            comparisons.forEach(comparison -> comparison.warmUp(all, new Duel(rounds, millis, warmUp)));
            Comparison.header(out);
            comparisons.forEach(comparison -> comparison.print(all, new Duel(rounds, millis, warmUp), out));
            pairs.check();
        } finally {
            all.remove(Comparison.SHARDS); // the caller's
            all.values().forEach(Contestant::close);
        }
    }

    private List<Comparison> comparisons(List<Long> ids, Pairs pairs) {
        String deepest = "page at offset " + deep;
        return List.of(
                new Comparison("find by id", targets("", "", ""), true, (c, n) -> c.find(ids.get(n % ids.size()))),
                // the same with and without the search for hot keys: what that costs
                new Comparison(
                        "find by id, counted",
                        Map.of(UNCOUNTED, "0.99"),
                        true,
                        (c, n) -> c.find(ids.get(n % ids.size()))),
                new Comparison(
                        "query by key", targets("0.95", "", ""), true, (c, n) -> c.byKey(ids.get(n % ids.size()))),
                new Comparison("page 1 of 20", targets("", "0.85", "1.3"), true, (c, n) -> c.page(0)),
                new Comparison("page at offset 1000", targets("", "", "2"), true, (c, n) -> c.page(1000)),
                new Comparison(deepest, Map.of(SPHERE, "2"), true, (c, n) -> c.page(deep)),
                new Comparison("group by, 1000 groups", Map.of(JDBC, "", SPHERE, "1.5"), true, (c, n) -> c.groups(0)),
                // The servers have little to do, so that this is about merging 4,000 groups to 1,000.
                new Comparison(
                        "group by, 1000 groups of a fiftieth of the rows",
                        Map.of(JDBC, "", SPHERE, ""),
                        true,
                        (c, n) -> c.groups(980_000)),
                new Comparison("insert in a transaction", targets("0.98", "", ""), false, Contestant::insert),
                new Comparison(
                        "transaction-one: read and update",
                        targets("0.98", "", ""),
                        true,
                        (c, n) -> c.update(ids.get(n % ids.size()), n)),
                new Comparison(TRANSFER, Map.of(JDBC, "0.85", JDBC_BARE, "", SPHERE_XA, ""), true, pairs::transfer));
    }

    private static Map<String, String> targets(String hibernate, String jdbc, String sphere) {
        return Map.of(HIBERNATE, hibernate, JDBC, jdbc, SPHERE, sphere);
    }

    private void costOfShards() {
        int few = Math.min(rows, 40_000);
        out.printf(
                Locale.ROOT, "%nThe same by the number of shards (schemas of one database), %,d rows, ops/s%n%n", few);
        out.println("| shards | find by id | insert in a transaction | page 1 of 20 | page at offset 1000 |");
        out.println("| ---: | ---: | ---: | ---: | ---: |");
        for (int count : shardCounts) {
            try (LocalCluster cluster = LocalCluster.shared(Layout.SCHEMAS, count);
                    ShardedSessionFactory factory = configure(cluster)) {
                List<Long> ids = Accounts.store(cluster, factory.getTopology(), few);
                ShardedContestant shards = new ShardedContestant(factory);
                out.printf(
                        Locale.ROOT,
                        "| %d | %,.0f | %,.0f | %,.0f | %,.0f |%n",
                        count,
                        alone(shards, (c, n) -> c.find(ids.get(n % ids.size()))),
                        alone(shards, Contestant::insert),
                        alone(shards, (c, n) -> c.page(0)),
                        alone(shards, (c, n) -> c.page(1000)));
            }
        }
    }

    /** The compiler has seen it all before. */
    private double alone(ShardedContestant shards, Duel.Work work) {
        return Objects.requireNonNull(new Duel(Math.max(1, rounds / 2), millis, warmUp / 2)
                        .run(Map.of(Comparison.SHARDS, shards), work)
                        .get(Comparison.SHARDS))
                .medianOps();
    }

    private static ShardedSessionFactory configure(LocalCluster cluster) {
        return configure(cluster, "create", String.valueOf(HotKeySettings.SAMPLE));
    }

    private static ShardedSessionFactory configure(LocalCluster cluster, String schema, String sample) {
        return new ShardedConfiguration()
                .entities(Account.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", schema)
                .setting(ShardSettings.HOT_KEYS_SAMPLE, sample)
                .setting(ShardSettings.TRANSACTION_MODE, "two-phase")
                .build();
    }
}
