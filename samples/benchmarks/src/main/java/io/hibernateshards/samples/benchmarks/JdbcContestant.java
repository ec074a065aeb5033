package io.hibernateshards.samples.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/** Plain JDBC routed by hand; its page asks the shards in parallel for whole rows and merges them with a heap. */
final class JdbcContestant implements Contestant {
    private record Row(long id, String owner, String note, long score) {}

    private final Topology topology;
    private final Ids ids;
    private final List<HikariDataSource> pools;
    private final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    JdbcContestant(LocalCluster cluster, Topology topology, Ids ids) {
        this.topology = topology;
        this.ids = ids;
        pools = cluster.shards().stream()
                .map(shard -> PooledConnections.open(shard.url(), shard.user(), shard.password()))
                .toList();
    }

    private Connection route(long id) throws SQLException {
        return pools.get(topology.indexOf(Ids.bucket(id))).getConnection();
    }

    @Override
    public long find(long id) {
        try (Connection connection = route(id);
                PreparedStatement select =
                        connection.prepareStatement("select id, owner, note, score from account where id = ?")) {
            select.setLong(1, id);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row(row).score();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long insert(int n) {
        long id = ids.next(ThreadLocalRandom.current().nextInt(8192));
        try (Connection connection = route(id);
                PreparedStatement insert = connection.prepareStatement(
                        "insert into account (note, owner, score, id) values (?, ?, ?, ?)")) {
            insert.setString(1, "inserted");
            insert.setString(2, "owner " + n);
            insert.setLong(3, n);
            insert.setLong(4, id);
            insert.executeUpdate();
            connection.commit();
            return id;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long page(int offset) {
        List<Future<List<Row>>> legs = new ArrayList<>();
        for (HikariDataSource pool : pools.subList(1, pools.size())) {
            legs.add(workers.submit(() -> top(pool, offset + 20)));
        }
        List<List<Row>> answers = new ArrayList<>();
        answers.add(top(pools.get(0), offset + 20));
        try {
            for (Future<List<Row>> leg : legs) {
                answers.add(leg.get());
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return merge(answers, offset).get(19).score();
    }

    private static List<Row> top(HikariDataSource pool, int rows) {
        try (Connection connection = pool.getConnection();
                PreparedStatement select = connection.prepareStatement(
                        "select id, owner, note, score from account order by score desc, id fetch first ? rows only")) {
            select.setInt(1, rows);
            List<Row> top = new ArrayList<>(rows);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    top.add(row(row));
                }
            }
            return top;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(row.getLong(1), row.getString(2), row.getString(3), row.getLong(4));
    }

    private static List<Row> merge(List<List<Row>> answers, int offset) {
        record Head(List<Row> rows, int at) {
            Row row() {
                return rows.get(at);
            }
        }
        PriorityQueue<Head> heads =
                new PriorityQueue<>((a, b) -> a.row().score() != b.row().score()
                        ? Long.compare(b.row().score(), a.row().score())
                        : Long.compare(a.row().id(), b.row().id()));
        answers.stream().filter(rows -> !rows.isEmpty()).forEach(rows -> heads.add(new Head(rows, 0)));
        List<Row> page = new ArrayList<>();
        for (int n = 0; n < offset + 20; n++) {
            Head head = heads.remove();
            if (n >= offset) {
                page.add(head.row());
            }
            if (head.at() + 1 < head.rows().size()) {
                heads.add(new Head(head.rows(), head.at() + 1));
            }
        }
        return page;
    }

    @Override
    public void close() {
        workers.shutdownNow();
        pools.forEach(HikariDataSource::close);
    }
}
