package io.hibernateshards.internal.id;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.id.WorkerNumber.Grant;
import io.hibernateshards.internal.topology.IdBits;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;

/**
 * Ids of time, worker and sequence. Each slot counts for itself, without a lock: an id is unique by its slot, and 32 ids a
 * millisecond are enough for one bucket though not for all.
 *
 * <p>A slot holds the time and sequence of its last id and only ever grows, so a clock that steps back cannot bring an id
 * back. When a millisecond's sequence is used up, the next millisecond is borrowed, up to {@link #MAX_AHEAD} of them.
 */
final class TimeIds {
    /** How many milliseconds an id may be ahead of the clock. */
    static final long MAX_AHEAD = 1000;

    /** Puts the parts together. */
    interface Layout {
        long id(long millis, int slot, int worker, int sequence);
    }

    private final Layout layout;
    private final int sequenceBits;
    private final long maxMillis;
    private final AtomicLongArray slots;
    private final Supplier<WorkerNumber> worker;
    private final Clock clock;
    private final long clockWait;

    TimeIds(
            Layout layout,
            int slots,
            int sequenceBits,
            long maxMillis,
            Supplier<WorkerNumber> worker,
            Clock clock,
            long clockWait) {
        this.layout = layout;
        this.sequenceBits = sequenceBits;
        this.maxMillis = maxMillis;
        this.slots = new AtomicLongArray(slots);
        this.worker = worker;
        this.clock = clock;
        this.clockWait = clockWait;
    }

    /**
     * The next id.
     *
     * @throws ShardingException if there is no worker number, or the clock stepped back too far
     */
    long next(int slot) {
        WorkerNumber from = worker.get();
        Grant grant = from.current();
        while (true) {
            // The clock is read after the slot, or another thread's later reading would look like a clock gone back.
            long last = slots.get(slot);
            long now = clock.millis() - IdBits.EPOCH;
            long before = Math.max(last >>> sequenceBits, grant.floor() - IdBits.EPOCH);
            long next;
            if (now > before) {
                next = now << sequenceBits;
            } else if (last >>> sequenceBits == before) {
                next = last + 1;
            } else {
                next = (before + 1) << sequenceBits;
            }
            long millis = next >>> sequenceBits;
            if (millis - now > MAX_AHEAD) {
                await(millis - now - MAX_AHEAD);
                grant = from.current();
            } else if (millis > maxMillis) {
                throw new ShardingException(
                        ShardErrorCode.ID_GENERATION,
                        "the clock says " + Instant.ofEpochMilli(now + IdBits.EPOCH)
                                + ", which no longer fits into an id; correct the clock");
            } else if (millis > grant.ceiling() - IdBits.EPOCH) {
                grant = from.beyond(grant);
            } else if (slots.compareAndSet(slot, last, next)) {
                int sequence = (int) next & ((1 << sequenceBits) - 1);
                return layout.id(millis, slot, grant.worker(), sequence);
            }
        }
    }

    /** The time in the last id of all slots, in milliseconds since 1970. */
    long highest() {
        long highest = 0;
        for (int slot = 0; slot < slots.length(); slot++) {
            highest = Math.max(highest, slots.get(slot));
        }
        return (highest >>> sequenceBits) + IdBits.EPOCH;
    }

    /** Borrowing gets at most one millisecond too far ahead at a time; more means that the clock stepped back. */
    private void await(long tooFar) {
        if (tooFar > clockWait + 1) {
            throw new ShardingException(
                    ShardErrorCode.ID_GENERATION,
                    "the clock is " + (tooFar + MAX_AHEAD) + " ms behind the last id made with this worker number, "
                            + clockWait + " ms are waited for; correct the clock or wait until it has caught up");
        }
        clock.pause(tooFar);
    }
}
