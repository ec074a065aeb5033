package io.hibernateshards.migrate;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.topology.HashFunction;
import io.hibernateshards.internal.topology.IdBits;
import io.hibernateshards.internal.topology.IdFunction;
import io.hibernateshards.spi.BucketFunction;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Whether each row of the source can be placed, and would be found again.
 *
 * @param problems gets what is wrong
 */
record RowChecks(Shards shards, Connection source, List<String> problems) {
    void check(TableSql sql) throws SQLException {
        MappedTable table = sql.table();
        if (!table.isSharded() || hasRowsWithoutKey(sql)) {
            return;
        }
        BucketFunction function = ((Sharded) table.placement()).group().function();
        if (!(function instanceof HashFunction || function instanceof IdFunction)) {
            everyKey(sql);
        }
        if (table.id() != null && table.idStyle() != null) {
            everyId(sql, table.idStyle());
        }
    }

    private boolean hasRowsWithoutKey(TableSql sql) throws SQLException {
        try (Statement statement = source.createStatement();
                ResultSet row = statement.executeQuery(sql.countWithoutKey())) {
            row.next();
            if (row.getLong(1) > 0) {
                problems.add(
                        "table " + sql.table().name() + " of " + sql.table().entity() + ": " + row.getLong(1)
                                + " rows lead to no shard key, such as " + row.getString(2)
                                + "; give them one in the source, or remove them there");
            }
            return row.getLong(1) > 0;
        }
    }

    private interface Row {
        /** False to look at no more. */
        boolean check(KeyText text, byte[] row);
    }

    private void each(TableSql sql, String copyOut, Row check) throws SQLException {
        KeyText text = new KeyText(sql.table().keyTypes());
        CopyOut out = source.unwrap(PGConnection.class).getCopyAPI().copyOut(copyOut);
        boolean more = true;
        for (byte[] row = out.readFromCopy(); row != null; row = out.readFromCopy()) {
            more = more && check.check(text, row); // the rest is read, for a cancelled copy would end the snapshot
        }
    }

    /** A list, a directory or a function of the application's own may have no place for a key. */
    private void everyKey(TableSql sql) throws SQLException {
        each(sql, sql.keysOut(), (text, row) -> {
            try {
                return shards.indexOf(sql.table().placement(), text.read(row)) >= 0;
            } catch (ShardingException e) {
                problems.add(
                        "table " + sql.table().name() + " of " + sql.table().entity() + ": " + e.getMessage());
                return false;
            }
        });
    }

    /** A find by an id goes where the id's bits say, so they must say where the row is. */
    private void everyId(TableSql sql, IdStyle style) throws SQLException {
        Sharded placement = (Sharded) sql.table().placement();
        each(sql, sql.idsOut(), (text, row) -> {
            int bucket = shards.router().bucketOfKey(placement, text.read(row));
            String id = String.valueOf(text.next(row));
            int told = IdBits.bucket(style, style == IdStyle.UUID_V7 ? UUID.fromString(id) : (Object) Long.valueOf(id));
            if (told == bucket) {
                return true;
            }
            problems.add(
                    "table " + sql.table().name() + " of " + sql.table().entity() + ": its ids are to carry the bucket"
                            + " of their row (" + style + "), and those of the source do not: the id " + id
                            + " says bucket " + told
                            + ", its key says " + bucket + ", and a find by that id would look on the wrong shard. Use"
                            + " @ShardedId(style = SNOWFLAKE), or a UUID without @ShardedId, which say nothing of the bucket");
            return false;
        });
    }
}
