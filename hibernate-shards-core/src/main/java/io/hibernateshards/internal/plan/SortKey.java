package io.hibernateshards.internal.plan;

/**
 * One key of the order in which rows are merged.
 *
 * @param position of its value in a row of a partial query
 * @param order how its values compare
 * @param nullsFirst as the server sorts them
 */
public record SortKey(int position, KeyOrder order, boolean descending, boolean nullsFirst) {
    SortKey at(int elsewhere) {
        return new SortKey(elsewhere, order, descending, nullsFirst);
    }

    /** For plans shown to people. */
    @Override
    public String toString() {
        return "#" + position + (descending ? " desc" : "") + (nullsFirst != descending ? nulls() : "");
    }

    private String nulls() {
        return nullsFirst ? " nulls first" : " nulls last";
    }
}
