package io.hibernateshards.internal.merge;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page far behind, told from rows of which each shard has left out its first ones.
 *
 * <p>Right because it is checked. What a shard left out comes before the first row that it sent. Let {@code last} be the
 * last of those first rows: all that was left out comes before it, and so do the rows sent that are merged before it, and
 * no others if every shard has sent a row behind it or all that it has. So its place in the whole is known, and if that is not
 * behind the page's begin, nothing of the page was left out.
 *
 * @param skipped how many rows each shard has left out
 * @param most how many it was asked for behind them
 */
public record Skip(int skipped, int most, Page page) {
    /** The rows of the page; null if they cannot be told. */
    @SuppressWarnings("ReferenceEquality") // that very row is looked for, not one like it
    @Nullable
    public List<Keyed> rows(List<List<Keyed>> shards, MergeSort order) {
        Keyed last = null;
        for (List<Keyed> rows : shards) {
            if (rows.isEmpty()) {
                return null; // who knows how many it has left out
            }
            if (last == null || order.compare(rows.get(0), last) > 0) {
                last = rows.get(0);
            }
        }
        long before = (long) skipped * shards.size();
        int end = (int) (page.depth() - before);
        if (end <= 0) {
            return null;
        }
        List<Keyed> merged = order.merge(shards, end);
        int[] taken = new int[shards.size()];
        int place = -1;
        for (int i = 0; i < merged.size(); i++) {
            taken[merged.get(i).shard()]++;
            if (merged.get(i) == last) {
                place = i;
            }
        }
        for (int rows : taken) {
            if (rows == most) {
                return null; // it may have more
            }
        }
        boolean known = place >= 0 && before + place <= page.offset();
        return known ? merged.subList((int) Math.min(page.offset() - before, merged.size()), merged.size()) : null;
    }
}
