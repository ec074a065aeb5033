package io.hibernateshards.internal.plan;

/**
 * One key of the order of merged groups.
 *
 * @param column in a row of merged parts, whose values have an order of their own; negative for a result that is computed
 * @param output which result that is
 */
public record GroupSort(int column, int output, boolean descending, boolean nullsFirst) {
    /** For plans shown to people. */
    @Override
    public String toString() {
        return "#" + output + (descending ? " desc" : "")
                + (nullsFirst == descending ? "" : nullsFirst ? " nulls first" : " nulls last");
    }
}
