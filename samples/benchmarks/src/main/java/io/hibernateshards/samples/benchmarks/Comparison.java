package io.hibernateshards.samples.benchmarks;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * An operation that is compared.
 *
 * @param name of the operation
 * @param targets by contestant who takes part: the least ratio that is wanted; empty if there is none
 * @param repeatable whether it answers the same to everyone, and always
 * @param work the operation
 */
record Comparison(String name, Map<String, String> targets, boolean repeatable, Duel.Work work) {
    /** This library's name among the contestants. */
    static final String SHARDS = "shards";

    static void header(PrintStream out) {
        out.println(
                "| operation | against | target | ops/s | against's | ratio min | median | max | of the best rounds | KB/op | against's"
                        + " | CPU µs/op | against's |");
        out.println("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    }

    private Map<String, Contestant> of(Map<String, Contestant> contestants) {
        Map<String, Contestant> some = new LinkedHashMap<>(contestants);
        some.keySet().removeIf(name -> !name.equals(SHARDS) && !targets.containsKey(name));
        return some;
    }

    /**
     * Lets everyone do it for a while.
     *
     * @throws IllegalStateException if somebody answers something else than the others: that is no comparison
     */
    void warmUp(Map<String, Contestant> contestants, Duel duel) {
        Map<String, Contestant> some = of(contestants);
        if (repeatable) {
            long right = work.run(Objects.requireNonNull(some.get(SHARDS)), 0);
            some.forEach((who, contestant) -> {
                long answer = work.run(contestant, 0);
                if (answer != right) {
                    throw new IllegalStateException(
                            "%s: %s answers %d, %s %d".formatted(name, who, answer, SHARDS, right));
                }
            });
        }
        duel.warmUp(some, work);
    }

    /** Measures, and prints a row for each other contestant; one without comparison if there is none. */
    void print(Map<String, Contestant> contestants, Duel duel, PrintStream out) {
        Map<String, Duel.Result> results = duel.run(of(contestants), work);
        if (duel.sink() == 0) {
            throw new IllegalStateException(name + " read nothing");
        }
        Duel.Result shards = Objects.requireNonNull(results.get(SHARDS));
        if (results.size() > 1) {
            results.remove(SHARDS);
        }
        results.forEach((who, other) -> {
            double[] ratios = Duel.ratios(shards, other);
            String target = targets.getOrDefault(who, "");
            out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %,.1f | %,.1f | %.2f | **%.2f** | %.2f | %.2f | %,.1f | %,.1f | %,.0f | %,.0f |%n",
                    name,
                    who,
                    target.isEmpty() ? "" : "≥ " + target,
                    shards.medianOps(),
                    other.medianOps(),
                    ratios[0],
                    Duel.median(ratios),
                    ratios[ratios.length - 1],
                    shards.bestOps() / other.bestOps(),
                    shards.bytesPerOp() / 1024,
                    other.bytesPerOp() / 1024,
                    shards.cpuMicrosPerOp(),
                    other.cpuMicrosPerOp());
        });
    }
}
