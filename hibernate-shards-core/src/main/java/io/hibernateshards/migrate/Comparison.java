package io.hibernateshards.migrate;

import io.hibernateshards.ShardId;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Compares one table of the source with what each shard has of it. The source tells key and digest of each row, from which it
 * is known how many rows, and which sum of digests, each shard must have; a shard tells what it has. So a row that is lost,
 * changed, there twice or on the wrong shard is found, in whatever order rows are.
 */
record Comparison(TableSql sql, Shards shards) {
    private static final class Sum {
        private long rows;
        private long digests;

        void add(long digest) {
            rows++;
            digests += digest; // modulo 2 to the 64th, as the shard's is taken
        }
    }

    ImportedTable compare(Connection source) throws SQLException {
        MappedTable table = sql.table();
        List<ShardId> all = shards.all();
        Sum[] expected = new Sum[all.size()];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = new Sum();
        }
        long rows = 0;
        KeyText text = new KeyText(table.keyTypes());
        CopyOut out = source.unwrap(PGConnection.class).getCopyAPI().copyOut(sql.digestsOut());
        for (byte[] row = out.readFromCopy(); row != null; row = out.readFromCopy()) {
            Object[] key = text.read(row);
            long digest = Long.parseLong(String.valueOf(text.next(row)));
            if (table.isSharded()) {
                expected[shards.indexOf(table.placement(), key)].add(digest);
            } else {
                shards.with(table).forEach(shard -> expected[all.indexOf(shard)].add(digest));
            }
            rows++;
        }
        Map<ShardId, Long> found = new LinkedHashMap<>();
        Map<ShardId, String> different = new LinkedHashMap<>();
        for (ShardId shard : shards.with(table)) {
            compare(shard, expected[all.indexOf(shard)], found, different);
        }
        return new ImportedTable(table.name(), rows, found, different);
    }

    private void compare(ShardId shard, Sum expected, Map<ShardId, Long> found, Map<ShardId, String> different)
            throws SQLException {
        try (Connection connection = shards.connect(shard)) {
            SourceDatabase.plainText(connection);
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql.digestOfAll())) {
                row.next();
                long rows = row.getLong(1);
                BigDecimal digests = row.getBigDecimal(2);
                found.put(shard, rows);
                if (rows != expected.rows) {
                    different.put(shard, rows + " rows, " + expected.rows + " belong there");
                } else if (digests.toBigInteger().longValue() != expected.digests) {
                    different.put(shard, "as many rows as belong there, but not the same: the checksums differ");
                }
            }
            connection.rollback();
        }
    }
}
