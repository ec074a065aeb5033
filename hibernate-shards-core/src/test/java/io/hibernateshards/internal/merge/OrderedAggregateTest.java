package io.hibernateshards.internal.merge;

import static io.hibernateshards.internal.merge.OperatorRows.aggregate;
import static io.hibernateshards.internal.merge.OperatorRows.parts;
import static io.hibernateshards.internal.merge.OperatorRows.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import io.hibernateshards.internal.plan.Aggregate.Kind;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Parts of groups that follow each other become the groups, in their order. */
@NullUnmarked
class OrderedAggregateTest {
    private static final OrderedAggregate COUNTS = new OrderedAggregate(parts(2, aggregate(Kind.COUNT, 1)));

    private static List<Keyed> sorted(Object[]... rows) {
        return Stream.of(rows)
                .map(row -> new Keyed(row, new Comparable<?>[] {(Comparable<?>) row[0]}, 0))
                .toList();
    }

    @Test
    void noRows_areNoGroups() {
        assertThat(COUNTS.merge(List.of(), -1)).isEmpty();
        assertThat(COUNTS.merge(List.of(), 3)).isEmpty();
    }

    @Test
    void partsOfAGroup_areOneGroup() {
        assertThat(COUNTS.merge(sorted(row("a", 1L), row("a", 2L), row("b", 1L), row("c", 1L), row("c", 1L)), -1))
                .containsExactly(row("a", 3L), row("b", 1L), row("c", 2L));
    }

    @Test
    void nullKeys_areOneGroupOfTheirOwn() {
        assertThat(COUNTS.merge(sorted(row(null, 1L), row(null, 2L), row("a", 1L)), -1))
                .containsExactly(row(null, 3L), row("a", 1L));
        assertThat(COUNTS.merge(sorted(row("a", 1L), row(null, 1L), row(null, 2L)), -1))
                .containsExactly(row("a", 1L), row(null, 3L));
    }

    @Test
    void firstGroups_haveAllTheirParts() {
        List<Keyed> rows = sorted(row("a", 1L), row("b", 1L), row("b", 1L), row("b", 5L), row("c", 1L));
        assertThat(COUNTS.merge(rows, 2)).containsExactly(row("a", 1L), row("b", 7L));
        assertThat(COUNTS.merge(sorted(row("a", 1L), row("a", 1L)), 1)).containsExactly(row("a", 2L));
        assertThat(COUNTS.merge(sorted(row("a", 1L)), 0)).isEmpty();
    }

    @Test
    void keysThatCompareAsEqual_areOneGroup() {
        List<Keyed> rows = sorted(row(new java.math.BigDecimal("2.0"), 1L), row(new java.math.BigDecimal("2"), 1L));
        assertThat(COUNTS.merge(rows, -1)).hasSize(1).first().satisfies(group -> assertThat(group[1])
                .isEqualTo(2L));
    }
}
