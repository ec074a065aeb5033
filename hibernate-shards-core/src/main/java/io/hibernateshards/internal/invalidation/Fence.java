package io.hibernateshards.internal.invalidation;

import java.util.concurrent.TimeUnit;

/**
 * Up to where the invalidations of one shard have certainly been received. The position of its write-ahead log is read, then
 * a marker is published. Messages arrive in the order in which they were published or their transactions committed; so when
 * the marker is back, all that committed before that position has been received, and all that anybody was told to be
 * committed before that time.
 *
 * <p>Markers are sent only when somebody asks for more than is known, and one at a time.
 */
final class Fence {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    /** Between two questions for where the primary is, once a position was asked for that it has not reached. */
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    private final Runnable send;
    private boolean known;
    private long position;
    private long time;
    private long number;
    private boolean underway;
    private long asked;
    private long sentPosition;
    private long sentTime;
    private long least = -1;
    private boolean timeWanted;
    private boolean vain;
    private long vainPosition;
    private long vainAt;

    /**
     * Knows nothing.
     *
     * @param send has somebody call {@link #next}, then {@link #sent} and publish a marker; soon, by another thread
     */
    Fence(Runnable send) {
        this.send = send;
    }

    /**
     * Returns whether all that committed before a position has been received; if not, that will soon be known. Positions come
     * from clients, who may have made them up: for one that the primary has not reached no marker is published.
     */
    boolean covers(long wanted) {
        synchronized (this) {
            if (known && Long.compareUnsigned(position, wanted) >= 0) {
                return true;
            }
            if (vain && Long.compareUnsigned(vainPosition, wanted) < 0 && System.nanoTime() - vainAt < PAUSE) {
                return false;
            }
            if (Long.compareUnsigned(wanted, least) < 0) {
                least = wanted;
            }
        }
        request();
        return false;
    }

    /** Whether all that was committed before a {@link System#nanoTime}, as anybody could know, has been received. */
    boolean coversTime(long wanted) {
        synchronized (this) {
            if (known && time - wanted >= 0) {
                return true;
            }
            timeWanted = true;
        }
        request();
        return false;
    }

    private void request() {
        synchronized (this) {
            long now = System.nanoTime();
            if (underway && now - asked < PATIENCE) {
                return;
            }
            underway = true;
            asked = now;
        }
        send.run();
    }

    /** A new marker's number: those before it do not count any more. */
    synchronized long next() {
        return ++number;
    }

    /**
     * The marker is about to be published; the position was read after that time.
     *
     * @return whether to publish it: not if nobody wants to know as little
     */
    synchronized boolean sent(long marker, long readPosition, long readTime) {
        if (marker != number) {
            return false; // a later one is
        }
        vain = !timeWanted && Long.compareUnsigned(readPosition, least) < 0;
        if (vain) {
            vainPosition = readPosition;
            vainAt = System.nanoTime();
            underway = false;
        }
        sentPosition = readPosition;
        sentTime = readTime;
        least = -1;
        timeWanted = false;
        return !vain;
    }

    /** It could not be published. */
    synchronized void failed(long marker) {
        if (marker == number) {
            underway = false;
        }
    }

    synchronized void arrived(long marker) {
        if (marker == number && underway) {
            known = true;
            underway = false;
            position = sentPosition;
            time = sentTime;
        }
    }

    /** Messages were lost, or may be of another server, whose positions are others. */
    synchronized void forget() {
        known = false;
        underway = false;
        number++;
    }
}
