package io.hibernateshards.internal.cache;

import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;

/** Lets an item live the longer the more it is read, as {@link io.hibernateshards.HotEntity} says. */
final class HotLife implements Expiry<Object, Item> {
    private final long life;
    private final long most;

    HotLife(Duration life, Duration most) {
        this.life = life.toNanos();
        this.most = most.toNanos();
    }

    @Override
    public long expireAfterCreate(Object key, Item item, long now) {
        item.stored(now);
        return life;
    }

    @Override
    public long expireAfterUpdate(Object key, Item item, long now, long left) {
        return item.stored(now) ? life : left;
    }

    @Override
    public long expireAfterRead(Object key, Item item, long now, long left) {
        int reads = item.read();
        if (reads < 2 || (reads & reads - 1) != 0) {
            return left;
        }
        int doublings = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(reads);
        long lives = doublings >= most / life ? most : Math.min(most, life * (1 + doublings));
        return Math.max(left, lives - (now - item.storedAt()));
    }
}
