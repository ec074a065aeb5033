package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a server of a shard is and how to connect to it.
 *
 * @param replica the name of a replica, empty for the server that the shard itself names
 * @param weight how much of the reads it should have beside other replicas
 * @param username null to take it from the URL
 * @param password null to take it from the URL, or none
 * @param pool values by {@link PoolSettings} name
 */
public record ShardSource(
        ShardId shard,
        String replica,
        int weight,
        String url,
        @Nullable String username,
        @Nullable String password,
        Map<String, String> pool) {
    public ShardSource {
        pool = Map.copyOf(pool);
    }

    /** The server that the shard itself names. */
    public ShardSource(
            ShardId shard, String url, @Nullable String username, @Nullable String password, Map<String, String> pool) {
        this(shard, "", 1, url, username, password, pool);
    }

    /** Its shard, and its own name if it has one, for names of pools and threads. */
    String name() {
        return replica.isEmpty() ? shard.name() : shard + "-" + replica;
    }

    /** What people call it, with its address. */
    public String described() {
        return (replica.isEmpty() ? "shard \"" + shard : "replica \"" + replica + "\" of shard \"" + shard) + "\" ("
                + address() + ")";
    }

    /** What is wrong with a URL, if anything; it may hold a password, so it is never repeated. */
    public static Optional<String> problem(String url) {
        if (!url.startsWith("jdbc:postgresql:")) {
            return Optional.of("must begin with jdbc:postgresql:");
        }
        int query = url.indexOf('?');
        if (url.lastIndexOf('@', query < 0 ? url.length() : query) >= 0) {
            return Optional.of("has an @ before its parameters: give user and password as settings of their own");
        }
        try {
            return PostgresDriver.INSTANCE.acceptsURL(url)
                    ? Optional.empty()
                    : Optional.of("cannot be read by PostgreSQL's driver: write jdbc:postgresql://host:port/database");
        } catch (SQLException e) {
            return Optional.of("cannot be read by PostgreSQL's driver: " + e.getMessage());
        }
    }

    /** A connection apart from all pools. */
    public Connection connect(String applicationName, int loginSeconds) throws SQLException {
        ShardDataSource source = new ShardDataSource(this, applicationName, null);
        source.setLoginTimeout(loginSeconds);
        return source.getConnection();
    }

    /** The URL without its parameters, which may hold a password. */
    public String address() {
        int query = url.indexOf('?');
        return query < 0 ? url : url.substring(0, query);
    }

    /** Name and address: no password. */
    @Override
    public String toString() {
        return name() + " at " + address();
    }
}
