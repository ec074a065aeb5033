package io.hibernateshards.internal.cache;

import org.hibernate.cache.spi.access.SoftLock;

/** One transaction's on one key, from before its SQL until it has ended. */
final class WriteLock implements SoftLock {
    /** When it was taken. */
    final long taken;

    /** From when on it holds nobody off any more: its transaction has probably been lost. */
    final long until;

    /** Whether another transaction has held one too, or has found this one expired: which committed last is not known. */
    volatile boolean shared;

    WriteLock(long taken, long until) {
        this.taken = taken;
        this.until = until;
    }
}
