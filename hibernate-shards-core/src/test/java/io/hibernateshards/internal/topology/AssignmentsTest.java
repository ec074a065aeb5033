package io.hibernateshards.internal.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AssignmentsTest {
    private static final Map<String, String> RING = Map.of("assignment", "consistent-hash");

    static List<ShardId> shards(int count) {
        return IntStream.range(0, count).mapToObj(i -> ShardId.of("s" + i)).toList();
    }

    private static Topology even(int count, @Nullable Topology previous) {
        return Assignments.topology(1, shards(count), Map.of(), previous);
    }

    /** Compares names, as indexes may differ. */
    private static int moved(Topology before, Topology after) {
        return (int) IntStream.range(0, Buckets.COUNT)
                .filter(bucket -> !before.shardOf(bucket).equals(after.shardOf(bucket)))
                .count();
    }

    private static int[] counts(Topology topology) {
        return topology.shards().stream()
                .mapToInt(shard -> topology.bucketsOf(shard).size())
                .toArray();
    }

    private static void assertEven(Topology topology) {
        int[] counts = counts(topology);
        assertThat(Arrays.stream(counts).sum()).isEqualTo(8192);
        assertThat(Arrays.stream(counts).max().getAsInt()
                        - Arrays.stream(counts).min().getAsInt())
                .as(topology.toString())
                .isLessThanOrEqualTo(1);
    }

    @Test
    void even_atFirst_givesEachShardOneRunOfBuckets() {
        Topology four = even(4, null);
        assertThat(four.bucketsOf(ShardId.of("s0"))).isEqualTo(Buckets.range(0, 2047));
        assertThat(four.bucketsOf(ShardId.of("s3"))).isEqualTo(Buckets.range(6144, 8191));
        for (int count : new int[] {1, 3, 5, 7, 100, 8191, 8192}) {
            assertEven(even(count, null));
        }
    }

    @Test
    void even_withFewerBucketsThanShards_leavesSomeShardsEmpty() {
        Topology topology = even(9000, null);
        assertEven(topology);
        assertThat(topology.bucketsOf(ShardId.of("s8999")).size()).isBetween(0, 1);
    }

    @Test
    void even_from4To5_movesOnlyWhatTheFifthGets() {
        Topology four = even(4, null);
        Topology five = even(5, four);
        assertEven(five);
        Buckets gained = five.bucketsOf(ShardId.of("s4"));
        assertThat(gained.size()).isEqualTo(1638);
        assertThat(moved(four, five)).isEqualTo(gained.size());
        for (ShardId shard : four.shards()) {
            assertThat(gained.and(four.bucketsOf(shard)).size())
                    .as("each of the old shards gives its part")
                    .isBetween(409, 410);
        }
    }

    @Test
    void even_from4To8_movesHalf() {
        Topology four = even(4, null);
        Topology eight = even(8, four);
        assertEven(eight);
        assertThat(moved(four, eight)).isEqualTo(4096);
    }

    @Test
    void even_from5To4_movesOnlyWhatTheFifthHad() {
        Topology five = even(5, even(4, null));
        Topology four = even(4, five);
        assertEven(four);
        assertThat(moved(five, four)).isEqualTo(five.bucketsOf(ShardId.of("s4")).size());
    }

    @Test
    void even_shardReplacedByAnother_movesOnlyItsBuckets() {
        Topology before = even(4, null);
        List<ShardId> shards = List.of(ShardId.of("new"), ShardId.of("s3"), ShardId.of("s1"), ShardId.of("s0"));
        Topology after = Assignments.topology(2, shards, Map.of(), before);
        assertEven(after);
        assertThat(moved(before, after)).isEqualTo(2048);
        assertThat(after.bucketsOf(ShardId.of("new"))).isEqualTo(before.bucketsOf(ShardId.of("s2")));
    }

    @Test
    void even_whenNothingChanged_movesNothing() {
        Topology five = even(5, even(4, null));
        assertThat(moved(five, even(5, five))).isZero();
    }

    @Test
    void even_afterAnyChanges_staysEvenAndMovesTheMinimum() {
        Topology current = even(1, null);
        for (int count : new int[] {2, 3, 7, 6, 20, 19, 64, 3, 1, 33}) {
            Topology next = even(count, current);
            assertEven(next);
            int[] before = Arrays.copyOf(counts(current), Math.max(count, counts(current).length));
            int[] after = Arrays.copyOf(counts(next), before.length);
            int minimum = IntStream.range(0, before.length)
                    .map(i -> Math.max(0, after[i] - before[i]))
                    .sum();
            assertThat(moved(current, next)).as("to %d shards", count).isEqualTo(minimum);
            current = next;
        }
    }

    @Test
    void consistentHash_dependsOnNamesAlone_notOnOrderOrHistory() {
        Topology topology = Assignments.topology(1, shards(5), RING);
        assertThat(moved(topology, Assignments.topology(1, shards(5), RING))).isZero();
        List<ShardId> reversed = new ArrayList<>(shards(5));
        Collections.reverse(reversed);
        assertThat(moved(topology, Assignments.topology(1, reversed, RING))).isZero();
        assertThat(moved(topology, Assignments.topology(2, shards(5), RING, even(5, null))))
                .isZero();
    }

    @Test
    void consistentHash_isTheSameInEveryVersionOfThisLibrary() {
        Topology topology = Assignments.topology(1, shards(4), RING);
        assertThat(counts(topology)).containsExactly(2017, 2058, 2037, 2080);
        int[] owners = IntStream.range(0, Buckets.COUNT).map(topology::indexOf).toArray();
        assertThat(Arrays.hashCode(owners)).isEqualTo(894852869);
    }

    @Test
    void consistentHash_newShard_takesBucketsOnlyToItself() {
        Topology four = Assignments.topology(1, shards(4), RING);
        Topology five = Assignments.topology(2, shards(5), RING);
        assertThat(moved(four, five)).isEqualTo(five.bucketsOf(ShardId.of("s4")).size());
    }

    @Test
    void consistentHash_weight_givesBucketsInProportion() {
        Topology topology = Assignments.topology(
                1,
                shards(3),
                Map.of(
                        "assignment", "consistent-hash",
                        "assignment.virtual-nodes", "1000",
                        "shard.s0.weight", "2",
                        "shard.s2.weight", "0"));
        int[] counts = counts(topology);
        assertThat(counts[2]).isZero();
        assertThat(counts[0] / (double) counts[1]).isBetween(1.8, 2.2);
    }

    @Test
    void consistentHash_allWeightsZero_isRefused() {
        assertThatThrownBy(() -> Assignments.topology(
                        1, shards(1), Map.of("assignment", "consistent-hash", "shard.s0.weight", "0")))
                .hasMessageContaining("every hibernate.shards.shard.<name>.weight is 0: no bucket has an owner");
    }

    @Test
    void explicit_takesBucketsAsWritten_andPinsOverrideThem() {
        Topology topology = Assignments.topology(
                3,
                shards(3),
                Map.of(
                        "assignment", "explicit",
                        "shard.s0.buckets", "0-99, 4000-8191",
                        "shard.s1.buckets", "100-3999",
                        "pin.7", "s2",
                        "pin.5000-5001,100", "s1"));
        assertThat(topology.version()).isEqualTo(3);
        assertThat(topology.bucketsOf(ShardId.of("s2"))).isEqualTo(Buckets.of(7));
        assertThat(topology.bucketsOf(ShardId.of("s1"))).hasToString("100-3999,5000-5001");
        assertThat(topology.bucketsOf(ShardId.of("s0"))).hasToString("0-6,8-99,4000-4999,5002-8191");
    }

    @Test
    void pins_workWithAnyAssignment() {
        for (String assignment : List.of("even", "consistent-hash")) {
            Topology topology =
                    Assignments.topology(1, shards(4), Map.of("assignment", assignment, "pin.0-9,8191", "s2"));
            assertThat(topology.bucketsOf(ShardId.of("s2")).and(Buckets.range(0, 9)))
                    .isEqualTo(Buckets.range(0, 9));
            assertThat(topology.shardOf(8191)).isEqualTo(ShardId.of("s2"));
        }
    }

    @Test
    void explicitNonsense_isToldAllAtOnce() {
        assertThatThrownBy(() -> Assignments.topology(
                        1,
                        shards(3),
                        Map.of(
                                "assignment", "explicit",
                                "shard.s0.buckets", "0-99",
                                "shard.s1.buckets", "90-8000",
                                "shard.s2.buckets", "9000",
                                "shard.s7.buckets", "8001",
                                "shard.s1.weight", "2",
                                "pin.5-6", "s9",
                                "pin.6-8", "s1",
                                "pin.1-x", "s1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("buckets 90-99 belong to the shards s0 and s1; give each bucket one owner")
                .hasMessageContaining(
                        "hibernate.shards.shard.s2.buckets = 9000: buckets 9000-9000: they run from 0 to 8191")
                .hasMessageContaining(
                        "hibernate.shards.shard.s7.buckets = 8001: there is no shard \"s7\"; there are [s0")
                .hasMessageContaining(
                        "hibernate.shards.shard.s1.weight = 2: only hibernate.shards.assignment = consistent-hash reads it")
                .hasMessageContaining("hibernate.shards.pin.5-6 = s9: there is no such shard; there are [s0, s1, s2]")
                .hasMessageContaining("hibernate.shards.pin.6-8 = s1: buckets 6 are pinned twice")
                .hasMessageContaining("hibernate.shards.pin.1-x = s1: \"1-x\" is no bucket")
                .satisfies(e -> assertThat(e.toString().lines()).hasSize(7));
    }

    @Test
    void explicit_bucketsThatNobodyOwns_areNamed() {
        Map<String, String> settings = Map.of(
                "assignment", "explicit", "shard.s0.buckets", "0-99,200", "shard.s1.buckets", "100-150,300-8000");
        assertThatThrownBy(() -> Assignments.topology(1, shards(3), settings))
                .hasMessageContaining("buckets 151-199,201-299,8001-8191 belong to no shard; give them to one in"
                        + " hibernate.shards.shard.<name>.buckets");
    }

    @Test
    void ringNonsense_isToldAllAtOnce() {
        assertThatThrownBy(() -> Assignments.topology(
                        1,
                        shards(4),
                        Map.of(
                                "assignment", "consistent-hash",
                                "assignment.virtual-nodes", "0",
                                "shard.s0.weight", "-1",
                                "shard.s1.weight", "heavy",
                                "shard.s2.weight", "NaN",
                                "shard.s3.weight", "1001",
                                "pin.", "s0")))
                .hasMessageContaining("hibernate.shards.assignment.virtual-nodes = 0")
                .hasMessageContaining("hibernate.shards.shard.s0.weight = -1: use a number from 0 to 1000")
                .hasMessageContaining("hibernate.shards.shard.s1.weight = heavy")
                .hasMessageContaining("hibernate.shards.shard.s2.weight = NaN")
                .hasMessageContaining("hibernate.shards.shard.s3.weight = 1001")
                .hasMessageContaining("hibernate.shards.pin. = s0: names no bucket");
    }

    @Test
    void unknownAssignment_isToldTogetherWithTheRest() {
        assertThatThrownBy(() -> Assignments.topology(1, shards(1), Map.of("assignment", "evne", "pin.1", "x")))
                .hasMessageContaining("hibernate.shards.assignment = evne: use even, consistent-hash or explicit")
                .hasMessageContaining("hibernate.shards.pin.1 = x");
    }

    @Test
    void settingOfAnotherAssignment_isRefused_ratherThanIgnored() {
        assertThatThrownBy(() -> Assignments.topology(
                        1,
                        shards(1),
                        Map.of(
                                "shard.s0.buckets",
                                "0-8191",
                                "assignment.virtual-nodes",
                                "7",
                                "shard.s0.url",
                                "jdbc:x")))
                .hasMessageContaining(
                        "hibernate.shards.shard.s0.buckets = 0-8191: only hibernate.shards.assignment = explicit reads"
                                + " it, and that is even")
                .hasMessageContaining("virtual-nodes = 7: only hibernate.shards.assignment = consistent-hash reads")
                .satisfies(e -> assertThat(e.toString().lines()).hasSize(2));
    }
}
