package io.hibernateshards.samples.messenger.load;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What the clients know of.
 *
 * @param users ids, of all shards alike
 * @param talks who writes into which conversation
 */
record Known(List<Long> users, List<Talk> talks) {
    /** A conversation and one of its members. */
    record Talk(long conversation, long sender) {}

    /** Reads so many users and talks of each shard. */
    static Known of(LocalCluster cluster, int perShard) throws SQLException {
        List<Long> users = new ArrayList<>();
        List<Talk> talks = new ArrayList<>();
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement()) {
                try (ResultSet rows = statement.executeQuery("select id from users limit " + perShard)) {
                    while (rows.next()) {
                        users.add(rows.getLong(1));
                    }
                }
                try (ResultSet rows = statement.executeQuery(
                        "select conversation_id, user_id from conversation_member limit " + perShard)) {
                    while (rows.next()) {
                        talks.add(new Talk(rows.getLong(1), rows.getLong(2)));
                    }
                }
            }
        }
        return new Known(List.copyOf(users), List.copyOf(talks));
    }
}
