package io.hibernateshards.internal.merge;

import static io.hibernateshards.internal.merge.OperatorRows.ascending;
import static io.hibernateshards.internal.merge.OperatorRows.keys;
import static io.hibernateshards.internal.merge.OperatorRows.shard;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** A page of rows of which each shard has left out its first ones is that page, or it is not told. */
@NullUnmarked
class SkipTest {
    @Test
    void evenlySpread_isThePage() {
        List<List<Keyed>> sent = List.of(shard(0, 4L, 6L, 8L, 10L), shard(1, 5L, 7L, 9L, 11L)); // without 0 to 3
        assertThat(keys(new Skip(2, 4, new Page(5, 2)).rows(sent, ascending()))).containsExactly(5L, 6L);
    }

    @Test
    void shardWithoutRowsLeft_isNotTold() {
        assertThat(new Skip(2, 4, new Page(5, 2)).rows(List.of(shard(0, 4L, 6L), List.of()), ascending()))
                .isNull();
    }

    /** One shard has left out rows of the page. */
    @Test
    void unevenlySpread_isNotTold() {
        List<List<Keyed>> sent = List.of(shard(0, 2L, 3L, 4L), shard(1, 90L, 91L, 92L)); // without 0, 1, 80 and 81
        assertThat(new Skip(2, 3, new Page(4, 2)).rows(sent, ascending())).isNull();
    }

    @Test
    void pageBeforeWhatWasLeftOut_isNotTold() {
        List<List<Keyed>> sent = List.of(shard(0, 4L, 6L), shard(1, 5L, 7L));
        assertThat(new Skip(2, 2, new Page(1, 2)).rows(sent, ascending())).isNull();
    }

    @Test
    void pageBehindTheEnd_isEmpty() {
        List<List<Keyed>> sent = List.of(shard(0, 4L, 6L), shard(1, 5L));
        assertThat(new Skip(2, 9, new Page(50, 5)).rows(sent, ascending())).isEmpty();
    }

    @Test
    void anySpreadOfRows_isThePageOrNotTold() {
        Random random = new Random(3);
        int told = 0;
        for (int i = 0; i < 3_000; i++) {
            int shards = 1 + random.nextInt(4);
            int range = 1 + random.nextInt(60); // many ties, or few
            List<List<Keyed>> all = IntStream.range(0, shards)
                    .mapToObj(shard -> shard(
                            shard,
                            random.longs(random.nextInt(20), 0, range)
                                    .sorted()
                                    .boxed()
                                    .toArray(Long[]::new)))
                    .toList();
            int skipped = random.nextInt(6);
            int most = 1 + random.nextInt(12);
            List<List<Keyed>> sent = new ArrayList<>();
            for (List<Keyed> rows : all) {
                int from = Math.min(skipped, rows.size());
                sent.add(rows.subList(from, Math.min(from + most, rows.size())));
            }
            Page page = new Page(skipped * shards + random.nextInt(6), 1 + random.nextInt(5));
            List<Keyed> rows = new Skip(skipped, most, page).rows(sent, ascending());
            if (rows != null) {
                told++;
                assertThat(rows)
                        .as("skip %s, %s of %s", skipped, page, all)
                        .isEqualTo(page.of(ascending().merge(all, -1)));
            }
        }
        assertThat(told).isGreaterThan(100);
    }
}
