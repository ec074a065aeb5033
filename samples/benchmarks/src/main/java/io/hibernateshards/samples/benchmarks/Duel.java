package io.hibernateshards.samples.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs one operation by several contestants in alternating rounds, so that a machine whose speed drifts slows all of them
 * alike, and compares round by round.
 */
final class Duel {
    /** One operation; the number counts the operations. */
    interface Work {
        long run(Contestant contestant, int n);
    }

    /**
     * What a contestant did.
     *
     * @param opsPerSecond one figure a round
     * @param bytesPerOp allocated, the median of the rounds
     * @param cpuMicrosPerOp of all threads of this JVM, the median of the rounds
     */
    record Result(List<Double> opsPerSecond, double bytesPerOp, double cpuMicrosPerOp) {
        double medianOps() {
            return median(opsPerSecond.stream().mapToDouble(ops -> ops).toArray());
        }

        /** What it can do when nothing else disturbs the machine. */
        double bestOps() {
            return opsPerSecond.stream().mapToDouble(ops -> ops).max().orElseThrow();
        }
    }

    /** As many times as long as asked for. */
    private static final int MOST_WARM_UP = 20;

    private final int rounds;
    private final int millis;
    private final int warmUpMillis;
    private final int clients;
    private int n;
    private long sink;

    Duel(int rounds, int millis, int warmUpMillis) {
        this(rounds, millis, warmUpMillis, 1);
    }

    /**
     * With several clients, each a thread.
     *
     * @param clients how many; the operations' numbers of one of them have the same remainder by this
     */
    Duel(int rounds, int millis, int warmUpMillis, int clients) {
        this.rounds = rounds;
        this.millis = millis;
        this.warmUpMillis = warmUpMillis;
        this.clients = clients;
    }

    /** So long at least, and on until the compiler has little left to do: it would take a core from whoever needs it. */
    void warmUp(Map<String, Contestant> contestants, Work work) {
        for (Contestant contestant : contestants.values()) {
            slice(contestant, work, warmUpMillis);
            double busy = 1;
            for (int more = 0; more < MOST_WARM_UP && busy > 0.05; more++) {
                long compiled = Resources.compileMillis();
                slice(contestant, work, warmUpMillis);
                busy = (double) (Resources.compileMillis() - compiled) / warmUpMillis;
            }
        }
    }

    Map<String, Result> run(Map<String, Contestant> contestants, Work work) {
        warmUp(contestants, work);
        Map<String, List<double[]>> figures = new LinkedHashMap<>();
        List<String> order = new ArrayList<>(contestants.keySet());
        for (int round = 0; round < rounds; round++) {
            for (String name : order) {
                double[] figure = slice(Objects.requireNonNull(contestants.get(name)), work, millis);
                figures.computeIfAbsent(name, k -> new ArrayList<>()).add(figure);
            }
            order.add(order.remove(0)); // nobody is always first
        }
        Map<String, Result> results = new LinkedHashMap<>();
        for (String name : contestants.keySet()) {
            List<double[]> all = figures.getOrDefault(name, List.of());
            results.put(
                    name,
                    new Result(
                            all.stream().map(f -> f[0]).toList(),
                            median(all.stream().mapToDouble(f -> f[1]).toArray()),
                            median(all.stream().mapToDouble(f -> f[2]).toArray())));
        }
        return results;
    }

    private double[] slice(Contestant contestant, Work work, long length) {
        ExecutorService threads =
                Executors.newFixedThreadPool(clients); // what a thread that is gone allocated is not told
        try {
            long allocated = Resources.allocated();
            long cpu = Resources.cpuNanos();
            long start = System.nanoTime();
            long end = start + length * 1_000_000;
            long ops = clients == 1 ? alone(contestant, work, end) : together(contestant, work, end, threads);
            double seconds = (System.nanoTime() - start) / 1e9;
            return new double[] {
                ops / seconds,
                (double) (Resources.allocated() - allocated) / ops,
                (Resources.cpuNanos() - cpu) / 1e3 / ops
            };
        } finally {
            end(threads);
        }
    }

    /** What they have allocated is not told once they are gone, which must not be in the next slice. */
    private static void end(ExecutorService threads) {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("clients still run");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long alone(Contestant contestant, Work work, long end) {
        long ops = 0;
        do {
            sink += work.run(contestant, n++);
            ops++;
        } while (System.nanoTime() < end);
        return ops;
    }

    private long together(Contestant contestant, Work work, long end, ExecutorService threads) {
        List<CompletableFuture<Long>> all = new ArrayList<>();
        AtomicLong ops = new AtomicLong();
        int first = n - n % clients;
        for (int client = 0; client < clients; client++) {
            int own = first + client;
            all.add(CompletableFuture.supplyAsync(
                    () -> {
                        long read = 0;
                        int done = 0;
                        do {
                            read += work.run(contestant, own + done++ * clients);
                        } while (System.nanoTime() < end);
                        ops.addAndGet(done);
                        return read;
                    },
                    threads));
        }
        all.forEach(client -> sink += client.join());
        n = first + (int) ops.get();
        return ops.get();
    }

    /** Keeps the compiler from leaving the work out. */
    long sink() {
        return sink;
    }

    static double[] ratios(Result a, Result b) {
        double[] ratios = new double[a.opsPerSecond().size()];
        Arrays.setAll(ratios, i -> a.opsPerSecond().get(i) / b.opsPerSecond().get(i));
        Arrays.sort(ratios);
        return ratios;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
