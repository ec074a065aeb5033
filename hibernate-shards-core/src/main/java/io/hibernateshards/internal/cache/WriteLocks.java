package io.hibernateshards.internal.cache;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The keys of a region that transactions are changing. Kept apart from the cache, which could evict them. */
final class WriteLocks {
    /** Those of one key. */
    private record Holders(WriteLock lock, @Nullable Holders others) {
        boolean has(WriteLock wanted) {
            return lock == wanted || others != null && others.has(wanted);
        }

        @Nullable
        Holders without(WriteLock gone) {
            if (lock == gone) {
                return others;
            }
            return others == null ? this : new Holders(lock, others.without(gone));
        }

        boolean holdOff(long asOf) {
            return asOf <= lock.until || others != null && others.holdOff(asOf);
        }

        void share() {
            lock.shared = true;
            if (others != null) {
                others.share();
            }
        }
    }

    private final ConcurrentHashMap<Object, Holders> held = new ConcurrentHashMap<>();
    private volatile int many = 1024;

    WriteLock take(Object key, long now, long timeout) {
        WriteLock lock = new WriteLock(now, now + timeout);
        held.compute(key, (same, holders) -> {
            if (holders != null) {
                lock.shared = true;
                holders.share();
            }
            return new Holders(lock, holders != null && holders.holdOff(now) ? holders : null);
        });
        if (held.size() > many) {
            dropExpired(now);
        }
        return lock;
    }

    /** Of transactions that never ended: few, but there may be no end of them. */
    private synchronized void dropExpired(long now) {
        held.forEach((key, holders) -> {
            if (!holders.holdOff(now)) {
                holders.share();
                held.remove(key, holders);
            }
        });
        many = Math.max(1024, 2 * held.size());
    }

    /** Whether it is, and has always been, the only one. */
    boolean isOnly(Object key, WriteLock lock) {
        Holders holders = held.get(key);
        return !lock.shared && holders != null && holders.has(lock);
    }

    void release(Object key, WriteLock lock) {
        held.computeIfPresent(key, (same, holders) -> holders.has(lock) ? holders.without(lock) : holders);
    }

    /** Whether what was loaded then may be older than what is being written. */
    boolean holdOff(Object key, long asOf) {
        Holders holders = held.get(key);
        return holders != null && holders.holdOff(asOf);
    }

    /** How many keys are locked. */
    int size() {
        return held.size();
    }
}
