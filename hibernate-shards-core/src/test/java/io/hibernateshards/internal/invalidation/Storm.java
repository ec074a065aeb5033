package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.internal.invalidation.Twins.Item;
import jakarta.persistence.LockModeType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Changes items, while others do the same, and reads them by the cache meanwhile. Once all that was committed before a time
 * has been heard of, nobody may read an older version than anybody had seen by then.
 */
final class Storm {
    private static final int READERS = 2;

    private final ShardedSessionFactory factory;
    private final List<Long> ids;
    private final AtomicIntegerArray seen;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong reads = new AtomicLong();
    private final List<String> faults = new ArrayList<>();

    Storm(ShardedSessionFactory factory, List<Long> ids) {
        this.factory = factory;
        this.ids = List.copyOf(ids);
        seen = new AtomicIntegerArray(ids.size());
    }

    /** What it came to: empty if all was well. */
    List<String> run(int changes, int seed) throws InterruptedException {
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            Random dice = new Random(seed + i);
            Thread reader = new Thread(() -> guarded(() -> {
                while (!over.get()) {
                    read(dice.nextInt(ids.size()));
                }
            }));
            readers.add(reader);
            reader.start();
        }
        Random dice = new Random(seed);
        guarded(() -> {
            for (int i = 0; i < changes; i++) {
                change(dice);
            }
        });
        over.set(true);
        for (Thread reader : readers) {
            reader.join();
        }
        return faults;
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            fault(e.toString());
        }
    }

    private void fault(String what) {
        synchronized (faults) {
            faults.add(what);
        }
    }

    long reads() {
        return reads.get();
    }

    /** One item, or two of different shards. */
    private void change(Random dice) {
        int one = dice.nextInt(ids.size());
        int other = dice.nextInt(ids.size());
        List<Integer> both = one == other || dice.nextInt(3) > 0
                ? List.of(one)
                : List.of(Math.min(one, other), Math.max(one, other));
        factory.inTransaction(session -> both.forEach(place -> {
            Item item =
                    Objects.requireNonNull(session.find(Item.class, ids.get(place), LockModeType.PESSIMISTIC_WRITE));
            session.refresh(item);
            item.text = "change " + (item.version + 1);
        }));
        both.forEach(place -> saw(place, read(place).version));
    }

    private void saw(int place, int version) {
        seen.accumulateAndGet(place, version, Math::max);
    }

    private Item read(int place) {
        long id = ids.get(place);
        int least = seen.get(place);
        long now = System.nanoTime();
        ShardId shard = factory.locate(Item.class, id);
        Twins.await("hears of " + shard, () -> Twins.invalidations(factory).coversTime(shard, now));
        Item item = Objects.requireNonNull(factory.fromSession(session -> session.find(Item.class, id)));
        reads.incrementAndGet();
        if (item.version < least) {
            fault("item " + id + " has version " + item.version + ", after " + least + " was seen");
        }
        saw(place, item.version);
        return item;
    }
}
