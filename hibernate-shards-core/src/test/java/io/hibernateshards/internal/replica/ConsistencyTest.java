package io.hibernateshards.internal.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hibernateshards.Consistency;
import io.hibernateshards.Effort;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.internal.replica.CounterLoad.Check;
import io.hibernateshards.internal.replica.Ledger.Count;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The oracle of consistency. Two JVMs write and read the rows of two shards with two standbys each, which lag, hang, die and
 * are promoted meanwhile; each read is checked against what had been acknowledged when it began.
 */
class ConsistencyTest {
    private static final int SHARDS = 2;
    private static final int JVMS = 2;
    private static final long READS = Effort.of("shards.consistency.reads", 60_000, 300_000);
    private static final long SEED = Effort.seed("shards.consistency.seed");
    private static final int LEAST_FAULTS = 20;

    private Path directory;

    private LocalCluster cluster;
    private Ledger ledger;

    @BeforeEach
    void start(@TempDir Path files) {
        directory = files;
        assumeTrue(System.getProperty("shards.postgres", "embedded").equals("embedded"), "only embedded servers");
        cluster = LocalCluster.start(
                Layout.SERVERS,
                SHARDS,
                Collation.C,
                ServerOptions.FAST
                        .with("synchronous_commit", "on")
                        .with("synchronous_standby_names", "ANY 1 (*)")
                        .with("shared_buffers", "16MB")
                        .with("max_connections", "100"),
                2);
        ledger = new Ledger(ledgerFile(), 2 * Counters.ROWS);
        Map<String, String> settings = settings();
        settings.put("hibernate.hbm2ddl.auto", "create");
        try (ShardedSessionFactory factory = Counters.factory(settings)) {
            Counters.create(factory, ledger);
        }
        for (int shard = 0; shard < SHARDS; shard++) {
            cluster.awaitReplicas(shard);
        }
    }

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private Path ledgerFile() {
        return directory.resolve("ledger");
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(cluster.settings());
        settings.put("hibernate.shards.pool.connection-timeout", "2000");
        settings.put("hibernate.shards.pool.maximum-pool-size", "8");
        settings.put("hibernate.shards.pool.connection-init-sql", "set lock_timeout = '2s'");
        settings.put("hibernate.shards.transaction.recovery-interval", "1000");
        settings.put("hibernate.cache.region.factory_class", "caffeine-shards");
        settings.put("hibernate.shards.cache.coherence", "notify");
        return settings;
    }

    @Test
    void reads_whileReplicasLagDieAndArePromoted_areAsFreshAsTheirLevelPromises() throws Exception {
        int rows = 2 * Counters.ROWS; // the second half is cached
        List<Process> jvms = new ArrayList<>();
        AtomicInteger faults = new AtomicInteger();
        AtomicReferenceArray<String> current = new AtomicReferenceArray<>(SHARDS);
        List<Thread> makers = IntStream.range(0, SHARDS)
                .mapToObj(shard -> new Thread(
                        new Faults(
                                cluster, shard, SEED + shard, faults, current, () -> ledger.count(Count.STOPPED) == 0),
                        "faults-" + shard))
                .toList();
        try {
            for (int jvm = 0; jvm < JVMS; jvm++) {
                jvms.add(jvm(jvm, rows));
            }
            // a factory is not built while a shard has no primary, so they start before anything fails
            long start = System.nanoTime();
            while (ledger.count(Count.STARTED) < JVMS
                    && jvms.stream().allMatch(Process::isAlive)
                    && System.nanoTime() - start < TimeUnit.MINUTES.toNanos(2)) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            makers.forEach(Thread::start);
            while ((reads() < READS || faults.get() < LEAST_FAULTS)
                    && ledger.count(Count.VIOLATIONS) == 0
                    && jvms.stream().allMatch(Process::isAlive)
                    && makers.stream().allMatch(Thread::isAlive)
                    && System.nanoTime() - start < TimeUnit.MINUTES.toNanos(10)) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        } finally {
            ledger.add(Count.STOPPED, 1);
            for (Thread maker : makers) {
                maker.join();
            }
            for (Process jvm : jvms) {
                if (!jvm.waitFor(1, TimeUnit.MINUTES)) {
                    jvm.destroyForcibly();
                }
            }
        }
        String said = said(".out");
        System.out.println("consistency: reads=" + reads() + " faults=" + faults + " violations="
                + ledger.count(Count.VIOLATIONS));
        assertThat(said).as("seed %d; %s", SEED, current).isEmpty();
        assertThat(jvms).as("%s", said(".err")).extracting(Process::exitValue).containsOnly(0);
        assertThat(ledger.count(Count.VIOLATIONS)).isZero();
        assertThat(reads()).isGreaterThanOrEqualTo(READS);
        assertThat(faults).hasValueGreaterThanOrEqualTo(LEAST_FAULTS);
        assertThat(ledger.count(Count.CACHED_READS)).isGreaterThan(READS / 4);
        // a shard that is without a primary at the time is not told; few transactions are under way when one dies
        assertThat(ledger.count(Count.UNTOLD_WRITES)).isLessThan(ledger.count(Count.WRITES) / 100);
        System.err.println("writes=" + ledger.count(Count.WRITES) + " failed=" + ledger.count(Count.FAILED_WRITES)
                + " untold="
                + ledger.count(Count.UNTOLD_WRITES)
                + " unavailable=" + ledger.count(Count.UNAVAILABLE) + " cached=" + ledger.count(Count.CACHED_READS));
    }

    @Test
    void checker_ofEventualReadsAsIfTheyWereOfTheirSession_findsViolations() throws Exception {
        for (int replica = 0; replica < 2; replica++) {
            cluster.replica(0, replica).pauseReplay();
        }
        try (ShardedSessionFactory factory = Counters.factory(settings())) {
            int[] rows = IntStream.range(0, Counters.ROWS).toArray();
            CounterLoad load = new CounterLoad(
                    factory, ledger, List.of(new Check(Consistency.EVENTUAL, Consistency.SESSION)), rows, SEED);
            Thread running = new Thread(() -> {
                try {
                    load.run(0, 1);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            running.start();
            while (ledger.count(Count.VIOLATIONS) == 0 && running.isAlive() && reads() < READS) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
            ledger.add(Count.STOPPED, 1);
            running.join();
        }
        assertThat(ledger.count(Count.VIOLATIONS)).isPositive();
    }

    private long reads() {
        return ledger.count(Count.READS) + ledger.count(Count.CACHED_READS);
    }

    private Process jvm(int number, int rows) throws IOException {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-Djava.util.logging.config.file=" + System.getProperty("java.util.logging.config.file", ""),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CounterLoad.class.getName(),
                        ledgerFile().toString(),
                        String.valueOf(SEED),
                        String.valueOf(number),
                        String.valueOf(JVMS),
                        String.valueOf(rows))
                .redirectOutput(directory.resolve("jvm" + number + ".out").toFile())
                .redirectError(directory.resolve("jvm" + number + ".err").toFile())
                .start();
        Properties settings = new Properties();
        settings.putAll(settings());
        try (OutputStream input = jvm.getOutputStream()) {
            settings.store(input, null);
        }
        return jvm;
    }

    /** What the JVMs have found, or logged. */
    private String said(String stream) throws IOException {
        StringBuilder said = new StringBuilder();
        for (int jvm = 0; jvm < JVMS; jvm++) {
            said.append(Files.readString(directory.resolve("jvm" + jvm + stream), StandardCharsets.UTF_8));
        }
        return said.toString();
    }
}
