package io.hibernateshards.oracle;

import java.util.List;
import java.util.Random;

/** Chance, in words. */
final class Dice {
    private final Random random;

    Dice(Random random) {
        this.random = random;
    }

    boolean percent(int chance) {
        return random.nextInt(100) < chance;
    }

    int upTo(int most) {
        return random.nextInt(most + 1);
    }

    int from(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    <T> T of(List<? extends T> values) {
        return values.get(random.nextInt(values.size()));
    }

    @SafeVarargs
    final <T> T oneOf(T... values) {
        return values[random.nextInt(values.length)];
    }
}
