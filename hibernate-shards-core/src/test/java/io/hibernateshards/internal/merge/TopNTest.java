package io.hibernateshards.internal.merge;

import static io.hibernateshards.internal.merge.OperatorRows.ascending;
import static io.hibernateshards.internal.merge.OperatorRows.keys;
import static io.hibernateshards.internal.merge.OperatorRows.shard;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The first of rows in no order. */
@NullUnmarked
class TopNTest {
    private static final TopN FIRST = new TopN(ascending()::compare);

    @Test
    void noRows_noneIsFirst() {
        assertThat(FIRST.first(List.of(), -1)).isEmpty();
        assertThat(FIRST.first(List.of(), 0)).isEmpty();
        assertThat(FIRST.first(List.of(), 5)).isEmpty();
    }

    @Test
    void all_areSorted() {
        List<Keyed> rows = shard(0, 3L, null, 1L, 2L, 1L);
        assertThat(keys(FIRST.first(rows, -1))).containsExactly(1L, 1L, 2L, 3L, null);
        assertThat(keys(FIRST.first(rows, 9))).containsExactly(1L, 1L, 2L, 3L, null);
        assertThat(keys(rows)).containsExactly(3L, null, 1L, 2L, 1L);
    }

    @Test
    void some_areTheFirst() {
        List<Keyed> rows = shard(0, 9L, 8L, null, 7L, 6L, 5L, 4L, 3L, 2L, 1L, null);
        assertThat(keys(FIRST.first(rows, 2))).containsExactly(1L, 2L);
        assertThat(keys(FIRST.first(rows, 10))).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, null);
        assertThat(FIRST.first(rows, 0)).isEmpty();
    }

    @Test
    void allNull_asManyAsWanted() {
        assertThat(keys(FIRST.first(shard(0, null, null, null, null, null), 2))).containsExactly(null, null);
    }

    @Test
    void anyNumberOfRows_areTheFirstOfAllSorted() {
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            Long[] values = new Long[random.nextInt(40)];
            for (int n = 0; n < values.length; n++) {
                values[n] = random.nextInt(5) == 0 ? null : (Long) (long) random.nextInt(10);
            }
            List<Keyed> rows = shard(0, values);
            int most = random.nextInt(45);
            List<Object> sorted = keys(FIRST.first(rows, -1));
            assertThat(keys(FIRST.first(rows, most))).isEqualTo(sorted.subList(0, Math.min(most, sorted.size())));
        }
    }
}
