package io.hibernateshards.internal.cache;

import com.github.benmanes.caffeine.cache.Cache;
import java.util.Comparator;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * The items of one region. For each key, in any interleaving:
 *
 * <ul>
 *   <li>While a transaction changes it, and until the end of that transaction is recorded, nothing is held for it.
 *   <li>What was loaded is taken in only if its loading began after the last change, of which {@link ChangeTimes} knows
 *       whatever the cache forgets.
 *   <li>What a transaction has written is taken in only if nobody else has changed it since that transaction's lock.
 * </ul>
 *
 * <p>Each is checked within Caffeine's {@code compute} on the key, and whoever makes the check fail (takes the lock, records
 * the change) removes the item afterwards, so a check that came just before is undone. Clearing cannot do that for all keys
 * at once: there, an item counts only while the region's last clearing is the one it was checked against.
 */
final class RegionStore {
    private final CaffeineRegionFactory factory;
    private final String region;
    private final Cache<Object, Item> cache;
    private final ChangeTimes times;
    private final int salt;
    private final WriteLocks locks = new WriteLocks();
    private final Loads loads;
    private volatile long cleared;

    RegionStore(
            CaffeineRegionFactory factory, String region, Cache<Object, Item> cache, ChangeTimes times, Loads loads) {
        this.factory = factory;
        this.region = region;
        this.cache = cache;
        this.times = times;
        this.loads = loads;
        salt = region.hashCode();
    }

    CaffeineRegionFactory factory() {
        return factory;
    }

    String region() {
        return region;
    }

    Cache<Object, Item> cache() {
        return cache;
    }

    private int hash(Object key) {
        return key.hashCode() ^ salt;
    }

    /** What a session may have: what has not changed since it began. */
    @Nullable
    Object read(Object key, SessionView session) {
        Item item = cache.getIfPresent(key);
        return item != null
                        && item.cleared == cleared
                        && session.getCachingTimestamp() > item.since
                        && !session.hasChanged(this)
                ? item.value
                : null;
    }

    /** After a miss: whether another session is, or was, loading it, and may have put it by now. */
    boolean awaitLoad(Object key, Object id, SharedSessionContractImplementor session, SessionView view) {
        if (cache.policy().getIfPresentQuietly(key) != null || locks.holdOff(key, view.getCachingTimestamp())) {
            return false;
        }
        if (loads.await(key, id, session, view)) {
            return true;
        }
        boolean put = cache.policy().getIfPresentQuietly(key) != null; // by one that ended before this one began
        if (put) {
            endLoad(key, view);
        }
        return put;
    }

    void endLoad(Object key, SessionView session) {
        session.loaded(loads, key);
    }

    boolean contains(Object key) {
        Item item = cache.policy().getIfPresentQuietly(key);
        return item != null && item.cleared == cleared;
    }

    /**
     * Takes in what a session has loaded.
     *
     * @param versions null if there are none
     * @param asOf all commits before were seen by the load
     * @param minimal whether to leave alone what is there, unless it has an older version
     */
    boolean loaded(
            Object key,
            Object value,
            @Nullable Object version,
            @Nullable Comparator<Object> versions,
            SessionView session,
            long asOf,
            boolean minimal) {
        if (session.hasChanged(this)) {
            return false;
        }
        Item known = cache.policy().getIfPresentQuietly(key);
        if (known != null && known.cleared == cleared && !isReplaced(known, version, versions, minimal)) {
            return false;
        }
        return offer(key, item -> {
            long clearing = cleared;
            long since = Math.max(times.last(hash(key)), clearing);
            Item there = item != null && item.cleared == clearing ? item : null;
            if (asOf <= since
                    || locks.holdOff(key, asOf)
                    || there != null && !isReplaced(there, version, versions, minimal)) {
                return there;
            }
            return new Item(value, version, since, clearing);
        });
    }

    private static boolean isReplaced(
            Item item, @Nullable Object version, @Nullable Comparator<Object> versions, boolean minimal) {
        if (versions == null || item.version == null || version == null) {
            return !minimal;
        }
        int order = versions.compare(item.version, version);
        return order < 0 || order == 0 && !minimal;
    }

    /** A transaction is about to change it. */
    WriteLock lock(Object key) {
        WriteLock lock = locks.take(key, factory.nextTimestamp(), factory.getTimeout());
        cache.invalidate(key);
        return lock;
    }

    /** The transaction has ended, or has not changed it after all. */
    void unlock(Object key, @Nullable WriteLock lock) {
        invalidate(key);
        if (lock != null) {
            locks.release(key, lock);
        }
    }

    /** The transaction has ended with this. */
    boolean written(Object key, Object value, @Nullable Object version, WriteLock lock) {
        long now = factory.nextTimestamp();
        boolean taken = offer(key, item -> {
            long clearing = cleared;
            long before = Math.max(times.changed(hash(key), now), clearing);
            return before <= lock.taken && locks.isOnly(key, lock) ? new Item(value, version, now, clearing) : null;
        });
        locks.release(key, lock);
        return taken;
    }

    /**
     * A transaction that has inserted it has ended.
     *
     * @param began the transaction
     */
    boolean inserted(Object key, Object value, @Nullable Object version, long began) {
        long now = factory.nextTimestamp();
        return offer(key, item -> {
            long clearing = cleared;
            long before = Math.max(times.changed(hash(key), now), clearing);
            return before <= began && !locks.holdOff(key, began) ? new Item(value, version, now, clearing) : null;
        });
    }

    /** The result of a query, which tables may have changed since. */
    @Nullable
    Object result(Object query) {
        Item item = cache.getIfPresent(query);
        return item != null && item.cleared == cleared ? item.value : null;
    }

    /** @param began the session's transaction */
    void putResult(Object query, Object result, long began) {
        long clearing = cleared;
        if (began > clearing) {
            cache.put(query, new Item(result, null, began, clearing));
        }
    }

    /** Whether a new item has come of it. */
    private boolean offer(Object key, UnaryOperator<@Nullable Item> change) {
        Offer offer = new Offer(change);
        cache.asMap().compute(key, offer);
        return offer.taken;
    }

    private static final class Offer implements BiFunction<Object, @Nullable Item, @Nullable Item> {
        private final UnaryOperator<@Nullable Item> change;
        private boolean taken;

        Offer(UnaryOperator<@Nullable Item> change) {
            this.change = change;
        }

        @Override
        public @Nullable Item apply(Object key, @Nullable Item item) {
            Item next = change.apply(item);
            taken = next != null && next != item;
            return next;
        }
    }

    /** It has changed, by whomever: what is there goes, and what was loaded before does not come in. */
    void invalidate(Object key) {
        times.changed(hash(key), factory.nextTimestamp());
        cache.invalidate(key);
    }

    /** Any of them may have changed. */
    void clear() {
        advance();
        cache.invalidateAll();
    }

    private synchronized void advance() {
        cleared = factory.nextTimestamp();
    }

    long size() {
        return cache.estimatedSize();
    }
}
