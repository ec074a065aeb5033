package io.hibernateshards.samples.messenger;

import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.samples.messenger.load.LoadTest;
import io.hibernateshards.samples.messenger.load.Mix;
import io.hibernateshards.samples.messenger.seed.Spread;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts servers, stores users and conversations, and measures how many requests are served. */
@Command(name = "load", mixinStandardHelpOptions = true, description = "Measures the messenger beside its twin.")
final class LoadCommand implements Callable<Integer> {
    /** A mix, by its name. */
    static final class Named implements ITypeConverter<Mix> {
        @Override
        public Mix convert(String name) {
            return new Mix(name);
        }
    }

    /** Of fewer users, chance alone may put a hundredth more on one shard than on another. */
    private static final int ENOUGH = 500_000;

    private static final List<String> TABLES = List.of("users", "conversation", "message", "inbox_entry");

    @Mixin
    private ClusterOptions options = new ClusterOptions();

    @Option(names = "--conversations", description = "Conversations to store (default: ${DEFAULT-VALUE})")
    private int conversations = 40_000;

    @Option(
            names = "--forks",
            description = "Times that both are started anew and measured (default: ${DEFAULT-VALUE})")
    private int forks = 1;

    @Option(names = "--connections", split = ",", description = "At a time (default: ${DEFAULT-VALUE})")
    private List<Integer> connections = List.of(1_000, 5_000, 10_000);

    @Option(names = "--seconds", description = "For each of both, each time (default: ${DEFAULT-VALUE})")
    private double seconds = 30;

    @Option(names = "--slices", description = "Turns that these seconds are taken in (default: ${DEFAULT-VALUE})")
    private int slices = 3;

    @Option(names = "--warm-up", description = "Seconds before the runs of a mix, at most (default: ${DEFAULT-VALUE})")
    private double warmUp = 240;

    @Option(
            names = "--mix",
            split = ",",
            converter = Named.class,
            description =
                    "What is asked for, \"users\", \"messenger\" or one of the routes (default: ${DEFAULT-VALUE})")
    private List<Mix> mixes = List.of(new Mix("users"), new Mix("messenger"));

    @Option(names = "--routes", description = "Tells how long each route takes, too")
    private boolean routes;

    @Option(names = "--no-twin", negatable = true, description = "Measures the messenger alone")
    private boolean twin = true;

    @Option(names = "--java", description = "Runs the applications (default: the one that runs this)")
    private String java = System.getProperty("java.home") + "/bin/java";

    @Option(names = "--jvm", split = ",", description = "Options of the applications (default: ${DEFAULT-VALUE})")
    private List<String> jvm = List.of("-Xmx2g");

    @Override
    public Integer call() throws Exception {
        try (LocalCluster cluster = options.start()) {
            SeedCommand.seed(cluster, options);
            SeedCommand.converse(cluster, conversations);
            LoadTest.Options how =
                    new LoadTest.Options(forks, connections, seconds, slices, warmUp, mixes, routes, twin, java, jvm);
            boolean fine = new LoadTest(cluster, ClusterOptions.settings(cluster), how, System.out).run();
            try (ShardedSessionFactory factory = SeedCommand.factory(cluster, "none")) {
                for (String table : TABLES) {
                    System.out.println("Rows per shard, " + table + ": " + Spread.of(factory, table));
                }
                System.out.println("In doubt: " + factory.getInDoubtBranches().size());
                fine &= options.users < ENOUGH || Spread.of(factory, "users").deviation() <= 0.01;
            }
            return fine ? 0 : 1;
        }
    }
}
