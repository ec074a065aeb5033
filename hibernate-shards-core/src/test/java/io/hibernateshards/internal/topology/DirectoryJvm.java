package io.hibernateshards.internal.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.Shard;
import io.hibernateshards.spi.BucketFunction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A process of its own whose eight threads ask a directory for the same keys in different order. */
final class DirectoryJvm implements AutoCloseable {
    static final int KEYS = 200;
    private static final int THREADS = 8;

    private final Process process;
    private final BufferedReader output;

    private DirectoryJvm(Process process) {
        this.process = process;
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static DirectoryJvm start(Shard shard) throws IOException {
        ProcessBuilder java = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                DirectoryJvm.class.getName());
        java.environment().put("SHARD_URL", shard.url());
        java.environment().put("SHARD_USER", shard.user());
        java.environment().put("SHARD_PASSWORD", shard.password());
        return new DirectoryJvm(
                java.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    void awaitReady() throws IOException {
        assertThat(output.readLine()).isEqualTo("ready");
    }

    void go() throws IOException {
        Writer input = process.outputWriter(StandardCharsets.UTF_8);
        input.write("go\n");
        input.flush();
    }

    /** The buckets of the keys, with commas between. */
    String answer() throws IOException {
        return Objects.requireNonNull(output.readLine(), "the process ended without an answer");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> env = System.getenv();
        Shard shard = new Shard(
                "shard0",
                env.getOrDefault("SHARD_URL", ""),
                env.getOrDefault("SHARD_USER", ""),
                env.getOrDefault("SHARD_PASSWORD", ""));
        BucketFunction function = DirectoryFunctionTest.directory(
                "tenants", Map.of(), DirectoryFunctionTest.TOPOLOGY, new DirectoryFunctionTest.Plain(shard));
        System.out.println("ready");
        System.in.read();
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch together = new CountDownLatch(1);
            List<Future<int[]>> running = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int shift = thread * KEYS / THREADS;
                running.add(pool.submit(() -> {
                    together.await();
                    int[] buckets = new int[KEYS];
                    for (int i = 0; i < KEYS; i++) {
                        int number = (i + shift) % KEYS;
                        buckets[number] = function.bucket(new Object[] {(long) number});
                    }
                    return buckets;
                }));
            }
            together.countDown();
            int[] first = running.get(0).get();
            for (Future<int[]> one : running) {
                assertThat(one.get()).containsExactly(first);
            }
            System.out.println(IntStream.of(first).mapToObj(String::valueOf).collect(Collectors.joining(",")));
        } finally {
            pool.shutdownNow();
        }
    }
}
