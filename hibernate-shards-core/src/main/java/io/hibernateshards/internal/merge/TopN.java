package io.hibernateshards.internal.merge;

import io.hibernateshards.internal.merge.MergeSort.Keyed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Sorts rows that only the merge has made, and keeps the first. Needs all of them; holds no more than are wanted. Rows that
 * the order holds for equal come in any order, as they do from a server.
 */
public final class TopN {
    private final Comparator<Keyed> order;

    public TopN(Comparator<Keyed> order) {
        this.order = order;
    }

    /** The first rows in order; all of them if that is negative. */
    public List<Keyed> first(List<Keyed> rows, int atMost) {
        if (atMost < 0 || atMost >= rows.size() / 2) {
            List<Keyed> sorted = new ArrayList<>(rows);
            sorted.sort(order);
            return atMost >= 0 && atMost < sorted.size() ? sorted.subList(0, atMost) : sorted;
        }
        PriorityQueue<Keyed> best = new PriorityQueue<>(atMost + 1, order.reversed());
        for (Keyed row : rows) {
            if (best.size() < atMost) {
                best.add(row);
            } else if (atMost > 0 && order.compare(row, best.element()) < 0) {
                best.remove();
                best.add(row);
            }
        }
        List<Keyed> sorted = new ArrayList<>(best);
        Collections.sort(sorted, order);
        return sorted;
    }
}
