package io.hibernateshards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopologyTest {
    private static final ShardId A = ShardId.of("a");
    private static final ShardId B = ShardId.of("b");
    private static final ShardId EMPTY = ShardId.of("empty");

    private static int[] halves() {
        int[] owners = new int[Buckets.COUNT];
        Arrays.fill(owners, 4096, 8192, 1);
        return owners;
    }

    @Test
    void everyBucket_hasItsOwner_andEveryShardItsBuckets() {
        Topology topology = Topology.of(7, List.of(A, B, EMPTY), halves());
        assertThat(topology.version()).isEqualTo(7);
        assertThat(topology.shards()).containsExactly(A, B, EMPTY);
        assertThat(topology.shardOf(4095)).isEqualTo(A);
        assertThat(topology.shardOf(4096)).isEqualTo(B);
        assertThat(topology.indexOf(8191)).isEqualTo(1);
        assertThat(topology.bucketsOf(A)).isEqualTo(Buckets.range(0, 4095));
        assertThat(topology.bucketsOf(EMPTY)).isEqualTo(Buckets.NONE);
        assertThat(topology).hasToString("topology 7: a=4096 b=4096 empty=0");
    }

    @Test
    void snapshot_doesNotChangeWithWhatItWasMadeOf() {
        int[] owners = halves();
        List<ShardId> shards = new ArrayList<>(List.of(A, B));
        Topology topology = Topology.of(1, shards, owners);
        owners[0] = 1;
        shards.clear();
        assertThat(topology.shardOf(0)).isEqualTo(A);
        assertThat(topology.shards()).hasSize(2);
        assertThatThrownBy(() -> topology.shards().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void nonsense_isRefused() {
        assertThatThrownBy(() -> Topology.of(1, List.of(A), halves()))
                .hasMessageContaining("bucket 4096 belongs to no shard");
        assertThatThrownBy(() -> Topology.of(1, List.of(), halves())).hasMessageContaining("at least one");
        assertThatThrownBy(() -> Topology.of(1, List.of(A, A), halves())).hasMessageContaining("each once");
        assertThatThrownBy(() -> Topology.of(1, List.of(A), new int[10])).hasMessageContaining("10 owners");
        assertThatThrownBy(() -> Topology.of(1, List.of(A, B), halves()).bucketsOf(EMPTY))
                .hasMessageContaining("no shard \"empty\"; there are [a, b]");
    }
}
