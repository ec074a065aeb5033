package io.hibernateshards.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The wall clock has no part in it once it runs. */
class CacheClockTest {
    @Test
    void times_arePastThoseOfTheMomentsBefore_andAllDiffer() {
        long last = Long.MIN_VALUE;
        for (int i = 0; i < 10_000; i++) {
            long moment = CacheClock.at(System.nanoTime());
            long time = CacheClock.next();
            assertThat(time).isGreaterThanOrEqualTo(moment).isGreaterThan(last);
            last = time;
        }
    }

    @Test
    void moments_areAsFarApartAsTheyAre() {
        long now = System.nanoTime();
        assertThat(CacheClock.at(now) - CacheClock.at(now - TimeUnit.HOURS.toNanos(2)))
                .isEqualTo(TimeUnit.HOURS.toMillis(2) * CacheClock.ONE_MS);
    }
}
