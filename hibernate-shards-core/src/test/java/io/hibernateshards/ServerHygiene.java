package io.hibernateshards;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Checks that sessions leave nothing behind on the servers of a cluster: no open transactions, prepared ones, temporary tables, and
 * changed settings of pooled connections. Keeps one connection to each shard, so that a check costs a round trip.
 */
public final class ServerHygiene implements AutoCloseable {
    /** Sessions of the library, by the application name that its pools give them. */
    private static final String LEFT =
            """
            select 'session ' || pid || ' ' || state || ', last statement: ' || left(query, 200)
            from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'
            union all
            select 'prepared transaction ' || gid from pg_prepared_xacts where database = current_database()
            union all
            select 'temporary table ' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname like 'pg\\_temp\\_%'
            """;

    private static final String SETTINGS =
            "select name, setting from pg_settings where source = 'session' and name <> 'application_name'"
                    + " and setting is distinct from reset_val";

    private final List<Connection> shards = new ArrayList<>();

    public ServerHygiene(LocalCluster cluster) {
        try {
            for (Shard shard : cluster.shards()) {
                shards.add(shard.connect());
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Nothing is left, or a moment later: a server ends what a client has left without waiting. */
    public void assertClean(String after) {
        List<String> left = left();
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                !left.isEmpty() && System.nanoTime() < end;
                left = left()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        assertThat(left).as("left on the servers after %s", after).isEmpty();
    }

    private List<String> left() {
        List<String> left = new ArrayList<>();
        for (Connection shard : shards) {
            left.addAll(rows(shard, LEFT));
        }
        return left;
    }

    /** The settings of a session that are not those it had at its start, for a comparison before and after. */
    public static Map<String, String> settings(Connection connection) {
        Map<String, String> settings = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement(SETTINGS);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                settings.put(rows.getString(1), rows.getString(2));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return settings;
    }

    private static List<String> rows(Connection connection, String sql) {
        List<String> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return found;
    }

    @Override
    public void close() {
        for (Connection shard : shards) {
            try {
                shard.close();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
