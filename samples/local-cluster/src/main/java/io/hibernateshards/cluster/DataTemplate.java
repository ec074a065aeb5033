package io.hibernateshards.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The data directory that {@code initdb} makes, once for this JVM: copying it takes a tenth of the time. Each copy gets a
 * system identifier of its own, as from {@code initdb}.
 */
final class DataTemplate {
    /** Where the long header of a segment of the write-ahead log has the system identifier. */
    private static final int IDENTIFIER_IN_LOG = 24;

    /** The control file begins with the system identifier, and ends with a checksum before this. */
    private static final int LONGEST_CONTROL_FILE = 512;

    private static @Nullable Path directory;

    private DataTemplate() {}

    /** Makes the data of a new server. */
    static void copyTo(Path data) {
        DataCopy.ofStopped(template(), data);
        identify(data, System.currentTimeMillis() / 1000 << 32 | new SecureRandom().nextInt(Integer.MAX_VALUE));
    }

    private static synchronized Path template() {
        if (directory == null) {
            Path made = Leftovers.newDirectory();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Leftovers.delete(made)));
            try {
                EmbeddedServer.builder(Leftovers.data(made))
                        .setServerConfig("fsync", "off")
                        .start()
                        .close();
            } catch (IOException e) {
                throw new UncheckedIOException("embedded PostgreSQL did not start in " + made, e);
            }
            directory = made;
        }
        return Leftovers.data(directory);
    }

    private static void identify(Path data, long identifier) {
        change(data.resolve("global/pg_control"), control -> {
            int checksum = checksumOf(control);
            inOrder(control).putLong(0, identifier);
            inOrder(control).putInt(checksum, crc(control, checksum));
        });
        List<Path> log;
        try (Stream<Path> files = Files.list(data.resolve("pg_wal"))) {
            log = files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        log.forEach(segment -> change(segment, header -> inOrder(header).putLong(IDENTIFIER_IN_LOG, identifier)));
    }

    /** Changes the first bytes of a file. */
    private static void change(Path path, Consumer<byte[]> work) {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            byte[] first = new byte[(int) Math.min(LONGEST_CONTROL_FILE, file.length())];
            file.readFully(first);
            work.accept(first);
            file.seek(0);
            file.write(first);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer inOrder(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    /** Where the checksum of a control file is: each version of PostgreSQL has it elsewhere, behind what it is of. */
    private static int checksumOf(byte[] control) {
        for (int at = Long.BYTES; at + Integer.BYTES <= control.length; at += Integer.BYTES) {
            if (inOrder(control).getInt(at) == crc(control, at)) {
                return at;
            }
        }
        throw new IllegalStateException("pg_control has no checksum in its first " + control.length + " bytes");
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
