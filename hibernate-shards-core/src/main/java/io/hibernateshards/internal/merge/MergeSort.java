package io.hibernateshards.internal.merge;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.plan.SortKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Merges rows that each shard yields in order. Right because a shard's order is the order here: keys compare as the
 * server compares what the column holds, nulls where it puts them, and text by its collation.
 */
public final class MergeSort {
    private final List<SortKey> keys;

    public MergeSort(List<SortKey> keys) {
        this.keys = keys;
    }

    /** A row, its comparable keys, and which shard it came from. */
    @SuppressWarnings("ArrayRecordComponent") // as queries yield them; never compared as a whole
    public record Keyed(Object[] row, @Nullable Comparable<?>[] keys, int shard) {}

    /** The first rows of all, in order. */
    public List<Keyed> merge(List<List<Keyed>> shards, int atMost) {
        Cursor[] heads = new Cursor[shards.size()];
        int from = heads.length; // the heads from here on are in order, the least first
        int size = 0;
        for (List<Keyed> rows : shards) {
            if (!rows.isEmpty()) {
                insert(new Cursor(rows), heads, from--);
                size += rows.size();
            }
        }
        List<Keyed> merged = new ArrayList<>(atMost < 0 ? size : Math.min(size, atMost));
        while (from < heads.length && (atMost < 0 || merged.size() < atMost)) {
            Cursor least = heads[from];
            Keyed row = least.head();
            merged.add(row);
            if (least.next()) {
                checkOrder(row, least.head());
                insert(least, heads, from + 1);
            } else {
                from++;
            }
        }
        return merged;
    }

    /** Puts a cursor where it belongs among those that begin at {@code from}, of which the lesser ones move one down. */
    private void insert(Cursor cursor, Cursor[] heads, int from) {
        Keyed head = cursor.head();
        int low = from; // the shard that had the least often has the next one too
        int high = from == heads.length || compare(head, heads[from].head()) < 0 ? from : heads.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compare(head, heads[middle].head()) < 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        System.arraycopy(heads, from, heads, from - 1, low - from);
        heads[low - 1] = cursor;
    }

    /**
     * Limit with ties: the first rows, and those that the order holds for equal to the last of them. Right because each shard
     * yields its own first as many with theirs: no fewer rows come before a tie among all shards than on its own.
     */
    public List<Keyed> withTies(List<Keyed> sorted, int rows) {
        int end = Math.min(rows, sorted.size());
        while (end > 0 && end < sorted.size() && byKeys(sorted.get(end - 1), sorted.get(end)) == 0) {
            end++;
        }
        return sorted.subList(0, end);
    }

    /** Rows that are equal come in the order of their shards. */
    public int compare(Keyed left, Keyed right) {
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
    public void checkOrder(Keyed row, Keyed next) {
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
    public static int compare(
            boolean descending, boolean nullsFirst, @Nullable Comparable<?> a, @Nullable Comparable<?> b) {
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
