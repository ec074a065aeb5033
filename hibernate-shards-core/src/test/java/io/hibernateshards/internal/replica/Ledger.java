package io.hibernateshards.internal.replica;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What writers were told, in memory that several JVMs of one machine share: for each row, which values were acknowledged,
 * when, and at which position of the log. A row has one writer. Times are those of {@link System#nanoTime}, which on one
 * machine is one clock.
 */
final class Ledger {
    /** Acknowledged values of a row that are remembered: at two hundred a second, those of ten seconds. */
    private static final int REMEMBERED = 2048;

    private static final int HEAD = 4;
    private static final int WORDS = HEAD + 3 * REMEMBERED;
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** The words before those of the rows. */
    enum Count {
        STARTED,
        STOPPED,
        READS,
        CACHED_READS,
        UNAVAILABLE,
        WRITES,
        FAILED_WRITES,
        UNTOLD_WRITES,
        VIOLATIONS;

        @SuppressWarnings("EnumOrdinal") // for as long as the file lives, which is one run
        int word() {
            return ordinal();
        }
    }

    /**
     * A value that a writer was told is committed.
     *
     * @param at when it was told
     */
    record Acknowledged(long value, long position, long at) {}

    private final ByteBuffer words;

    /** Opens or creates the file. */
    Ledger(Path file, int rows) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            words = channel.map(MapMode.READ_WRITE, 0, 8L * (Count.values().length + (long) rows * WORDS))
                    .order(ByteOrder.nativeOrder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int word(int index) {
        return 8 * index;
    }

    private static int base(int row) {
        return Count.values().length + row * WORDS;
    }

    private static int entry(int row, long number) {
        return base(row) + HEAD + 3 * (int) (number % REMEMBERED);
    }

    long count(Count what) {
        return (long) LONGS.getVolatile(words, word(what.word()));
    }

    void add(Count what, long more) {
        long unused = (long) LONGS.getAndAdd(words, word(what.word()), more);
    }

    // ---- of the writer of a row

    /** The next value, which nobody has tried to write yet. */
    long attempt(int row) {
        return (long) LONGS.getAndAdd(words, word(base(row)), 1L) + 1;
    }

    void acknowledge(int row, long value, long position) {
        long number = acknowledged(row);
        int entry = entry(row, number);
        LONGS.set(words, word(entry), value);
        LONGS.set(words, word(entry + 1), position);
        LONGS.set(words, word(entry + 2), System.nanoTime());
        LONGS.setVolatile(words, word(base(row) + 1), number + 1);
    }

    // ---- of everybody

    /** The highest value that may have been written. */
    long attempted(int row) {
        return (long) LONGS.getVolatile(words, word(base(row)));
    }

    /** How many values were acknowledged. */
    long acknowledged(int row) {
        return (long) LONGS.getVolatile(words, word(base(row) + 1));
    }

    /** One of those that are remembered: the newest but so many. */
    Acknowledged newest(int row, int but) {
        long newest = acknowledged(row) - 1;
        int entry = entry(row, newest - Math.min(but, Math.min(newest, REMEMBERED / 2)));
        return new Acknowledged((long) LONGS.get(words, word(entry)), (long) LONGS.get(words, word(entry + 1)), (long)
                LONGS.get(words, word(entry + 2)));
    }

    /** The last value that was acknowledged by then; 0, which all rows began with, if that is too long ago. */
    long acknowledgedBy(int row, long time) {
        for (int but = 0; but < Math.min(acknowledged(row), REMEMBERED / 2); but++) {
            Acknowledged one = newest(row, but);
            if (one.at() - time <= 0) {
                return one.value();
            }
        }
        return 0;
    }

    /** The newest values of a row, for people. */
    String history(int row, long now) {
        StringBuilder history = new StringBuilder("attempted " + attempted(row));
        for (int but = 0; but < Math.min(acknowledged(row), 20); but++) {
            Acknowledged one = newest(row, but);
            history.append("; ")
                    .append(one.value())
                    .append(" at ")
                    .append(Long.toHexString(one.position()))
                    .append(' ')
                    .append((now - one.at()) / 1000)
                    .append(" us before");
        }
        return history.toString();
    }
}
