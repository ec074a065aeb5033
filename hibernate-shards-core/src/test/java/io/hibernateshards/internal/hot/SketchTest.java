package io.hibernateshards.internal.hot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SketchTest {
    private static final int HALF_LIFE = 1000;

    private final Sketch sketch = new Sketch(100, 0, HALF_LIFE);

    private void add(Object id, int times, long now) {
        IntStream.range(0, times).forEach(i -> sketch.add(new EntityId("Note", id), 0, now));
    }

    private List<Object> top(int most, long now) {
        return sketch.top(most, now).stream().map(part -> part.key().id()).toList();
    }

    @Test
    void fewKeys_areCountedExactly() {
        IntStream.rangeClosed(1, 100).forEach(i -> add(i, i, 0));

        assertThat(top(3, 0)).containsExactly(100, 99, 98);
        assertThat(sketch.top(100, 0)).allSatisfy(part -> assertThat(part.weight())
                .isEqualTo(((Integer) part.key().id()).doubleValue()));
        assertThat(sketch.total(0)).isEqualTo(5050);
    }

    /** The bounds of the algorithm, for any order; this one is a worst case, as rare keys come all the time. */
    @Test
    void manyKeys_areNeverCountedTooHigh_andTooLowByLessThanTheBound() {
        Random random = new Random(1);
        Zipf zipf = new Zipf(100_000, 1.0);
        Map<Object, Integer> exact = new HashMap<>();
        int all = 300_000;
        for (int i = 0; i < all; i++) {
            Object id = zipf.next(random);
            exact.merge(id, 1, Integer::sum);
            add(id, 1, 0);
        }

        double bound = all / 100.0;
        Map<Object, Double> told = new HashMap<>();
        sketch.top(100, 0).forEach(part -> told.put(part.key().id(), part.weight()));
        told.forEach((id, weight) -> assertThat(weight).isLessThanOrEqualTo(exact.getOrDefault(id, 0)));
        List<Object> frequent = new ArrayList<>();
        exact.forEach((id, count) -> {
            if (count > bound) {
                frequent.add(id);
                assertThat(told.getOrDefault(id, 0.0)).as("key %s", id).isGreaterThanOrEqualTo(count - bound);
            }
        });
        assertThat(frequent).hasSizeGreaterThan(5);
        assertThat(sketch.size()).isEqualTo(100);
    }

    @Test
    void keysThatAreAllAlike_areNotCalledFrequent() {
        Random random = new Random(2);
        IntStream.range(0, 200_000).forEach(i -> add(random.nextInt(1_000_000), 1, 0));

        assertThat(sketch.top(1, 0).get(0).weight()).isLessThan(20);
    }

    @Test
    void olderOccurrences_weighHalfForEveryHalfLife() {
        add("old", 800, 0);
        add("new", 150, 3 * HALF_LIFE);

        assertThat(top(2, 3 * HALF_LIFE)).containsExactly("new", "old");
        assertThat(sketch.top(2, 3 * HALF_LIFE).get(1).weight()).isCloseTo(100, within(1e-6));
        assertThat(sketch.total(3 * HALF_LIFE)).isCloseTo(250, within(1e-6));
    }

    @Test
    void longTimes_doNotOverflow() {
        long now = 0;
        for (int i = 0; i < 3000; i++) {
            now += HALF_LIFE * 7;
            add("steady", 10, now);
            add("seldom" + i, 1, now);
        }

        assertThat(top(1, now)).containsExactly("steady");
        assertThat(sketch.top(1, now).get(0).weight()).isCloseTo(10 / (1 - 1 / 128.0), within(1e-6));
        add("later", 1, now + 10_000L * HALF_LIFE);
        assertThat(sketch.total(now + 10_000L * HALF_LIFE)).isCloseTo(1, within(1e-6));
        assertThat(sketch.size()).isEqualTo(100);
    }

    @Test
    void occurrencesWithoutKey_countForTheWhole() {
        sketch.add(new EntityId("Note", 1), 3, 0);

        assertThat(sketch.total(0)).isEqualTo(1);
        assertThat(sketch.passed(0)).isEqualTo(4);
    }

    @Test
    void idsThatTheApplicationChanges_areForgottenAllTheSame() {
        for (int i = 0; i < 1000; i++) {
            List<Integer> id = new ArrayList<>(List.of(i));
            sketch.add(new EntityId("Note", id), 0, 0);
            id.add(i);
        }

        assertThat(sketch.size()).isEqualTo(100);
    }
}
