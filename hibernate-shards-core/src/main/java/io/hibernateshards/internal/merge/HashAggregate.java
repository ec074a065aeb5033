package io.hibernateshards.internal.merge;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Merges partial groups that come in any order; without aggregates, it makes rows distinct. Needs each shard's groups
 * whole. Right because keys are the same here if and only if the server holds them for equal, and {@link Parts} add up. One
 * pass: the first row of a group takes the others in.
 */
public final class HashAggregate {
    private final int[] keys;
    private final Function<Object, Object>[] same;
    private final Parts parts;

    /**
     * An operator.
     *
     * @param keys columns
     * @param same what is equal for equal values of each key
     */
    public HashAggregate(int[] keys, Function<Object, Object>[] same, Parts parts) {
        this.keys = keys;
        this.same = same;
        this.parts = parts;
    }

    public Collection<Object[]> merge(List<? extends Collection<Object[]>> shards) {
        Map<Object, Object[]> groups = new LinkedHashMap<>(capacity(shards));
        for (Collection<Object[]> rows : shards) {
            for (Object[] row : rows) {
                Object[] group = groups.putIfAbsent(key(row), row);
                if (group != null) {
                    parts.merge(group, row);
                }
            }
        }
        return groups.values();
    }

    private static int capacity(List<? extends Collection<?>> shards) {
        int most = 0;
        for (Collection<?> rows : shards) {
            most = Math.max(most, rows.size());
        }
        return most + most / 2 + 1;
    }

    private Object key(Object[] row) {
        if (keys.length == 1) {
            return part(row, 0);
        }
        Object[] values = new Object[keys.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = part(row, i);
        }
        return new Several(values, Arrays.hashCode(values));
    }

    private Object part(Object[] row, int i) {
        Object value = row[keys[i]];
        return value == null ? Missing.NULL : same[i].apply(value);
    }

    /** Null, which is one group. */
    private enum Missing {
        NULL
    }

    @SuppressWarnings("ArrayRecordComponent") // compared by content below, and never changed
    private record Several(Object[] values, int hash) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Several several && Arrays.equals(values, several.values);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
