package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.ShardedStatelessSession;
import io.hibernateshards.Topology;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints how this library compares with plain Hibernate and plain JDBC on the same servers, as ratios. */
@Command(name = "benchmarks", mixinStandardHelpOptions = true, description = "Compares on local servers, as ratios.")
public final class Benchmarks implements Callable<Integer> {
    @Option(names = "--rounds", description = "Rounds of each operation (default: ${DEFAULT-VALUE})")
    private int rounds = 9;

    @Option(names = "--millis", description = "Milliseconds a contestant runs in a round (default: ${DEFAULT-VALUE})")
    private int millis = 1000;

    @Option(names = "--rows", description = "Accounts stored before (default: ${DEFAULT-VALUE})")
    private int rows = 40_000;

    @Option(names = "--shards", split = ",", description = "Schemas to compare the cost of (default: ${DEFAULT-VALUE})")
    private List<Integer> shardCounts = List.of(1, 4, 16);

    @Option(names = "--only", description = "Compares only operations whose name contains this")
    private String only = "";

    private final PrintStream out;

    Benchmarks(PrintStream out) {
        this.out = out;
    }

    /** Runs all, and ends with 0. */
    public static void main(String[] args) {
        System.setProperty("org.jboss.logging.provider", "slf4j"); // Hibernate's log goes where the others go
        System.exit(new CommandLine(new Benchmarks(System.out)).execute(args));
    }

    @Override
    public Integer call() {
        try (LocalCluster cluster = LocalCluster.start(Layout.SERVERS, 4)) {
            compare(cluster);
        }
        if (only.isEmpty()) {
            costOfShards();
        }
        return 0;
    }

    private void compare(LocalCluster cluster) {
        ShardedSessionFactory factory = configure(cluster);
        long[] ids = fill(factory);
        vacuum(cluster);
        Ids handMade = new Ids();
        Topology topology = factory.getTopology();
        Map<String, Contestant> all = new LinkedHashMap<>();
        all.put("shards", new ShardedContestant(factory));
        all.put("hibernate", new HibernateContestant(cluster, topology, handMade));
        all.put("jdbc", new JdbcContestant(cluster, topology, handMade));
        try {
            out.printf(
                    Locale.ROOT,
                    "4 servers, %,d rows, 1 client thread, %d rounds of %d ms a contestant, Java %s%n%n",
                    rows,
                    rounds,
                    millis,
                    Runtime.version().feature());
            out.println(
                    "| operation | against | ops/s | against's | ratio min | median | max | KB/op | against's | CPU µs/op | against's |");
            out.println("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
            Random random = new Random(1);
            AtomicInteger n = new AtomicInteger();
            row("find by id", all, c -> c.find(ids[random.nextInt(ids.length)]));
            row("page 1 of 20", all, c -> c.page(0));
            row("page at offset 1000", all, c -> c.page(1000));
            row("insert in a transaction", all, c -> c.insert(n.getAndIncrement()));
        } finally {
            all.values().forEach(Contestant::close);
        }
    }

    private void row(String operation, Map<String, Contestant> contestants, ToLongFunction<Contestant> work) {
        if (!operation.contains(only)) {
            return;
        }
        Duel duel = new Duel(rounds, millis);
        Map<String, Duel.Result> results = duel.run(contestants, work);
        if (duel.sink() == 0) {
            throw new IllegalStateException(operation + " read nothing");
        }
        Duel.Result shards = Objects.requireNonNull(results.remove("shards"));
        results.forEach((name, other) -> {
            double[] ratios = Duel.ratios(shards, other);
            out.printf(
                    Locale.ROOT,
                    "| %s | %s | %,.0f | %,.0f | %.2f | **%.2f** | %.2f | %.1f | %.1f | %.0f | %.0f |%n",
                    operation,
                    name,
                    shards.medianOps(),
                    other.medianOps(),
                    ratios[0],
                    ratios[ratios.length / 2],
                    ratios[ratios.length - 1],
                    shards.bytesPerOp() / 1024,
                    other.bytesPerOp() / 1024,
                    shards.cpuMicrosPerOp(),
                    other.cpuMicrosPerOp());
        });
    }

    private void costOfShards() {
        out.printf("%nThe same by the number of shards (schemas of one database), ops/s%n%n");
        out.println("| shards | find by id | insert in a transaction | page 1 of 20 | page at offset 1000 |");
        out.println("| ---: | ---: | ---: | ---: | ---: |");
        for (int count : shardCounts) {
            try (LocalCluster cluster = LocalCluster.start(Layout.SCHEMAS, count);
                    ShardedSessionFactory factory = configure(cluster)) {
                long[] ids = fill(factory);
                vacuum(cluster);
                ShardedContestant shards = new ShardedContestant(factory);
                Map<String, Contestant> alone = Map.of("shards", shards);
                Random random = new Random(1);
                AtomicInteger n = new AtomicInteger();
                out.printf(
                        Locale.ROOT,
                        "| %d | %,.0f | %,.0f | %,.0f | %,.0f |%n",
                        count,
                        alone(alone, c -> c.find(ids[random.nextInt(ids.length)])),
                        alone(alone, c -> c.insert(n.getAndIncrement())),
                        alone(alone, c -> c.page(0)),
                        alone(alone, c -> c.page(1000)));
            }
        }
    }

    private double alone(Map<String, Contestant> contestant, ToLongFunction<Contestant> work) {
        return new Duel(Math.max(1, rounds / 3), millis)
                .run(contestant, work)
                .values()
                .iterator()
                .next()
                .medianOps();
    }

    private static ShardedSessionFactory configure(LocalCluster cluster) {
        return new ShardedConfiguration()
                .entities(Account.class)
                .settings(cluster.settings())
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
    }

    /** What autovacuum does to tables that are a minute old, at a known time: nobody's rounds are to pay for it. */
    private static void vacuum(LocalCluster cluster) {
        for (Shard shard : cluster.shards()) {
            try (Connection connection = DriverManager.getConnection(shard.url(), shard.user(), shard.password());
                    Statement statement = connection.createStatement()) {
                statement.execute("vacuum analyze account");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Stores the accounts in transactions of one shard each, and gives their ids. */
    private long[] fill(ShardedSessionFactory factory) {
        Random random = new Random(7);
        Ids ids = new Ids();
        List<Account> accounts = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            Account account =
                    new Account("owner " + i, "a note of some length, number " + i, random.nextInt(1_000_000));
            account.setId(ids.next(random.nextInt(8192)));
            accounts.add(account);
        }
        Map<ShardId, List<Account>> byShard = new LinkedHashMap<>();
        for (Account account : accounts) {
            ShardId shard = factory.locate(Account.class, account.id());
            byShard.computeIfAbsent(shard, s -> new ArrayList<>()).add(account);
        }
        try (ShardedStatelessSession session = factory.openStatelessSession()) {
            byShard.values().forEach(part -> session.inTransaction(transaction -> session.insertMultiple(part)));
            for (ShardId shard : factory.getTopology().shards()) {
                session.inTransaction(transaction -> session.doReturningWork(shard, connection -> {
                    try (var statement = connection.createStatement()) {
                        return statement.execute("create index on account (score desc, id)");
                    }
                }));
            }
        }
        return accounts.stream().mapToLong(Account::id).toArray();
    }
}
