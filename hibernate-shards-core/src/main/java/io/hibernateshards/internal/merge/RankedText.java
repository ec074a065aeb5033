package io.hibernateshards.internal.merge;

/** Text in the order that a server gave it among the others that are compared now. */
public final class RankedText implements Comparable<RankedText> {
    private final String text;
    private int rank;

    public RankedText(String text) {
        this.text = text;
    }

    public void rank(int among) {
        rank = among;
    }

    @Override
    public int compareTo(RankedText other) {
        return Integer.compare(rank, other.rank);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RankedText that && that.rank == rank;
    }

    @Override
    public int hashCode() {
        return rank;
    }

    @Override
    public String toString() {
        return text;
    }
}
