package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * A process of a shard's server waits for a lock.
 *
 * @param since when it began, as the server writes it: tells this wait from a later one
 * @param millis how long it lasts
 * @param blockers the processes that it waits for; 0 is a prepared transaction
 */
record LockWait(ShardId shard, int process, String since, long millis, List<Integer> blockers) {
    /** All waits of a server, but none if none of the processes waits. */
    static List<LockWait> on(ShardId shard, Connection connection, Collection<Integer> processes) throws SQLException {
        List<LockWait> waits = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "select pid, waitstart::text, (extract(epoch from clock_timestamp() - waitstart) * 1000)::bigint,"
                        + " pg_blocking_pids(pid) from pg_locks where not granted and waitstart is not null and exists"
                        + " (select from pg_locks ours where not ours.granted and ours.pid = any(?))")) {
            select.setArray(1, connection.createArrayOf("int4", processes.toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    waits.add(new LockWait(shard, row.getInt(1), row.getString(2), row.getLong(3), List.of((Integer[])
                            row.getArray(4).getArray())));
                }
            }
        }
        return waits;
    }

    /** Whether the other is this one, seen again. */
    boolean isSame(LockWait other) {
        return process == other.process && since.equals(other.since) && shard.equals(other.shard);
    }

    /** Ends it with an error, unless it is over. */
    boolean cancel(Connection connection) throws SQLException {
        try (PreparedStatement cancel = connection.prepareStatement("select pg_cancel_backend(pid) from pg_locks"
                + " where not granted and pid = ? and waitstart::text = ?")) {
            cancel.setInt(1, process);
            cancel.setString(2, since);
            try (ResultSet row = cancel.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** Who the blockers are, for people. */
    String describeBlockers(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "select pid, application_name, state from pg_stat_activity where pid = any(?) order by pid")) {
            select.setArray(1, connection.createArrayOf("int4", new TreeSet<>(blockers).toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    names.add("process " + row.getInt(1) + " (" + row.getString(2) + ", " + row.getString(3) + ")");
                }
            }
        }
        if (blockers.contains(0)) {
            names.add("a prepared transaction, which is being committed or in doubt");
        }
        return names.isEmpty() ? "processes " + blockers : String.join(", ", names);
    }
}
