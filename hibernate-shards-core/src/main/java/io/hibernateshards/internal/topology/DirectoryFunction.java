package io.hibernateshards.internal.topology;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.spi.BucketFunction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code directory}: a table in the catalog that names the bucket of each key. A key that is stored for the first time is
 * assigned the bucket with the fewest keys on the shard with the fewest keys, or refused ({@code unknown = assign |
 * refuse}). An assignment never changes, so it is cached ({@code cache-size}, default 100000).
 */
public final class DirectoryFunction implements BucketFunction {
    private @Nullable Context context;
    private String table = "";
    private boolean assign = true;
    private Cache<String, Integer> cache = Caffeine.newBuilder().maximumSize(1).build();
    private volatile boolean created;

    @Override
    public void configure(Context given) {
        context = given;
        table = given.catalog().schema() + ".directory";
        String unknown = given.settings().getOrDefault("unknown", "assign");
        if (!unknown.equals("assign") && !unknown.equals("refuse")) {
            throw new IllegalArgumentException("unknown = " + unknown + ": use assign or refuse");
        }
        assign = unknown.equals("assign");
        String size = given.settings().getOrDefault("cache-size", "100000");
        try {
            cache = Caffeine.newBuilder().maximumSize(Long.parseLong(size)).build();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("cache-size = " + size + ": use a whole number", e);
        }
    }

    private Context context() {
        return Objects.requireNonNull(context, "not configured");
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        return new HashFunction().check(types);
    }

    @Override
    public int bucket(Object[] key) {
        String text = text(key);
        Integer known = cache.getIfPresent(text);
        if (known != null) {
            return known;
        }
        int bucket = context().catalog().inTransaction(connection -> {
            create(connection);
            int stored = read(connection, text);
            return stored >= 0 || !assign ? stored : assign(connection, text);
        });
        if (bucket < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not in the directory, and unknown = refuse");
        }
        cache.put(text, bucket);
        return bucket;
    }

    @Override
    public int find(Object[] key) {
        String text = text(key);
        Integer known = cache.getIfPresent(text);
        if (known != null) {
            return known;
        }
        int bucket = context().catalog().inTransaction(connection -> {
            create(connection);
            return read(connection, text);
        });
        if (bucket >= 0) {
            cache.put(text, bucket);
        }
        return bucket;
    }

    /** Length-prefixed where there are several values, so that no two keys have the same text. */
    private static String text(Object[] key) {
        return key.length == 1
                ? key[0].toString()
                : Stream.of(key)
                        .map(value -> value.toString().length() + ":" + value)
                        .collect(Collectors.joining());
    }

    private void create(Connection connection) throws SQLException {
        if (!created) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("select pg_advisory_xact_lock(hashtextextended('" + table + "', 0))");
                statement.execute(
                        "create table if not exists " + table + " (key text primary key, bucket int not null)");
            }
            created = true;
        }
    }

    private int read(Connection connection, String key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select bucket from " + table + " where key = ?")) {
            select.setString(1, key);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getInt(1) : -1;
            }
        }
    }

    /** One JVM at a time: the lock makes the counts true until this assignment commits. */
    private int assign(Connection connection, String key) throws SQLException {
        try (Statement lock = connection.createStatement()) {
            lock.execute("select pg_advisory_xact_lock(hashtextextended('" + table + "', 0))");
        }
        int stored = read(connection, key);
        if (stored >= 0) {
            return stored;
        }
        int bucket = leastLoaded(counts(connection));
        try (PreparedStatement insert =
                connection.prepareStatement("insert into " + table + " (key, bucket) values (?, ?)")) {
            insert.setString(1, key);
            insert.setInt(2, bucket);
            insert.executeUpdate();
        }
        return bucket;
    }

    private int[] counts(Connection connection) throws SQLException {
        int[] counts = new int[Buckets.COUNT];
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select bucket, count(*) from " + table + " group by bucket")) {
            while (rows.next()) {
                counts[rows.getInt(1)] = rows.getInt(2);
            }
        }
        return counts;
    }

    private int leastLoaded(int[] counts) {
        Topology topology = context().topology();
        Map<ShardId, Integer> load = new HashMap<>();
        for (int bucket = 0; bucket < counts.length; bucket++) {
            load.merge(topology.shardOf(bucket), counts[bucket], Integer::sum);
        }
        int best = -1;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (best < 0 || isLess(bucket, best, counts, load, topology)) {
                best = bucket;
            }
        }
        return best;
    }

    private static boolean isLess(int a, int b, int[] counts, Map<ShardId, Integer> load, Topology topology) {
        int loadA = load.getOrDefault(topology.shardOf(a), 0);
        int loadB = load.getOrDefault(topology.shardOf(b), 0);
        return loadA != loadB ? loadA < loadB : counts[a] < counts[b];
    }
}
