package io.hibernateshards.internal.gather;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** A table that rows are copied into, in PostgreSQL's binary format. Legs take turns to write what they have collected. */
final class CopyTarget implements AutoCloseable {
    private static final byte[] SIGNATURE =
            "PGCOPY\n\u00ff\r\n\0\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] END = {-1, -1};
    private static final int CHUNK = 64 * 1024;

    private final CopyIn copy;

    CopyTarget(Connection connection, String sql) throws SQLException {
        copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
        copy.writeToCopy(SIGNATURE, 0, SIGNATURE.length);
    }

    private synchronized void write(byte[] rows) throws SQLException {
        copy.writeToCopy(rows, 0, rows.length);
    }

    void finish() throws SQLException {
        write(END);
        copy.endCopy();
    }

    @Override
    public void close() throws SQLException {
        if (copy.isActive()) {
            copy.cancelCopy();
        }
    }

    /** What one leg has collected. */
    final class Writer {
        private final ByteArrayOutputStream chunk = new ByteArrayOutputStream(CHUNK);

        /**
         * Adds a row as {@code record_send} makes it: the number of fields, and of each the type, the length and the bytes.
         * COPY has no types there, and the number in two bytes.
         */
        void row(byte[] sent) throws SQLException {
            ByteBuffer in = ByteBuffer.wrap(sent);
            int fields = in.getInt();
            chunk.write(fields >>> 8);
            chunk.write(fields);
            for (int i = 0; i < fields; i++) {
                in.getInt();
                int start = in.position();
                int length = in.getInt();
                int end = start + Integer.BYTES + Math.max(0, length);
                chunk.write(sent, start, end - start);
                in.position(end);
            }
            if (chunk.size() >= CHUNK) {
                flush();
            }
        }

        void flush() throws SQLException {
            write(chunk.toByteArray());
            chunk.reset();
        }
    }
}
