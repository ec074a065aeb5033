package io.hibernateshards.cluster;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * A streaming standby of a shard, by what a client needs to know.
 *
 * @param name {@code r0}, {@code r1} ...
 * @param url JDBC URL
 * @param user the one of the shard
 * @param password may be empty
 */
public record Replica(String name, String url, String user, String password) {
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
