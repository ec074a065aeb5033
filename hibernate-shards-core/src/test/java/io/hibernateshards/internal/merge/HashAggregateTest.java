package io.hibernateshards.internal.merge;

import static io.hibernateshards.internal.merge.OperatorRows.aggregate;
import static io.hibernateshards.internal.merge.OperatorRows.parts;
import static io.hibernateshards.internal.merge.OperatorRows.row;
import static io.hibernateshards.internal.merge.OperatorRows.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.internal.plan.Aggregate;
import io.hibernateshards.internal.plan.Aggregate.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Parts of groups, in any order, become the groups. */
@NullUnmarked
class HashAggregateTest {
    @SafeVarargs
    @SuppressWarnings("varargs")
    private static List<Object[]> merge(int keys, Parts parts, List<Object[]>... shards) {
        return merge(keys, parts, List.of(shards));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static List<Object[]> merge(int keys, Parts parts, List<List<Object[]>> shards) {
        int[] columns = new int[keys];
        Function<Object, Object>[] same = new Function[keys];
        for (int i = 0; i < keys; i++) {
            columns[i] = i;
            same[i] = value -> value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
        }
        return List.copyOf(new HashAggregate(columns, same, parts).merge(shards));
    }

    /** Of one group, on as many shards as there are values. */
    private static Object whole(Aggregate aggregate, Object... values) {
        List<List<Object[]>> shards =
                Arrays.stream(values).map(value -> rows(row("key", value))).toList();
        List<Object[]> groups = merge(1, parts(2, aggregate), shards);
        assertThat(groups).hasSize(1);
        return groups.get(0)[1];
    }

    @Test
    void noRows_areNoGroups() {
        assertThat(merge(1, parts(1), List.<List<Object[]>>of())).isEmpty();
        assertThat(merge(1, parts(1), List.of(), List.of())).isEmpty();
    }

    @Test
    void oneShardEmpty_theOthersGroupsAreAll() {
        assertThat(merge(1, parts(2, aggregate(Kind.SUM, 1)), List.of(), rows(row("a", 1L), row("b", 2L))))
                .containsExactly(row("a", 1L), row("b", 2L));
    }

    @Test
    void nullKeys_areOneGroup() {
        assertThat(merge(
                        1,
                        parts(2, aggregate(Kind.COUNT, 1)),
                        rows(row(null, 1L), row("a", 1L)),
                        rows(row("a", 5L), row(null, 2L))))
                .containsExactly(row(null, 3L), row("a", 6L));
    }

    @Test
    void nullsInDifferentKeys_areDifferentGroups() {
        assertThat(merge(
                        2,
                        parts(3, aggregate(Kind.COUNT, 2)),
                        rows(row(null, "a", 1L), row("a", null, 1L), row(null, null, 1L)),
                        rows(row("a", null, 1L), row("a", "a", 1L))))
                .containsExactly(row(null, "a", 1L), row("a", null, 2L), row(null, null, 1L), row("a", "a", 1L));
    }

    @Test
    void keysThatTheServerHoldsForEqual_areOneGroup() {
        assertThat(merge(1, parts(1), rows(row("A")), rows(row("a"), row("b")))).containsExactly(row("A"), row("b"));
    }

    @Test
    void withoutAggregates_rowsAreDistinct() {
        assertThat(merge(2, parts(2), rows(row(1L, 2L)), rows(row(1L, 2L), row(2L, 1L))))
                .containsExactly(row(1L, 2L), row(2L, 1L));
    }

    @Test
    void allNull_staysNull() {
        for (Kind kind : List.of(Kind.SUM, Kind.MIN, Kind.MAX, Kind.BOOL_AND, Kind.BOOL_OR)) {
            assertThat(whole(aggregate(kind, 1), null, null)).as("%s", kind).isNull();
        }
    }

    @Test
    void someNull_countsForNothing() {
        assertThat(whole(aggregate(Kind.SUM, 1), null, 3L, null, 4L)).isEqualTo(7L);
        assertThat(whole(aggregate(Kind.MIN, 1), null, 3L, null, 4L)).isEqualTo(3L);
        assertThat(whole(aggregate(Kind.MAX, 1), 3L, 4L, null)).isEqualTo(4L);
        assertThat(whole(aggregate(Kind.BOOL_AND, 1), null, true)).isEqualTo(true);
        assertThat(whole(aggregate(Kind.BOOL_AND, 1), true, null, false)).isEqualTo(false);
        assertThat(whole(aggregate(Kind.BOOL_OR, 1), null, false)).isEqualTo(false);
        assertThat(whole(aggregate(Kind.BOOL_OR, 1), false, null, true)).isEqualTo(true);
    }

    @Test
    void sums_haveTheTypeAndScaleOfTheirParts() {
        assertThat(whole(aggregate(Kind.SUM, 1), new BigDecimal("1.10"), new BigDecimal("2.9")))
                .isEqualTo(new BigDecimal("4.00"));
        assertThat(whole(aggregate(Kind.SUM, 1), BigInteger.TWO.pow(90), BigInteger.TWO.pow(90)))
                .isEqualTo(BigInteger.TWO.pow(91));
        assertThat(whole(aggregate(Kind.SUM, 1), 1.5, 2.25)).isEqualTo(3.75);
    }

    @Test
    void sumsOutOfRange_fail() {
        assertThatThrownBy(() -> whole(aggregate(Kind.SUM, 1), Long.MAX_VALUE, 1L))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> whole(aggregate(Kind.COUNT, 1), Long.MAX_VALUE, Long.MAX_VALUE))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> whole(aggregate(Kind.SUM, 1), Double.MAX_VALUE, Double.MAX_VALUE))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("out of range");
        Aggregate real = new Aggregate(Kind.SUM, 1, null, true, false, false);
        assertThatThrownBy(() -> whole(real, Float.MAX_VALUE, Float.MAX_VALUE)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void infinities_areNoOverflow() {
        assertThat(whole(aggregate(Kind.SUM, 1), Double.POSITIVE_INFINITY, 1.0)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(whole(aggregate(Kind.SUM, 1), Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY))
                .isEqualTo(Double.NaN);
    }

    @Test
    void singlePrecision_isKept() {
        Aggregate real = new Aggregate(Kind.SUM, 1, null, true, false, false);
        assertThat(whole(real, 16_777_216f, 1f)).isEqualTo(16_777_216f);
        assertThat(whole(real, 16_777_216.0, 1.0)).isEqualTo(16_777_216.0);
        assertThat(whole(real, null, 2f)).isEqualTo(2f);
    }

    @Test
    void averagesAndVariances_addUpTheirParts() {
        List<Object[]> average = merge(
                1,
                parts(3, aggregate(Kind.AVG, 1)),
                rows(row("a", new BigDecimal("1.5"), 3L)),
                rows(row("a", null, 0L)),
                rows(row("a", new BigDecimal("2.5"), 1L)));
        assertThat(average).containsExactly(row("a", new BigDecimal("4.0"), 4L));
        List<Object[]> variance = merge(
                1,
                parts(4, aggregate(Kind.VAR_SAMP, 1)),
                rows(row("a", 2L, new BigDecimal("3"), new BigDecimal("5"))),
                rows(row("a", 1L, new BigDecimal("4"), new BigDecimal("16"))));
        assertThat(variance).containsExactly(row("a", 3L, new BigDecimal("7"), new BigDecimal("21")));
    }
}
