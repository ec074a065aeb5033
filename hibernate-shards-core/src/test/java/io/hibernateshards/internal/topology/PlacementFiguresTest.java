package io.hibernateshards.internal.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The figures of docs/placement.md: a million keys on 4 shards, and what a fifth or four more shards do to them. */
class PlacementFiguresTest {
    private static final int KEYS = 1_000_000;
    private static final int[] BUCKETS = buckets();

    /** @param skew keys of the fullest shard by the mean */
    private record Figures(String assignment, int from, int to, double skewBefore, double skew, double moved) {
        double minimum() {
            return (to - from) / (double) to;
        }
    }

    private static int[] buckets() {
        HashFunction hash = new HashFunction();
        return IntStream.range(0, KEYS)
                .map(key -> hash.bucket(new Object[] {(long) key}))
                .toArray();
    }

    private static Figures figures(String assignment, int from, int to) {
        Map<String, String> settings = Map.of("assignment", assignment);
        Topology before = Assignments.topology(1, AssignmentsTest.shards(from), settings);
        Topology after = Assignments.topology(2, AssignmentsTest.shards(to), settings, before);
        return figures("`" + assignment + "`", before, after);
    }

    private static Figures evenAnew(int from, int to) {
        return figures(
                "`even`, made anew",
                Assignments.topology(1, AssignmentsTest.shards(from), Map.of()),
                Assignments.topology(1, AssignmentsTest.shards(to), Map.of()));
    }

    private static Figures figures(String assignment, Topology before, Topology after) {
        long moved = IntStream.of(BUCKETS)
                .filter(bucket -> before.indexOf(bucket) != after.indexOf(bucket))
                .count();
        return new Figures(
                assignment,
                before.shards().size(),
                after.shards().size(),
                skew(before),
                skew(after),
                moved / (double) KEYS);
    }

    private static double skew(Topology topology) {
        int[] keys = new int[topology.shards().size()];
        for (int bucket : BUCKETS) {
            keys[topology.indexOf(bucket)]++;
        }
        return IntStream.of(keys).max().getAsInt() * (double) keys.length / KEYS;
    }

    @Test
    void millionKeys_areSpreadEvenly_andFewMove() throws IOException {
        List<Figures> all = new ArrayList<>();
        for (int to : new int[] {5, 8}) {
            Figures even = figures("even", 4, to);
            assertThat(even.skewBefore()).isBetween(1.0, 1.02);
            assertThat(even.skew()).isBetween(1.0, 1.02);
            assertThat(even.moved()).isBetween(even.minimum() - 0.01, even.minimum() + 0.01);
            Figures ring = figures("consistent-hash", 4, to);
            assertThat(ring.skewBefore()).isBetween(1.0, 1.1);
            assertThat(ring.skew()).isBetween(1.0, 1.1);
            assertThat(ring.moved()).isBetween(ring.minimum() - 0.02, ring.minimum() + 0.02);
            Figures anew = evenAnew(4, to);
            assertThat(anew.moved()).isGreaterThan(anew.minimum() + 0.25);
            all.addAll(List.of(even, ring, anew));
        }
        List<String> table = new ArrayList<>();
        table.add("| Assignment | Shards | Skew before | Skew after | Keys that move | Minimum |");
        table.add("| --- | --- | --- | --- | --- | --- |");
        for (Figures one : all) {
            table.add(String.format(
                    Locale.ROOT,
                    "| %s | %d to %d | %.3f | %.3f | %.1f %% | %.1f %% |",
                    one.assignment(),
                    one.from(),
                    one.to(),
                    one.skewBefore(),
                    one.skew(),
                    100 * one.moved(),
                    100 * one.minimum()));
        }
        table.forEach(System.out::println);
        assertThat(Files.readAllLines(Path.of("../docs/placement.md")))
                .as("the page shows what this test prints")
                .containsSequence(table);
    }
}
