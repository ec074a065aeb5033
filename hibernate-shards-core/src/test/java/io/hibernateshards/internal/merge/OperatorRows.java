package io.hibernateshards.internal.merge;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import io.hibernateshards.internal.plan.Aggregate;
import io.hibernateshards.internal.plan.KeyOrder;
import io.hibernateshards.internal.plan.SortKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.hibernate.type.descriptor.java.LongJavaType;
import org.hibernate.type.descriptor.jdbc.BigIntJdbcType;
import org.hibernate.type.internal.BasicTypeImpl;
import org.jspecify.annotations.NullUnmarked;

/** Rows as shards yield them, for operators without a server. */
@NullUnmarked
final class OperatorRows {
    private OperatorRows() {}

    static Object[] row(Object... values) {
        return values;
    }

    static List<Object[]> rows(Object[]... rows) {
        return List.of(rows);
    }

    /** Rows of one shard, whose keys are their only values. */
    static List<Keyed> shard(int shard, Long... keys) {
        List<Keyed> rows = new ArrayList<>();
        for (Long key : keys) {
            rows.add(new Keyed(new Object[] {key}, new Comparable<?>[] {key}, shard));
        }
        return rows;
    }

    static List<Object> keys(List<Keyed> rows) {
        return Arrays.asList(rows.stream().map(row -> row.keys()[0]).toArray());
    }

    static SortKey key(boolean descending, boolean nullsFirst) {
        KeyOrder longs = new KeyOrder(new BasicTypeImpl<>(LongJavaType.INSTANCE, BigIntJdbcType.INSTANCE), false, null);
        return new SortKey(0, longs, descending, nullsFirst);
    }

    static MergeSort ascending() {
        return new MergeSort(List.of(key(false, false)));
    }

    /** Of aggregates whose values are behind the keys, all compared by their natural order. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    static Parts parts(int width, Aggregate... aggregates) {
        Function<Object, Comparable<?>>[] orders = new Function[width];
        Arrays.fill(orders, (Function<Object, Comparable<?>>) value -> (Comparable<?>) value);
        return new Parts(List.of(aggregates), orders);
    }

    static Aggregate aggregate(Aggregate.Kind kind, int position) {
        return new Aggregate(kind, position, null, false, false, false);
    }
}
