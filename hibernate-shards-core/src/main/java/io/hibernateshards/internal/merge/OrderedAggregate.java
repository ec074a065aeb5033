package io.hibernateshards.internal.merge;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Merges partial groups that come sorted by all their keys, so that those of one group follow each other; without
 * aggregates, it makes rows distinct. Right because a group's parts are equal in every key and no others are; and where only
 * the first groups are wanted, each shard's first as many hold all their parts, for a shard has no more groups before one
 * than all shards have.
 */
public final class OrderedAggregate {
    private final Parts parts;

    public OrderedAggregate(Parts parts) {
        this.parts = parts;
    }

    /** The first groups in order; all of them if that is negative. */
    public List<Object[]> merge(List<Keyed> sorted, int atMost) {
        List<Object[]> groups = new ArrayList<>();
        Keyed group = null;
        for (Keyed row : sorted) {
            if (group != null && same(group.keys(), row.keys())) {
                parts.merge(group.row(), row.row());
                continue;
            }
            if (groups.size() == atMost) {
                break;
            }
            group = row;
            groups.add(row.row());
        }
        return groups;
    }

    @SuppressWarnings("unchecked")
    private static boolean same(@Nullable Comparable<?>[] left, @Nullable Comparable<?>[] right) {
        for (int i = 0; i < left.length; i++) {
            Comparable<Object> a = (Comparable<Object>) left[i];
            Comparable<?> b = right[i];
            if (a == null || b == null ? a != b : a.compareTo(b) != 0) {
                return false;
            }
        }
        return true;
    }
}
