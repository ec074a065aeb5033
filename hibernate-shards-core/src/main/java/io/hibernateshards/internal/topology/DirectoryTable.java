package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.Topology;
import io.hibernateshards.spi.BucketFunction;
import io.hibernateshards.spi.Catalog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The rows of one directory, and how many keys each bucket has, which are counted apart so that assigning a key does not
 * take longer the more keys there are. A row may also be inserted by hand; the count then misses it, nothing else.
 */
final class DirectoryTable {
    private final String name;
    private final BucketFunction.Context context;
    private volatile boolean exists;

    DirectoryTable(String name, BucketFunction.Context context) {
        this.name = name;
        this.context = context;
    }

    /** The bucket of the key's row, or -1 if it has none. */
    int find(String key) {
        return catalog().inTransaction(connection -> read(connection, key));
    }

    /** The bucket of the key's row, which is made if there is none: one JVM at a time, or the counts would be guesses. */
    int assign(String key) {
        return catalog().inTransaction(connection -> {
            try (Statement statement = connection.createStatement()) {
                // else what is read after the wait would be as old as the wait's beginning
                statement.execute("set transaction isolation level read committed");
            }
            lock(connection);
            int stored = read(connection, key);
            if (stored >= 0) {
                return stored;
            }
            int bucket = leastLoaded(loads(connection), context.topology());
            // hands that insert rows do not lock: theirs wins
            if (insert(connection, key, bucket) == 0) {
                return read(connection, key);
            }
            count(connection, bucket);
            return bucket;
        });
    }

    private Catalog catalog() {
        Catalog catalog = context.catalog();
        if (!exists) {
            catalog.inTransaction(connection -> {
                create(connection, catalog.schema());
                return true;
            });
            exists = true; // not before the commit
        }
        return catalog;
    }

    /** Looks first: an application that may not create tables finds them made by a migration. */
    private void create(Connection connection, String schema) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (bothExist(statement, schema)) {
                return;
            }
            lock(connection); // create ... if not exists is not safe against itself
            if (bothExist(statement, schema)) {
                return;
            }
            statement.execute("create schema if not exists " + schema);
            statement.execute(
                    "create table if not exists " + schema + ".directory (directory text, key text collate \"C\","
                            + " bucket int not null check (bucket between 0 and " + (Buckets.COUNT - 1)
                            + "), primary key (directory, key))");
            statement.execute("create table if not exists " + schema + ".directory_load (directory text, bucket int,"
                    + " keys bigint not null, primary key (directory, bucket))");
        }
    }

    private static boolean bothExist(Statement statement, String schema) throws SQLException {
        String both = "select to_regclass(" + SqlLiteral.of(schema + ".directory") + ") is not null"
                + " and to_regclass(" + SqlLiteral.of(schema + ".directory_load") + ") is not null";
        try (ResultSet row = statement.executeQuery(both)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static void lock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(hashtextextended('hibernate-shards directory', 0))");
        }
    }

    private int read(Connection connection, String key) throws SQLException {
        String sql = "select bucket from " + schema() + ".directory where directory = ? and key = ?";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, name);
            select.setString(2, key);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getInt(1) : -1;
            }
        }
    }

    private long[] loads(Connection connection) throws SQLException {
        long[] loads = new long[Buckets.COUNT];
        String sql = "select bucket, keys from " + schema() + ".directory_load where directory = ?";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    loads[rows.getInt(1)] = rows.getLong(2);
                }
            }
        }
        return loads;
    }

    private int insert(Connection connection, String key, int bucket) throws SQLException {
        String sql = "insert into " + schema() + ".directory (directory, key, bucket) values (?, ?, ?)"
                + " on conflict do nothing";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, name);
            insert.setString(2, key);
            insert.setInt(3, bucket);
            return insert.executeUpdate();
        }
    }

    private void count(Connection connection, int bucket) throws SQLException {
        String sql = "insert into " + schema() + ".directory_load as load values (?, ?, 1)"
                + " on conflict (directory, bucket) do update set keys = load.keys + 1";
        try (PreparedStatement upsert = connection.prepareStatement(sql)) {
            upsert.setString(1, name);
            upsert.setInt(2, bucket);
            upsert.executeUpdate();
        }
    }

    private String schema() {
        return context.catalog().schema();
    }

    /** The bucket with the fewest keys on the shard with the fewest keys, of shards that own a bucket. */
    private static int leastLoaded(long[] loads, Topology topology) {
        long[] ofShard = new long[topology.shards().size()];
        for (int bucket = 0; bucket < loads.length; bucket++) {
            ofShard[topology.indexOf(bucket)] += loads[bucket];
        }
        int best = 0;
        for (int bucket = 1; bucket < loads.length; bucket++) {
            int byShard = Long.compare(ofShard[topology.indexOf(bucket)], ofShard[topology.indexOf(best)]);
            // of two shards as good the first, of two buckets as good the first
            int byIndex = Integer.compare(topology.indexOf(bucket), topology.indexOf(best));
            if (byShard < 0
                    || (byShard == 0 && byIndex < 0)
                    || (byShard == 0 && byIndex == 0 && loads[bucket] < loads[best])) {
                best = bucket;
            }
        }
        return best;
    }
}
