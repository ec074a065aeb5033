package io.hibernateshards.internal.merge;

import static io.hibernateshards.internal.merge.OperatorRows.ascending;
import static io.hibernateshards.internal.merge.OperatorRows.key;
import static io.hibernateshards.internal.merge.OperatorRows.keys;
import static io.hibernateshards.internal.merge.OperatorRows.shard;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.merge.MergeSort.Keyed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Rows that shards yield in order are put into one order. */
@NullUnmarked
class MergeSortTest {
    @Test
    void noShardHasRows_nothing() {
        assertThat(ascending().merge(List.of(), -1)).isEmpty();
        assertThat(ascending().merge(List.of(List.of(), List.of()), -1)).isEmpty();
        assertThat(ascending().merge(List.of(List.of()), 5)).isEmpty();
    }

    @Test
    void oneShardEmpty_theOthersAreMerged() {
        assertThat(keys(ascending().merge(List.of(shard(0, 1L, 4L), List.of(), shard(2, 2L, 3L)), -1)))
                .containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void ties_comeInTheOrderOfTheirShards() {
        List<Keyed> merged =
                ascending().merge(List.of(shard(0, 1L, 2L, 2L), shard(1, 2L, 2L), shard(2, 1L, 2L, 3L)), -1);
        assertThat(keys(merged)).containsExactly(1L, 1L, 2L, 2L, 2L, 2L, 2L, 3L);
        assertThat(merged).extracting(Keyed::shard).containsExactly(0, 2, 0, 0, 1, 1, 2, 2);
    }

    @Test
    void nulls_areWhereTheServerPutsThem() {
        List<List<Keyed>> last = List.of(shard(0, 1L, null), shard(1, null, null), shard(2, 2L));
        assertThat(keys(ascending().merge(last, -1))).containsExactly(1L, 2L, null, null, null);
        List<List<Keyed>> first = List.of(shard(0, null, 2L, 1L), shard(1, null, 3L));
        assertThat(keys(new MergeSort(List.of(key(true, true))).merge(first, -1)))
                .containsExactly(null, null, 3L, 2L, 1L);
        List<List<Keyed>> descendingLast = List.of(shard(0, 2L, 1L, null), shard(1, 3L, null));
        assertThat(keys(new MergeSort(List.of(key(true, false))).merge(descendingLast, -1)))
                .containsExactly(3L, 2L, 1L, null, null);
    }

    @Test
    void atMost_isTheFirstOfAll() {
        List<List<Keyed>> shards = List.of(shard(0, 1L, 3L, 5L), shard(1, 2L, 4L));
        assertThat(keys(ascending().merge(shards, 3))).containsExactly(1L, 2L, 3L);
        assertThat(ascending().merge(shards, 0)).isEmpty();
        assertThat(ascending().merge(shards, Integer.MAX_VALUE)).hasSize(5);
    }

    @Test
    void shardInAnotherOrder_isRefused() {
        assertThatThrownBy(() -> ascending().merge(List.of(shard(0, 2L, 1L), shard(1, 3L)), -1))
                .isInstanceOfSatisfying(
                        ShardingException.class, e -> assertThat(e.code()).isEqualTo(ShardErrorCode.QUERY_REFUSED))
                .hasMessageContaining("[2] before [1]");
    }

    @Test
    void withTies_takesThoseThatAreEqualToTheLast() {
        List<Keyed> sorted = shard(0, 1L, 2L, 2L, 2L, 3L, null, null);
        assertThat(keys(ascending().withTies(sorted, 2))).containsExactly(1L, 2L, 2L, 2L);
        assertThat(keys(ascending().withTies(sorted, 1))).containsExactly(1L);
        assertThat(keys(ascending().withTies(sorted, 6))).hasSize(7);
        assertThat(ascending().withTies(sorted, 0)).isEmpty();
        assertThat(ascending().withTies(sorted, 100)).hasSize(7);
        assertThat(ascending().withTies(List.of(), 2)).isEmpty();
    }

    @Test
    void anyShards_areSortedAsAWhole() {
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            List<List<Keyed>> shards = new ArrayList<>();
            List<Keyed> all = new ArrayList<>();
            for (int shard = 0; shard < random.nextInt(6); shard++) {
                Long[] values =
                        random.longs(random.nextInt(8), 0, 9).sorted().boxed().toArray(Long[]::new);
                shards.add(shard(shard, values));
                all.addAll(shards.get(shard));
            }
            all.sort(Comparator.comparing((Keyed row) -> (Long) row.keys()[0]).thenComparing(Keyed::shard));
            assertThat(ascending().merge(shards, -1)).isEqualTo(all);
        }
    }
}
