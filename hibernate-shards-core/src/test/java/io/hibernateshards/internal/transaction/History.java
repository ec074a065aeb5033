package io.hibernateshards.internal.transaction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** What transactions did at the same time, as those who ran them saw it, and what was stored in the end. */
final class History {
    /** What the application was told. */
    enum Told {
        COMMITTED,
        ABORTED,
        /** Either; it must be all or nothing. */
        UNKNOWN
    }

    /**
     * One version of a row. The first of each row is 0, and nobody's.
     *
     * @param writer the transaction whose version it is, as the row itself says
     */
    record Version(String row, int number, String writer) {}

    /**
     * One transaction.
     *
     * @param invoked when it was begun, and
     * @param returned when its outcome was told, in the order of all these moments
     * @param serializable whether it ran on one shard at that level
     * @param read what it saw, in its order
     * @param written what it was to store
     * @param locked whether it did so under a lock that all who write these rows take
     */
    record Transaction(
            String name,
            long invoked,
            long returned,
            boolean serializable,
            Told told,
            List<Version> read,
            List<Version> written,
            boolean locked) {}

    private final AtomicLong clock = new AtomicLong();
    private final Queue<Transaction> transactions = new ConcurrentLinkedQueue<>();
    private final Queue<Version> stored = new ConcurrentLinkedQueue<>();
    private final Map<String, Version> last = new ConcurrentHashMap<>();

    /** Begins to record a transaction. */
    Recording begin(String name, boolean serializable) {
        return new Recording(name, serializable, clock.incrementAndGet());
    }

    /** A version that is there after quiescence: the mark that its writer left beside the row in the same transaction. */
    void stored(Version version) {
        stored.add(version);
    }

    /** The version that a row has after quiescence. */
    void last(Version version) {
        last.put(version.row(), version);
    }

    List<Transaction> transactions() {
        return transactions.stream()
                .sorted(Comparator.comparingLong(Transaction::invoked))
                .toList();
    }

    List<Version> stored() {
        return List.copyOf(stored);
    }

    Map<String, Version> last() {
        return Map.copyOf(last);
    }

    /** One transaction, as it goes. Used by one thread. */
    final class Recording {
        private final String name;
        private final boolean serializable;
        private final long invoked;
        private final List<Version> read = new ArrayList<>();
        private final List<Version> written = new ArrayList<>();
        private boolean locked;

        Recording(String name, boolean serializable, long invoked) {
            this.name = name;
            this.serializable = serializable;
            this.invoked = invoked;
        }

        Recording read(String row, int number, String writer) {
            read.add(new Version(row, number, writer));
            return this;
        }

        Recording wrote(String row, int number) {
            written.add(new Version(row, number, name));
            return this;
        }

        /** What it reads from now on is protected by a lock. */
        Recording locked() {
            locked = true;
            return this;
        }

        int writes() {
            return written.size();
        }

        void end(Told told) {
            transactions.add(new Transaction(
                    name,
                    invoked,
                    clock.incrementAndGet(),
                    serializable,
                    told,
                    List.copyOf(read),
                    List.copyOf(written),
                    locked));
        }
    }
}
