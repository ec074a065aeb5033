package io.hibernateshards.samples.messenger.load;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.samples.messenger.MessengerApplication;
import io.hibernateshards.samples.twin.TwinApplication;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/** Measures the messenger and its twin, in turns, on the same servers, each in a JVM of its own. */
public final class LoadTest {
    private static final int WARM_UP_CLIENTS = 64;
    private static final double WARM_UP_SLICE = 20;

    /**
     * How to measure.
     *
     * @param forks how often both are started and measured: each JVM compiles what it runs in a way of its own
     * @param connections how many at a time, one run for each
     * @param seconds that each of both is asked in a run
     * @param slices into which these seconds are cut, as both take turns
     * @param warmUp seconds that each of both is asked before the runs of a mix, unless it gets no faster
     * @param mixes what is asked for
     * @param routes whether the time of each route is told too
     * @param twin whether there is one
     * @param java the command that runs the applications
     * @param jvm options of their JVMs
     */
    public record Options(
            int forks,
            List<Integer> connections,
            double seconds,
            int slices,
            double warmUp,
            List<Mix> mixes,
            boolean routes,
            boolean twin,
            String java,
            List<String> jvm) {}

    private final LocalCluster cluster;
    private final Map<String, String> settings;
    private final Options options;
    private final PrintStream out;

    /**
     * A load test.
     *
     * @param cluster with users and conversations
     * @param settings of the cluster, for the messenger
     * @param options how to measure
     * @param out where the table goes
     */
    public LoadTest(LocalCluster cluster, Map<String, String> settings, Options options, PrintStream out) {
        this.cluster = cluster;
        this.settings = settings;
        this.options = options;
        this.out = out;
    }

    /** Prints the table. Whether everything that was asked was answered, and the standbys have all of it. */
    public boolean run() throws IOException, SQLException, InterruptedException, ExecutionException {
        List<Run> runs = options.mixes().stream()
                .flatMap(mix -> options.connections().stream().map(connections -> new Run(mix, connections)))
                .toList();
        Known known = Known.of(cluster, 20_000);
        Path logs = Files.createTempDirectory("messenger-load");
        for (int fork = 1; fork <= options.forks(); fork++) {
            out.println("Fork " + fork + " of " + options.forks());
            try (Served messenger = start(MessengerApplication.class, messengerSettings(), logs, fork)) {
                Clients ofMessenger = new Clients("messenger", known, messenger);
                if (options.twin()) {
                    try (Served twin = start(TwinApplication.class, twinSettings(), logs, fork)) {
                        measure(runs, List.of(ofMessenger, new Clients("twin", known, twin)));
                    }
                } else {
                    measure(runs, List.of(ofMessenger));
                }
            }
        }
        new Table(out).print(runs);
        for (Run run : runs) {
            tell("messenger", run, run.messenger());
            tell("twin", run, run.twin());
        }
        List<String> differences = Sync.differences(cluster);
        out.println(differences.isEmpty() ? "Standbys: in sync" : "Standbys differ: " + differences);
        return differences.isEmpty()
                && runs.stream()
                        .allMatch(run ->
                                run.messenger().failedCount() + run.twin().failedCount() == 0);
    }

    private Served start(Class<?> application, Map<String, Object> properties, Path logs, int fork)
            throws IOException, InterruptedException {
        Path log = logs.resolve(application.getSimpleName() + "-" + fork + ".log");
        return Served.start(options.java(), options.jvm(), application, properties, log);
    }

    private void measure(List<Run> runs, List<Clients> both) throws InterruptedException, ExecutionException {
        for (Mix mix : options.mixes()) {
            for (Clients one : both) {
                warmUp(mix, one);
            }
            for (Run run : runs) {
                if (run.mix() == mix) {
                    measure(run, both);
                }
            }
        }
    }

    private void measure(Run run, List<Clients> both) throws InterruptedException, ExecutionException {
        Figures[] seen = {new Figures(), new Figures()}; // the messenger's, and the twin's if there is one
        for (int slice = 0; slice < options.slices(); slice++) {
            for (int turn = 0; turn < both.size(); turn++) {
                int one = (slice + turn) % both.size(); // who is first changes from slice to slice
                both.get(one).run(run.mix(), run.connections(), options.seconds() / options.slices(), seen[one]);
            }
        }
        out.println(run.add(seen[0], seen[1]));
    }

    /**
     * Until it gets no faster: the compiler needs minutes for an application of Spring's, on two processors. After each slice it
     * has the machine for itself.
     */
    private void warmUp(Mix mix, Clients one) throws InterruptedException, ExecutionException {
        List<String> cpu = new ArrayList<>();
        double before = Double.MAX_VALUE;
        for (double left = options.warmUp(); left > 0; left -= WARM_UP_SLICE) {
            Figures figures = new Figures();
            one.run(mix, WARM_UP_CLIENTS, Math.min(left, WARM_UP_SLICE), figures);
            one.server().awaitIdle();
            cpu.add(String.format(Locale.ROOT, "%.0f", figures.cpuMicros()));
            if (figures.cpuMicros() > 0.97 * before) {
                break;
            }
            before = figures.cpuMicros();
        }
        out.println("Warm-up of the " + one.name() + ", " + mix + ": CPU µs " + String.join(", ", cpu));
    }

    private void tell(String who, Run run, Figures figures) {
        String what = who + ", " + run.mix() + ", " + run.connections() + ": ";
        if (options.routes() && figures.served() > 0) {
            out.println(what + figures.routes());
        }
        if (figures.failedCount() > 0) {
            out.println(what + figures.failures());
        }
    }

    private Map<String, Object> messengerSettings() {
        Map<String, Object> properties = new TreeMap<>(settings);
        properties.put("spring.jpa.hibernate.ddl-auto", "none");
        properties.put("hibernate.shards.spring.consistency-token.carrier", "none"); // the twin has no tokens, either
        return properties;
    }

    private Map<String, Object> twinSettings() {
        Map<String, Object> properties = new TreeMap<>();
        for (int i = 0; i < cluster.shards().size(); i++) {
            Shard shard = cluster.shards().get(i);
            properties.put(
                    "twin.servers[" + i + "].url", settings.get("hibernate.shards.shard." + shard.name() + ".url"));
            properties.put("twin.servers[" + i + "].username", shard.user());
            properties.put("twin.servers[" + i + "].password", shard.password());
        }
        return properties;
    }
}
