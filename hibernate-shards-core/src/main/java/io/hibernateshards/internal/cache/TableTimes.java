package io.hibernateshards.internal.cache;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.cache.spi.RegionFactory;
import org.hibernate.cache.spi.TimestampsRegion;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * When each table was changed last, on whichever shard. One entry a table, so nothing is ever evicted: a table without an
 * entry counts as never changed.
 *
 * <p>Hibernate puts a time in the future before it changes a table, and the time at the end of the transaction, whichever
 * transaction puts it.
 */
final class TableTimes implements TimestampsRegion, HeapStatistics {
    private final CaffeineRegionFactory factory;
    private final String name;
    private final Map<Object, Long> times = new ConcurrentHashMap<>();

    /** Before that, all were changed. */
    private volatile long cleared;

    TableTimes(CaffeineRegionFactory factory, String name) {
        this.factory = factory;
        this.name = name;
    }

    /** What the session has changed itself, and not committed, makes all results old for it, however others end. */
    @Override
    public @Nullable Object getFromCache(Object table, SharedSessionContractImplementor session) {
        if (SessionView.of(session).hasChanged(table)) {
            return Long.MAX_VALUE;
        }
        Long time = times.get(table);
        return cleared == 0 ? time : Long.valueOf(Math.max(cleared, time == null ? 0 : time));
    }

    @Override
    public void putIntoCache(Object table, Object value, SharedSessionContractImplementor session) {
        long now = factory.nextTimestamp();
        long time = (Long) value;
        if (time > now) {
            SessionView.of(session).changes(table);
            factory.changes().spacesChanged(session, new String[] {(String) table});
            times.put(table, time);
        } else {
            changed(table, time, now);
        }
    }

    /** Two that end at once may come here in either order. */
    private void changed(Object table, long time, long now) {
        times.merge(table, time, (before, end) -> before > now ? end : Math.max(before, end));
    }

    /** By whomever. */
    void changed(Iterable<String> tables) {
        long now = factory.nextTimestamp();
        tables.forEach(table -> times.merge(table, now, Math::max));
    }

    /** All results that there are become old, which Hibernate would have it forget. */
    @Override
    public void clear() {
        cleared = factory.nextTimestamp();
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public RegionFactory getRegionFactory() {
        return factory;
    }

    @Override
    public void destroy() {
        factory.forget(this);
    }

    @Override
    public long getElementCountInMemory() {
        return times.size();
    }
}
