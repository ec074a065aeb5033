package io.hibernateshards.samples.messenger.seed;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How many rows each shard has.
 *
 * @param rows by shard
 */
public record Spread(Map<ShardId, Long> rows) {
    /** Counts the rows of a table on each shard. */
    public static Spread of(ShardedSessionFactory factory, String table) {
        Map<ShardId, Long> rows = new LinkedHashMap<>();
        try (ShardedSession session = factory.openSession()) {
            for (ShardId shard : factory.getTopology().shards()) {
                rows.put(shard, session.doReturningWork(shard, connection -> {
                    try (Statement statement = connection.createStatement();
                            ResultSet count = statement.executeQuery("select count(*) from " + table)) {
                        count.next();
                        return count.getLong(1);
                    }
                }));
            }
        }
        return new Spread(rows);
    }

    /** The rows of all shards. */
    public long total() {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How far the shard that is furthest from the mean is from it: 0.01 for one per cent. */
    public double deviation() {
        double mean = (double) total() / rows.size();
        return rows.values().stream()
                        .mapToDouble(count -> Math.abs(count - mean))
                        .max()
                        .orElse(0)
                / mean;
    }

    @Override
    public String toString() {
        return rows.values().stream().map(count -> String.format("%,d", count)).collect(Collectors.joining(" / "))
                + String.format(" (at most %.2f %% from the mean)", 100 * deviation());
    }
}
