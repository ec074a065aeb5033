package io.hibernateshards.internal.cache;

import org.jspecify.annotations.Nullable;

/** What a region holds for a key. */
final class Item {
    final Object value;

    /** Null if it has none. */
    final @Nullable Object version;

    /** The change before it: the value is what the database has had ever since. */
    final long since;

    /** The region's last clearing as the item was made. Another one since then, and it counts as gone. */
    final long cleared;

    private long storedAt;
    private boolean stored;

    /** Threads that read it at once may count as one. */
    private int reads;

    Item(Object value, @Nullable Object version, long since, long cleared) {
        this.value = value;
        this.version = version;
        this.since = since;
        this.cleared = cleared;
    }

    /** Whether it has not been before. */
    boolean stored(long now) {
        boolean first = !stored;
        if (first) {
            stored = true;
            storedAt = now;
        }
        return first;
    }

    long storedAt() {
        return storedAt;
    }

    /** How many times, with this. */
    int read() {
        return reads < Integer.MAX_VALUE ? ++reads : reads;
    }
}
