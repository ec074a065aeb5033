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

    static List<InDoubtBranch> on(ShardId shard, Connection connection) throws SQLException {
        List<InDoubtBranch> found = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "select gid, (extract(epoch from clock_timestamp() - prepared) * 1000)::bigint, owner from pg_prepared_xacts"
                        + " where database = current_database() and starts_with(gid, ?) order by prepared")) {
            select.setString(1, TransactionNames.PREFIX);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.add(new InDoubtBranch(
                            row.getString(1), shard, Duration.ofMillis(row.getLong(2)), row.getString(3)));
                }
            }
        }
        return found;
    }
}
