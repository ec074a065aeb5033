package io.hibernateshards.internal.transaction;

import io.hibernateshards.InDoubtBranch;
import io.hibernateshards.ShardId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The prepared branches that a shard holds: ours, of any JVM and of any application. */
final class PreparedBranches {
    private PreparedBranches() {}

    /**
     * One of them.
     *
     * @param number as its server numbers the transaction, for good
     */
    record Found(InDoubtBranch branch, String number) {}

    static List<Found> on(ShardId shard, Connection connection) throws SQLException {
        List<Found> found = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "select gid, (extract(epoch from clock_timestamp() - prepared) * 1000)::bigint, owner,"
                        + " now.full - ((now.full & 4294967295) - transaction::text::bigint & 4294967295)"
                        + " from pg_prepared_xacts,"
                        + " (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as full) now where database = current_database() and starts_with(gid, ?) order by prepared")) {
            select.setString(1, TransactionNames.PREFIX);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.add(new Found(
                            new InDoubtBranch(
                                    row.getString(1), shard, Duration.ofMillis(row.getLong(2)), row.getString(3)),
                            row.getString(4)));
                }
            }
        }
        return found;
    }
}
