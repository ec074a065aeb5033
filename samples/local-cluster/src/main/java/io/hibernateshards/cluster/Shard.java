package io.hibernateshards.cluster;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/**
 * One shard of a local cluster.
 *
 * @param name {@code shard0}, {@code shard1} ...
 * @param url JDBC URL
 * @param user who may do everything there
 * @param password may be empty
 * @param replicas its standbys: {@code r0}, {@code r1} ...
 */
public record Shard(String name, String url, String user, String password, List<Replica> replicas) {
    /** A copy that cannot change. */
    public Shard {
        replicas = List.copyOf(replicas);
    }

    /** A shard without replicas. */
    public Shard(String name, String url, String user, String password) {
        this(name, url, user, password, List.of());
    }

    /** A plain JDBC connection, auto-commit on. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url, user, password);
    }

    /** Name and URL; no password. */
    @Override
    public String toString() {
        return name + " " + url;
    }
}
