package io.hibernateshards.internal.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import org.hibernate.cache.spi.entry.CollectionCacheEntry;
import org.hibernate.cache.spi.entry.StandardCacheEntryImpl;

/** What one region holds, and for how long. */
record RegionSettings(Room room, Life life) {
    /**
     * How much fits in.
     *
     * @param weighed whether it counts what is in the entries, too
     */
    record Room(long most, boolean weighed) {
        static final Room USUAL = new Room(10_000, false);
    }

    /**
     * In milliseconds; 0 for no end.
     *
     * @param afterWrite since it was loaded or written
     * @param afterAccess since it was read, loaded or written
     * @param hot at most, if reads lengthen what it lives after it was loaded or written
     */
    record Life(long afterWrite, long afterAccess, long hot) {
        static final Life ENDLESS = new Life(0, 0, 0);
    }

    Cache<Object, Item> cache(boolean statistics) {
        Caffeine<Object, Item> cache = builder().executor(Runnable::run);
        if (statistics) {
            cache = cache.recordStats();
        }
        cache = room.weighed()
                ? cache.maximumWeight(room.most()).weigher((key, item) -> weight(item.value))
                : cache.maximumSize(room.most());
        if (life.hot() > 0) {
            cache = cache.expireAfter(new HotLife(Duration.ofMillis(life.afterWrite()), Duration.ofMillis(life.hot())));
        } else {
            if (life.afterWrite() > 0) {
                cache = cache.expireAfterWrite(Duration.ofMillis(life.afterWrite()));
            }
            if (life.afterAccess() > 0) {
                cache = cache.expireAfterAccess(Duration.ofMillis(life.afterAccess()));
            }
        }
        return cache.build();
    }

    /** It is only for these two types that it can be used. */
    @SuppressWarnings("unchecked")
    private static Caffeine<Object, Item> builder() {
        return (Caffeine<Object, Item>) (Caffeine<?, ?>) Caffeine.newBuilder();
    }

    /** The values of an entity, or the elements of a collection. */
    private static int weight(Object value) {
        int values = 1;
        if (value instanceof StandardCacheEntryImpl entity) {
            values = entity.getDisassembledState().length;
        } else if (value instanceof CollectionCacheEntry collection) {
            values = collection.getState().length;
        }
        return Math.max(1, values);
    }
}
