package io.hibernateshards.internal.invalidation;

import io.hibernateshards.ConsistencyToken.Position;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Up to where the invalidations of one shard have certainly been received. The position of its write-ahead log is read, then
 * a marker is published. Messages arrive in the order in which they were published or their transactions committed; so when
 * the marker is back, all that committed before that position has been received, and all that anybody was told to be
 * committed before that time. A failover ends the timeline of the positions: one of a later timeline is not covered before the
 * listener is on the new primary, whatever the numbers say.
 *
 * <p>Markers are sent only when somebody asks for more than is known, and one at a time.
 */
final class Fence {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    /** Between two questions for where the primary is, once a position was asked for that it has not reached. */
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    private static final Position NOWHERE = new Position(0, 0, 0);

    private final Runnable send;
    private boolean known;
    private Position position = NOWHERE;
    private long time;
    private long number;
    private boolean underway;
    private long asked;
    private Position sentPosition = NOWHERE;
    private long sentTime;

    /** The first of those that were asked for since the last marker; null if none was. */
    private @Nullable Position least;

    private boolean timeWanted;
    private boolean vain;
    private Position vainPosition = NOWHERE;
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
    boolean covers(Position wanted) {
        synchronized (this) {
            if (known && position.includes(wanted)) {
                return true;
            }
            if (vain && !vainPosition.includes(wanted) && System.nanoTime() - vainAt < PAUSE) {
                return false;
            }
            if (least == null || !wanted.includes(least)) {
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
    synchronized boolean sent(long marker, Position readPosition, long readTime) {
        if (marker != number) {
            return false; // a later one is
        }
        vain = !timeWanted && (least == null || !readPosition.includes(least));
        if (vain) {
            vainPosition = readPosition;
            vainAt = System.nanoTime();
            underway = false;
        }
        sentPosition = readPosition;
        sentTime = readTime;
        least = null;
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
        vain = false;
        underway = false;
        number++;
    }
}
