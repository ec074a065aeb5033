package io.hibernateshards.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SharesTest {
    private final Shares shares = new Shares();

    @Test
    void of_fewRows_asksForAll() {
        assertThat(shares.of(15, 4)).isEqualTo(15);
        assertThat(shares.of(20, 2)).isEqualTo(20);
        assertThat(shares.of(-1, 4)).isEqualTo(-1);
    }

    @Test
    void of_manyRows_asksForLittleMoreThanTheMean() {
        assertThat(shares.of(1020, 4)).isEqualTo(297);
        assertThat(shares.of(20, 4)).isEqualTo(11);
        assertThat(shares.of(1020, 1)).isEqualTo(1020);
    }

    @Test
    void of_evenRows_isSeldomTooLittle() {
        Random random = new Random(11);
        int share = shares.of(1000, 4);
        int misses = 0;
        for (int run = 0; run < 2000; run++) {
            int[] taken = new int[4];
            for (int row = 0; row < 1000; row++) {
                taken[random.nextInt(4)]++;
            }
            for (int rows : taken) {
                misses += rows >= share ? 1 : 0;
            }
        }
        assertThat(misses).isLessThan(20);
    }

    @Test
    void learn_rowsOfOneShard_asksForAllUntilTheyAreEvenAgain() {
        for (int i = 0; i < 4; i++) {
            shares.learn(1000, new int[] {1000, 0, 0, 0});
        }
        assertThat(shares.of(1000, 4)).isEqualTo(1000);
        for (int i = 0; i < 40; i++) {
            shares.learn(1000, new int[] {250, 250, 250, 250});
        }
        assertThat(shares.of(1000, 4)).isLessThan(400);
    }
}
