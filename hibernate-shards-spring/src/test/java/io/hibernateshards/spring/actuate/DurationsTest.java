package io.hibernateshards.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Every duration is counted within the bounds that readers are told. */
class DurationsTest {
    private static final List<Long> BOUNDS = Durations.bounds();

    @Test
    void index_ofEveryDuration_isThatOfItsBounds() {
        for (long micros = 0; micros < 100_000_000; micros += 1 + micros / 50) {
            int index = Durations.index(micros);
            if (index > 0) {
                assertThat(micros).isGreaterThanOrEqualTo(BOUNDS.get(index - 1));
            }
            if (index < BOUNDS.size()) {
                assertThat(micros).isLessThan(BOUNDS.get(index));
            }
        }
    }

    @Test
    void bounds_growByAQuarterAtMost() {
        assertThat(BOUNDS.get(0)).isEqualTo(16);
        for (int i = 1; i < BOUNDS.size(); i++) {
            assertThat(BOUNDS.get(i)).isBetween(BOUNDS.get(i - 1) + 1, BOUNDS.get(i - 1) * 5 / 4);
        }
        assertThat(BOUNDS.get(BOUNDS.size() - 1)).isGreaterThan(TimeUnit.SECONDS.toMicros(50));
    }

    @Test
    void counts_growWithWhatIsAdded() {
        Durations durations = new Durations();
        durations.add(TimeUnit.MICROSECONDS.toNanos(20));
        durations.add(TimeUnit.HOURS.toNanos(1));
        assertThat(durations.counts()).hasSize(BOUNDS.size() + 1).endsWith(1L);
        assertThat(durations.counts().stream().mapToLong(Long::longValue).sum()).isEqualTo(2);
    }
}
