package io.hibernateshards;

import io.hibernateshards.cluster.LocalCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A fixture on a cluster, and what its tests see of the shards past any session. */
public abstract class OnCluster implements AutoCloseable {
    public final LocalCluster cluster;

    /** By number of the shard; none if each statement has a connection of its own. */
    private final @Nullable Map<Integer, Connection> kept;

    protected OnCluster(LocalCluster cluster) {
        this(cluster, false);
    }

    /**
     * @param keeps whether it keeps a connection to each shard for all that one thread asks: for fixtures that are asked
     *     thousands of times, and whose tests neither count sessions nor end them
     */
    protected OnCluster(LocalCluster cluster, boolean keeps) {
        this.cluster = cluster;
        kept = keeps ? new HashMap<>() : null;
    }

    private interface Work<T> {
        T on(Statement statement) throws SQLException;
    }

    private <T> T on(int shard, Work<T> work) {
        try {
            if (kept == null) {
                try (Connection connection = cluster.shards().get(shard).connect();
                        Statement statement = connection.createStatement()) {
                    return work.on(statement);
                }
            }
            Connection connection = kept.get(shard);
            if (connection == null) {
                connection = cluster.shards().get(shard).connect();
                kept.put(shard, connection);
            }
            try (Statement statement = connection.createStatement()) {
                return work.on(statement);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a query on one shard yields, which is a number. */
    public int number(int shard, String sql) {
        return on(shard, statement -> {
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getInt(1);
            }
        });
    }

    /** What a query on one shard yields, as text. */
    public String text(int shard, String sql) {
        return on(shard, statement -> {
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getString(1);
            }
        });
    }

    public void execute(int shard, String sql) {
        on(shard, statement -> statement.execute(sql));
    }

    /** Of the cluster too: what is kept ends first. */
    protected void closeCluster() {
        if (kept != null) {
            for (Connection connection : kept.values()) {
                try {
                    connection.close();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        cluster.close();
    }

    @Override
    public abstract void close();
}
