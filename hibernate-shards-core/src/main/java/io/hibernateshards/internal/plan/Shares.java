package io.hibernateshards.internal.plan;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many of the first rows of all shards to ask each shard for. Where rows are spread evenly, a shard's part of the first
 * {@code n} seldom exceeds the mean by more than three standard deviations; where that has proved wrong, all are asked for at
 * once. Safe for any number of threads.
 */
public final class Shares {
    /** Fewer rows cost less than a second round trip. */
    private static final int WORTH_IT = 16;

    /** Fewer rows cost less than a wrong guess would. */
    private static final int WORTH_SKIPPING = 64;

    private static final int DEVIATIONS = 3;

    /** A wrong guess counts as this many right ones. */
    private static final int MISS = 8;

    private static final int MOST = 4 * MISS;

    private final AtomicInteger misses = new AtomicInteger();

    /** The rows to ask each of so many shards for; the depth itself if that is as well. */
    public int of(int depth, int shards) {
        if (depth < WORTH_IT || misses.get() >= 2 * MISS) {
            return depth;
        }
        int share = evenly(depth, shards);
        return share > depth / 4 * 3 ? depth : share;
    }

    private static int evenly(int depth, int shards) {
        return (int) Math.ceil((double) depth / shards + spread(depth, shards));
    }

    /** Each row is on any of the shards with the same chance. */
    private static double spread(int rows, int shards) {
        return DEVIATIONS * Math.sqrt((double) rows / shards * (1 - 1.0 / shards));
    }

    /** How many of its first rows each of so many shards may leave out for a page behind them; 0 if that saves too little. */
    public int skip(int offset, int shards) {
        int skip = (int) ((double) offset / shards - spread(offset, shards));
        return shards == 1 || skip < WORTH_SKIPPING || misses.get() >= 2 * MISS ? 0 : skip;
    }

    /** How far the rows of each shard are read for a page that ends at that depth, where some are skipped. */
    public int upTo(int depth, int shards) {
        return evenly(depth, shards);
    }

    /** Takes note of whether a page could be told from what was read. */
    public void skipped(boolean right) {
        note(!right);
    }

    /** Takes note of how many of the first rows each shard had. */
    public void learn(int depth, int[] taken) {
        if (depth < WORTH_IT) {
            return;
        }
        int share = evenly(depth, taken.length);
        boolean miss = false;
        for (int rows : taken) {
            miss |= rows >= share;
        }
        note(miss);
    }

    private void note(boolean miss) {
        int change = miss ? MISS : -1;
        misses.updateAndGet(now -> Math.max(0, Math.min(MOST, now + change)));
    }
}
