package io.hibernateshards.internal.cache;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When each key was changed last, kept for ever in a table of one size: keys share its places by their hash, so a time may
 * be that of another key, never one too early. What was loaded before that time is then not cached, though it could be.
 *
 * <p>It takes the place of tombstones: whatever the cache evicts or lets expire, what is older than the last change cannot
 * get in.
 */
final class ChangeTimes {
    private static final int PLACES = 1 << 16;

    private final AtomicLongArray times = new AtomicLongArray(PLACES);

    /** Never, if 0. */
    long last(int hash) {
        return times.get(place(hash));
    }

    /** Records a change, and gives the time of the one before. */
    long changed(int hash, long now) {
        return times.getAndAccumulate(place(hash), now, Math::max);
    }

    private static int place(int hash) {
        int spread = hash
                * 0x9E3779B9; // ids that follow each other, and those of several regions, go to places of their own
        return (spread ^ spread >>> 16) & PLACES - 1;
    }
}
