package io.hibernateshards.migrate;

import io.hibernateshards.ShardId;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyOut;

/**
 * Copies one table: the rows stream by, each to the shard of its key. What each shard gets is one transaction, with the line
 * in its log, so that a shard has all of a table or nothing.
 */
final class TableCopy {
    private static final int CHUNK = 64 * 1024;
    private static final int STEP = 10_000;

    private final TableSql sql;
    private final Shards shards;
    private final Map<ShardId, ImportLog> logs;

    /** @param logs of the shards that lack the table */
    TableCopy(TableSql sql, Shards shards, Map<ShardId, ImportLog> logs) {
        this.sql = sql;
        this.shards = shards;
        this.logs = logs;
    }

    /**
     * Copies.
     *
     * @param progress is told every few thousand rows how many there were
     * @return how many rows were written
     */
    long copy(Connection source, LongConsumer progress) throws SQLException {
        List<@Nullable Target> targets = new ArrayList<>();
        try {
            for (ShardId shard : shards.all()) {
                ImportLog log = logs.get(shard);
                targets.add(log == null ? null : new Target(log, shards.connect(shard)));
            }
            CopyOut out = source.unwrap(PGConnection.class).getCopyAPI().copyOut(sql.copyOut());
            try {
                stream(out, targets, progress);
            } finally {
                if (out.isActive()) {
                    out.cancelCopy();
                }
            }
            long written = 0;
            for (Target target : targets) {
                written += target == null ? 0 : target.finish();
            }
            return written;
        } finally {
            for (Target target : targets) {
                if (target != null) {
                    target.close();
                }
            }
        }
    }

    private void stream(CopyOut out, List<@Nullable Target> targets, LongConsumer progress) throws SQLException {
        MappedTable table = sql.table();
        KeyText text = new KeyText(table.keyTypes());
        long rows = 0;
        for (byte[] row = out.readFromCopy(); row != null; row = out.readFromCopy()) {
            if (table.isSharded()) {
                Target target = targets.get(shards.indexOf(table.placement(), text.read(row)));
                if (target != null) {
                    target.write(row, text.end());
                }
            } else {
                for (Target target : targets) {
                    if (target != null) {
                        target.write(row, 0);
                    }
                }
            }
            if (++rows % STEP == 0) {
                progress.accept(rows);
            }
        }
        progress.accept(rows);
    }

    /** One shard's part. */
    private final class Target implements AutoCloseable {
        private final ImportLog log;
        private final Connection connection;
        private final CopyIn in;
        private final ByteArrayOutputStream chunk = new ByteArrayOutputStream(2 * CHUNK);
        private long rows;

        Target(ImportLog log, Connection connection) throws SQLException {
            this.log = log;
            this.connection = connection;
            try {
                SourceDatabase.plainText(connection);
                in = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql.copyIn());
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        }

        void write(byte[] row, int from) throws SQLException {
            chunk.write(row, from, row.length - from);
            rows++;
            if (chunk.size() >= CHUNK) {
                flush();
            }
        }

        private void flush() throws SQLException {
            byte[] bytes = chunk.toByteArray();
            in.writeToCopy(bytes, 0, bytes.length);
            chunk.reset();
        }

        long finish() throws SQLException {
            flush();
            in.endCopy();
            log.add(connection, sql.table().name(), rows);
            connection.commit();
            return rows;
        }

        @Override
        public void close() throws SQLException {
            try (connection) {
                if (in.isActive()) {
                    in.cancelCopy();
                }
                connection.rollback();
            }
        }
    }
}
