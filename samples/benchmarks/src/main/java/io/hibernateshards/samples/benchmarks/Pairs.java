package io.hibernateshards.samples.benchmarks;

import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Pairs of accounts on different shards, whose scores together no transfer may change. */
final class Pairs {
    private record Pair(long from, long to) {}

    private final LocalCluster cluster;
    private final List<Pair> pairs = new ArrayList<>();
    private final Object[] ids;
    private final long sum;

    Pairs(LocalCluster cluster, Topology topology, List<Long> ids) {
        this.cluster = cluster;
        List<List<Long>> byShard = new ArrayList<>();
        cluster.shards().forEach(shard -> byShard.add(new ArrayList<>()));
        ids.forEach(id -> byShard.get(topology.indexOf(Ids.bucket(id))).add(id));
        int shards = byShard.size();
        int least = byShard.stream().mapToInt(List::size).min().orElseThrow();
        for (int i = 0; i + 1 < least; i += 2) {
            for (int shard = 0; shard < shards; shard++) {
                pairs.add(new Pair(
                        byShard.get(shard).get(i),
                        byShard.get((shard + 1) % shards).get(i + 1)));
            }
        }
        this.ids = ids.toArray();
        sum = sum();
    }

    /** As much as one more than it takes from the next, so that something is left to see. */
    long transfer(Contestant contestant, int n) {
        Pair pair = pairs.get(n % pairs.size());
        return contestant.transfer(pair.from(), pair.to(), 1 + n % 3);
    }

    private long sum() {
        long all = 0;
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    PreparedStatement select = connection.prepareStatement(
                            "select coalesce(sum(score), 0) from account where id = any(?)")) {
                Array wanted = connection.createArrayOf("bigint", ids);
                select.setArray(1, wanted);
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                    all += row.getLong(1);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
        return all;
    }

    /**
     * That everybody's transfers were made on both shards or on none, and all were ended.
     *
     * @throws IllegalStateException if the accounts have more or less together than before, or a branch is left
     */
    void check() {
        long now = sum();
        if (now != sum) {
            throw new IllegalStateException("the accounts had " + sum + " together and have " + now);
        }
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select gid from pg_prepared_xacts")) {
                if (row.next()) {
                    throw new IllegalStateException(shard.name() + " was left with " + row.getString(1));
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
