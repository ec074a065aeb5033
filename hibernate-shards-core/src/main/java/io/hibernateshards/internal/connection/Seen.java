package io.hibernateshards.internal.connection;

import io.hibernateshards.ConsistencyToken.Position;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.replication.LogSequenceNumber;

/**
 * What a server said of itself.
 *
 * @param asked when it was asked, as {@link System#nanoTime}
 * @param run when it was started: what is known of an earlier run does not hold for a later one, which may have to replay
 *     again what that one had replayed
 * @param system which cluster it belongs to: a replica has that of its primary
 * @param standby whether it is in recovery, and so can only be read
 * @param position in the write-ahead log: up to where it has replayed, or written if it is no standby
 * @param timeline that it writes, 0 of a standby; the highest of several that write is the primary's
 */
record Seen(long asked, long run, long system, boolean standby, long position, long timeline) {
    static final String ASK =
            """
            select (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint,
                   (select system_identifier from pg_control_system()),
                   pg_is_in_recovery(),
                   case when pg_is_in_recovery() then coalesce(pg_last_wal_replay_lsn(), '0/0')
                        else pg_current_wal_insert_lsn() end,
                   case when pg_is_in_recovery() then '0'
                        else substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end""";

    /** Returns whether it, a primary, has all that was committed up to a position. */
    boolean includes(Position wanted) {
        return isAtLeast(wanted, timeline);
    }

    /** Returns whether it has all that was committed up to a position, if its own is on that timeline. */
    boolean isAtLeast(Position wanted, long on) {
        return wanted.isIncludedBy(position, on);
    }

    /** The same at another position. */
    Seen at(long other) {
        return new Seen(asked, run, system, standby, other, timeline);
    }

    /** Asks a server, by a connection that commits by itself. */
    static Seen on(Connection connection) throws SQLException {
        long asked = System.nanoTime();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ASK)) {
            return read(row, asked);
        }
    }

    static Seen read(ResultSet row, long asked) throws SQLException {
        row.next();
        return new Seen(
                asked,
                row.getLong(1),
                row.getLong(2),
                row.getBoolean(3),
                LogSequenceNumber.valueOf(row.getString(4)).asLong(),
                Long.parseLong(row.getString(5), 16));
    }
}
