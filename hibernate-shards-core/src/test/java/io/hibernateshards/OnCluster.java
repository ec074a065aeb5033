package io.hibernateshards;

import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A fixture on a cluster, and what its tests see of the shards past any session. */
public abstract class OnCluster implements AutoCloseable {
    public final LocalCluster cluster;

    protected OnCluster(LocalCluster cluster) {
        this.cluster = cluster;
    }

    /** What a query on one shard yields, which is a number. */
    public int number(int shard, String sql) {
        Shard place = cluster.shards().get(shard);
        try (Connection connection = place.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a query on one shard yields, as text. */
    public String text(int shard, String sql) {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public void execute(int shard, String sql) {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public abstract void close();
}
