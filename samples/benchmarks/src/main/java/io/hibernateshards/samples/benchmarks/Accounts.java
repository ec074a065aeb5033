package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Fills the tables on the servers themselves, each at the same time: a million rows in some seconds. */
final class Accounts {
    private Accounts() {}

    /** Stores accounts evenly and gives the ids of some of them, in no order. */
    static List<Long> store(LocalCluster cluster, Topology topology, int rows) {
        int shards = cluster.shards().size();
        List<Long> ids = new ArrayList<>(IntStream.range(0, shards)
                .parallel()
                .mapToObj(shard -> store(
                        cluster.shards().get(shard), shard, buckets(topology, shard), rows / shards, 5000 / shards))
                .flatMap(List::stream)
                .toList());
        Collections.shuffle(ids, new Random(1));
        return ids;
    }

    private static List<Integer> buckets(Topology topology, int shard) {
        return IntStream.range(0, 8192)
                .filter(bucket -> topology.indexOf(bucket) == shard)
                .boxed()
                .toList();
    }

    private static List<Long> store(Shard shard, int number, List<Integer> buckets, int rows, int sample) {
        String array = buckets.stream().map(String::valueOf).collect(Collectors.joining(",", "'{", "}'::int[]"));
        String select = "select %s, 'owner ' || n, 'a note of some length, number ' || n,"
                        .formatted(Ids.sql("(" + array + ")", buckets.size(), number))
                + " (hashint8(n * 31 + " + number + ") & 2147483647) % 1000000, n % 1000"
                + " from generate_series(0::bigint, " + (rows - 1) + ") n";
        try (Connection connection = DriverManager.getConnection(shard.url(), shard.user(), shard.password());
                Statement statement = connection.createStatement()) {
            statement.execute("insert into account (id, owner, note, score, category) " + select);
            statement.execute("create index on account (score desc, id)");
            // What autovacuum does to tables that are a minute old, at a known time: nobody's rounds are to pay for it.
            statement.execute("vacuum analyze account");
            List<Long> ids = new ArrayList<>();
            try (ResultSet row =
                    statement.executeQuery("select id from account order by hashint8(id) limit " + sample)) {
                while (row.next()) {
                    ids.add(row.getLong(1));
                }
            }
            return ids;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
