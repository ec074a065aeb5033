package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.merge.Decimals;
import io.hibernateshards.internal.merge.HashAggregate;
import io.hibernateshards.internal.merge.MergeSort;
import io.hibernateshards.internal.merge.MergeSort.Keyed;
import io.hibernateshards.internal.merge.OrderedAggregate;
import io.hibernateshards.internal.merge.Parts;
import io.hibernateshards.internal.merge.TopN;
import io.hibernateshards.internal.plan.Aggregate;
import io.hibernateshards.internal.plan.Compared;
import io.hibernateshards.internal.plan.GroupPlan;
import io.hibernateshards.internal.plan.GroupPlan.Exploded;
import io.hibernateshards.internal.plan.GroupPlan.Output;
import io.hibernateshards.internal.plan.GroupPlan.Selected;
import io.hibernateshards.internal.plan.GroupSort;
import io.hibernateshards.internal.plan.Having;
import io.hibernateshards.internal.plan.SortKey;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.hibernate.query.spi.QueryParameterBindings;
import org.jspecify.annotations.Nullable;

/** One run of a query whose groups have rows on several shards: merges the parts, and makes rows of the answer of them. */
final class Groups {
    private final GroupPlan plan;
    private final Scatter<?> scatter;
    private final List<List<Object[]>> shards;
    private final @Nullable Having having;
    private final @Nullable Function<Object, Comparable<?>>[] orders;

    /**
     * Of the parts that the shards have yielded.
     *
     * @param shards rows, which are changed
     */
    @SuppressWarnings({"unchecked", "rawtypes"})
    Groups(GroupPlan plan, Scatter<?> scatter, List<List<Object[]>> shards, QueryParameterBindings bindings) {
        this.plan = plan;
        this.scatter = scatter;
        this.shards = shards;
        having = plan.having() == null ? null : plan.having().bound(bindings);
        int width = 0;
        for (List<Object[]> rows : shards) {
            width = rows.isEmpty() ? width : rows.get(0).length;
        }
        orders = new Function[width];
        if (width > 0) {
            for (Compared one : plan.ordered()) {
                orders[one.position()] = scatter.order(one, plan.textAt(one.position()), shards);
            }
        }
    }

    /** The first groups, as the application asked for them; all if that is negative. */
    List<Object[]> first(int atMost) {
        boolean sorted = plan.sorts().isEmpty() || !plan.streamed().isEmpty();
        List<Object[]> merged = merged(having == null && sorted ? atMost : -1);
        List<Keyed> groups = new ArrayList<>(merged.size());
        for (Object[] row : merged) {
            @Nullable Object[] outputs = outputs(row);
            if (having == null || Boolean.TRUE.equals(having.test(outputs))) {
                groups.add(new Keyed(row(outputs), sorted ? NONE : keys(row, outputs), 0));
            }
        }
        if (!sorted) {
            groups = new TopN(this::compare).first(groups, atMost);
        }
        List<Object[]> rows = new ArrayList<>(groups.size());
        for (Keyed group : groups) {
            rows.add(row(projected(group.row())));
        }
        return rows;
    }

    // ---- merging

    private List<Object[]> merged(int atMost) {
        if (!plan.streamed().isEmpty()) {
            List<SortKey> keys = plan.streamed();
            List<Function<Object, Comparable<?>>> by = new ArrayList<>();
            for (SortKey key : keys) {
                int at = key.position();
                Function<Object, Comparable<?>> known = at < orders.length ? orders[at] : null;
                by.add(
                        known != null || orders.length == 0
                                ? Objects.requireNonNullElse(known, value -> (Comparable<?>) value)
                                : scatter.order(compared(at), plan.textAt(at), shards));
            }
            List<Keyed> sorted = new MergeSort(keys).merge(scatter.keyed(keys, by, shards), -1);
            return new OrderedAggregate(new Parts(plan.aggregates(), orders)).merge(sorted, atMost);
        }
        Compared counted = plan.distinct();
        Collection<Object[]> groups;
        if (counted == null) {
            groups = hash(plan.keys(), plan.aggregates(), shards);
        } else {
            List<Compared> keys = new ArrayList<>(plan.keys());
            keys.add(counted);
            groups = hash(plan.keys(), plan.aggregates(), List.of(split(keys, counted)));
        }
        if (groups.isEmpty() && plan.keys().isEmpty()) {
            groups = Collections.singletonList(nothing()); // one group, of no rows
        }
        return new ArrayList<>(groups);
    }

    private Compared compared(int column) {
        return plan.keys().stream()
                .filter(key -> key.position() == column)
                .findFirst()
                .orElseThrow();
    }

    /** Groups by the values that are counted too: each of them then adds one to its group. */
    private Collection<Object[]> split(List<Compared> keys, Compared counted) {
        List<Integer> places = plan.exploded().stream().map(Exploded::position).toList();
        List<Aggregate> others = plan.aggregates().stream()
                .filter(aggregate -> !places.contains(aggregate.position()))
                .toList();
        Collection<Object[]> split = hash(keys, others, shards);
        for (Object[] row : split) {
            for (int place : places) {
                row[place] = row[counted.position()] == null ? 0L : 1L;
            }
        }
        return split;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private Collection<Object[]> hash(
            List<Compared> keys, List<Aggregate> aggregates, List<? extends Collection<Object[]>> of) {
        int[] columns = keys.stream().mapToInt(Compared::position).toArray();
        Function<Object, Object>[] same = new Function[columns.length];
        for (int i = 0; i < columns.length && orders.length > 0; i++) {
            same[i] = scatter.same(keys.get(i), plan.textAt(columns[i]), shards);
        }
        return new HashAggregate(columns, same, new Parts(aggregates, orders)).merge(of);
    }

    private Object[] nothing() {
        int width = 0;
        for (Aggregate aggregate : plan.aggregates()) {
            width = Math.max(width, aggregate.position() + 3);
        }
        @Nullable Object[] row = new Object[width];
        for (Aggregate aggregate : plan.aggregates()) {
            if (aggregate.kind() == Aggregate.Kind.COUNT) {
                row[aggregate.position()] = 0L;
            }
        }
        return row(row);
    }

    /** As queries yield rows: what is missing in them is null, and not told by their type. */
    @SuppressWarnings("NullAway")
    private static Object[] row(@Nullable Object[] values) {
        return values;
    }

    // ---- the values of a merged group

    private @Nullable Object[] outputs(Object[] row) {
        List<Output> outputs = plan.outputs();
        @Nullable Object[] values = new Object[outputs.size()];
        for (int i = 0; i < values.length; i++) {
            Output output = outputs.get(i);
            Object value = output.column() >= 0
                    ? row[output.column()]
                    : result(plan.aggregates().get(output.aggregate()), row);
            values[i] = value == null ? output.otherwise() : value;
        }
        return values;
    }

    private static @Nullable Object result(Aggregate aggregate, @Nullable Object[] row) {
        int at = aggregate.position();
        return switch (aggregate.kind()) {
            case SUM -> aggregate.wide() && row[at] instanceof BigDecimal sum ? (Object) sum.longValueExact() : row[at];
            case COUNT, MIN, MAX, BOOL_AND, BOOL_OR -> row[at];
            case AVG -> average((Number) row[at], (Number) row[at + 1]);
            case VAR_POP -> variance(row, at, false, false);
            case VAR_SAMP -> variance(row, at, true, false);
            case STDDEV_POP -> variance(row, at, false, true);
            case STDDEV_SAMP -> variance(row, at, true, true);
        };
    }

    private static @Nullable Number average(@Nullable Number sum, @Nullable Number count) {
        if (sum == null || count == null) {
            return null;
        }
        return sum instanceof BigDecimal decimal
                ? Decimals.divide(decimal, BigDecimal.valueOf(count.longValue()))
                : (Number) (sum.doubleValue() / count.longValue());
    }

    private static @Nullable BigDecimal variance(@Nullable Object[] row, int at, boolean sample, boolean root) {
        long count = row[at] instanceof Number number ? number.longValue() : 0;
        return count > (sample ? 1 : 0)
                        && row[at + 1] instanceof BigDecimal sum
                        && row[at + 2] instanceof BigDecimal squares
                ? Decimals.variance(count, sum, squares, sample, root)
                : null;
    }

    /** Hibernate has averages and variances as doubles; they are filtered and sorted as the server has them. */
    private @Nullable Object[] projected(@Nullable Object[] outputs) {
        List<Selected> selected = plan.selected();
        @Nullable Object[] row = new Object[selected.size()];
        for (int i = 0; i < row.length; i++) {
            Selected one = selected.get(i);
            if (one.made() == null) {
                row[i] = projected(outputs, one.output());
            } else {
                @Nullable Object[] values = new Object[one.count()];
                for (int j = 0; j < values.length; j++) {
                    values[j] = projected(outputs, one.output() + j);
                }
                row[i] = one.made().of(values);
            }
        }
        return row;
    }

    private @Nullable Object projected(@Nullable Object[] outputs, int at) {
        int aggregate = plan.outputs().get(at).aggregate();
        if (aggregate >= 0 && plan.aggregates().get(aggregate).rounded() && outputs[at] instanceof BigDecimal exact) {
            return exact.doubleValue();
        }
        return outputs[at];
    }

    // ---- TopN

    private static final @Nullable Comparable<?>[] NONE = {};

    private @Nullable Comparable<?>[] keys(@Nullable Object[] row, @Nullable Object[] outputs) {
        List<GroupSort> sorts = plan.sorts();
        @Nullable Comparable<?>[] keys = new Comparable<?>[sorts.size()];
        for (int i = 0; i < keys.length; i++) {
            GroupSort sort = sorts.get(i);
            if (sort.column() < 0) {
                Object value = outputs[sort.output()];
                keys[i] = value instanceof Double number ? (Double) (number + 0.0) : (Comparable<?>) value;
            } else {
                Object value = row[sort.column()];
                Function<Object, Comparable<?>> order = orders[sort.column()];
                keys[i] = value == null || order == null ? null : order.apply(value);
            }
        }
        return keys;
    }

    private int compare(Keyed left, Keyed right) {
        List<GroupSort> sorts = plan.sorts();
        for (int i = 0; i < sorts.size(); i++) {
            GroupSort sort = sorts.get(i);
            int order = MergeSort.compare(sort.descending(), sort.nullsFirst(), left.keys()[i], right.keys()[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
}
