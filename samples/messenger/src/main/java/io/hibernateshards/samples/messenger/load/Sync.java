package io.hibernateshards.samples.messenger.load;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Replica;
import io.hibernateshards.cluster.Shard;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Whether the standbys have what their primaries have, row for row. */
final class Sync {
    private static final List<String> TABLES =
            List.of("country", "users", "conversation", "conversation_member", "message", "inbox_entry");

    private Sync() {}

    /** What differs: nothing if all is well. */
    static List<String> differences(LocalCluster cluster) throws SQLException {
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < cluster.shards().size(); i++) {
            Shard shard = cluster.shards().get(i);
            if (shard.replicas().isEmpty()) {
                continue;
            }
            cluster.awaitReplicas(i);
            for (String table : TABLES) {
                String there = sum(shard.connect(), table);
                for (Replica replica : shard.replicas()) {
                    String here = sum(replica.connect(), table);
                    if (!here.equals(there)) {
                        differences.add(
                                shard.name() + "." + replica.name() + " " + table + ": " + here + ", not " + there);
                    }
                }
            }
        }
        return differences;
    }

    private static String sum(Connection opened, String table) throws SQLException {
        try (Connection connection = opened;
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select count(*) || ' rows of sum ' || coalesce(sum(hashtextextended(t::text, 0)), 0) from "
                                + table + " t")) {
            row.next();
            return row.getString(1);
        }
    }
}
