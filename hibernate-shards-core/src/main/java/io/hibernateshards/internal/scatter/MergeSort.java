package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.plan.SortKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Merges rows that each shard yields in order. Right because a shard's order is the order here: keys compare as the
 * server compares what the column holds, nulls where it puts them, and text by its collation.
 */
final class MergeSort {
    private final List<SortKey> keys;

    MergeSort(List<SortKey> keys) {
        this.keys = keys;
    }

    /** A row, its comparable keys, and which shard it came from. */
    @SuppressWarnings("ArrayRecordComponent") // as queries yield them; never compared as a whole
    record Keyed(Object[] row, @Nullable Comparable<?>[] keys, int shard) {}

    /** The first rows of all, in order. */
    List<Keyed> merge(List<List<Keyed>> shards, int atMost) {
        PriorityQueue<Cursor> heads =
                new PriorityQueue<>(Math.max(1, shards.size()), (a, b) -> compare(a.head(), b.head()));
        int size = 0;
        for (int i = 0; i < shards.size(); i++) {
            if (!shards.get(i).isEmpty()) {
                heads.add(new Cursor(shards.get(i)));
                size += shards.get(i).size();
            }
        }
        List<Keyed> merged = new ArrayList<>(atMost < 0 ? size : Math.min(size, atMost));
        while (!heads.isEmpty() && (atMost < 0 || merged.size() < atMost)) {
            Cursor least = heads.remove();
            Keyed row = least.head();
            merged.add(row);
            if (least.next()) {
                checkOrder(row, least.head());
                heads.add(least);
            }
        }
        return merged;
    }

    /** Rows that are equal come in the order of their shards. */
    int compare(Keyed left, Keyed right) {
        int order = byKeys(left, right);
        return order != 0 ? order : Integer.compare(left.shard(), right.shard());
    }

    private int byKeys(Keyed left, Keyed right) {
        for (int i = 0; i < keys.size(); i++) {
            SortKey key = keys.get(i);
            int order = compare(key.descending(), key.nullsFirst(), left.keys()[i], right.keys()[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    /** All rests on the shards' order being the order here, so that is never taken for granted. */
    void checkOrder(Keyed row, Keyed next) {
        if (byKeys(row, next) > 0) {
            throw new ShardingException(
                    ShardErrorCode.QUERY_REFUSED,
                    "order by " + keys + ": a shard sorts " + Arrays.toString(row.keys()) + " before "
                            + Arrays.toString(next.keys())
                            + ", which is not the order that its column is known to have."
                            + " The rows cannot be merged; order by another attribute");
        }
    }

    @SuppressWarnings("unchecked")
    static int compare(boolean descending, boolean nullsFirst, @Nullable Comparable<?> a, @Nullable Comparable<?> b) {
        if (a == null || b == null) {
            int nullLast = a == null ? (b == null ? 0 : 1) : -1;
            return nullsFirst ? -nullLast : nullLast;
        }
        int order = ((Comparable<Object>) a).compareTo(b);
        return descending ? -order : order;
    }

    /** Where one shard's rows have been read to. */
    private static final class Cursor {
        private final List<Keyed> rows;
        private int at;

        Cursor(List<Keyed> rows) {
            this.rows = rows;
        }

        Keyed head() {
            return rows.get(at);
        }

        boolean next() {
            return ++at < rows.size();
        }
    }
}
