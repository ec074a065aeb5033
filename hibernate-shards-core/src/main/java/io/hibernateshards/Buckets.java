package io.hibernateshards;

import java.util.BitSet;

/**
 * An immutable set of buckets, the units of placement.
 *
 * @since 0.1
 */
public final class Buckets {
    /** How many buckets a sharded database has, for all its life: 2<sup>13</sup>. */
    public static final int COUNT = 8192;

    /** No bucket. */
    public static final Buckets NONE = new Buckets(new BitSet());

    /** Every bucket. */
    public static final Buckets ALL = range(0, COUNT - 1);

    private final BitSet bits;

    private Buckets(BitSet bits) {
        this.bits = bits;
    }

    /**
     * One bucket.
     *
     * @param bucket 0 to 8191
     * @return the set that holds just it
     * @throws IllegalArgumentException if there is no such bucket
     */
    public static Buckets of(int bucket) {
        return range(bucket, bucket);
    }

    /**
     * A run of buckets.
     *
     * @param first 0 to 8191
     * @param last from first to 8191, inclusive
     * @return the set
     * @throws IllegalArgumentException if there is no such run
     */
    public static Buckets range(int first, int last) {
        if (first < 0 || last >= COUNT || first > last) {
            throw new IllegalArgumentException("buckets " + first + "-" + last + ": they run from 0 to " + (COUNT - 1));
        }
        BitSet bits = new BitSet(COUNT);
        bits.set(first, last + 1);
        return new Buckets(bits);
    }

    /**
     * A copy of the given bits.
     *
     * @param bits set bits are buckets
     * @return the set
     * @throws IllegalArgumentException if a bit beyond 8191 is set
     */
    public static Buckets of(BitSet bits) {
        if (bits.length() > COUNT) {
            throw new IllegalArgumentException("bucket " + (bits.length() - 1) + ": they run from 0 to " + (COUNT - 1));
        }
        return new Buckets((BitSet) bits.clone());
    }

    /**
     * Whether the bucket is in this set.
     *
     * @param bucket any number
     * @return false too for a number that is no bucket
     */
    public boolean contains(int bucket) {
        return bucket >= 0 && bits.get(bucket);
    }

    /**
     * How many buckets are in this set.
     *
     * @return 0 to 8192
     */
    public int size() {
        return bits.cardinality();
    }

    /**
     * The buckets of both sets together.
     *
     * @param other the other set
     * @return a new set
     */
    public Buckets or(Buckets other) {
        BitSet union = (BitSet) bits.clone();
        union.or(other.bits);
        return new Buckets(union);
    }

    /**
     * The buckets that are in both sets.
     *
     * @param other the other set
     * @return a new set
     */
    public Buckets and(Buckets other) {
        BitSet intersection = (BitSet) bits.clone();
        intersection.and(other.bits);
        return new Buckets(intersection);
    }

    /**
     * The buckets that are not in this set.
     *
     * @return a new set
     */
    public Buckets complement() {
        BitSet rest = (BitSet) bits.clone();
        rest.flip(0, COUNT);
        return new Buckets(rest);
    }

    /**
     * The buckets in ascending order.
     *
     * @return a new array
     */
    public int[] toArray() {
        return bits.stream().toArray();
    }

    /**
     * The smallest bucket at or after the given one.
     *
     * @param from 0 to 8192
     * @return -1 if there is none
     */
    public int next(int from) {
        return bits.nextSetBit(from);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Buckets that && bits.equals(that.bits);
    }

    @Override
    public int hashCode() {
        return bits.hashCode();
    }

    /** Runs such as {@code 0-2047,4096}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int first = bits.nextSetBit(0); first >= 0; ) {
            int end = bits.nextClearBit(first);
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (end - 1 > first) {
                text.append('-').append(end - 1);
            }
            first = bits.nextSetBit(end);
        }
        return text.isEmpty() ? "none" : text.toString();
    }
}
