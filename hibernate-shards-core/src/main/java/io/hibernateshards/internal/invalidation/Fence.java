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

    private final Runnable send;
    private boolean known;
    private long position;
    private long time;
    private long number;
    private boolean underway;
    private long asked;
    private long sentPosition;
    private long sentTime;

    /**
     * Knows nothing.
     *
     * @param send has somebody call {@link #next}, then {@link #sent} and publish a marker; soon, by another thread
     */
    Fence(Runnable send) {
        this.send = send;
    }

    /** Whether all that committed before a position has been received; if not, that will soon be known. */
    boolean covers(long wanted) {
        synchronized (this) {
            if (known && Long.compareUnsigned(position, wanted) >= 0) {
                return true;
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

    /** The marker is about to be published; the position was read after that time. */
    synchronized void sent(long marker, long readPosition, long readTime) {
        if (marker == number) {
            sentPosition = readPosition;
            sentTime = readTime;
        }
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
