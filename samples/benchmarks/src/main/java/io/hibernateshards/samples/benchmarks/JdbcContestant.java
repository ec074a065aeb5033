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
    private record Row(long id, String owner, String note, long score, int category) {}

    private interface Leg<T> {
        T of(HikariDataSource pool);
    }

    private static final String COLUMNS = "id, owner, note, score, category";

    private final Topology topology;
    private final Ids ids;
    private final Pools opened;
    private final List<HikariDataSource> pools;
    private final JdbcTransfer transfers;
    private final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    /**
     * Opens its pools.
     *
     * @param decisions whether it writes down which transfers are decided
     */
    JdbcContestant(LocalCluster cluster, Topology topology, Ids ids, boolean decisions) {
        this.topology = topology;
        this.ids = ids;
        opened = new Pools(cluster);
        pools = opened.inOrder();
        transfers = new JdbcTransfer(this::route, decisions);
        if (decisions) {
            pools.forEach(JdbcTransfer::prepare);
        }
    }

    private Connection route(long id) throws SQLException {
        return pools.get(topology.indexOf(Ids.bucket(id))).getConnection();
    }

    @Override
    public long find(long id) {
        try (Connection connection = route(id);
                PreparedStatement select =
                        connection.prepareStatement("select " + COLUMNS + " from account where id = ?")) {
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
    public long byKey(long id) {
        return find(id);
    }

    @Override
    public long insert(int n) {
        int bucket = ThreadLocalRandom.current().nextInt(8192);
        long id = ids.next(bucket, topology.indexOf(bucket));
        try (Connection connection = route(id);
                PreparedStatement insert = connection.prepareStatement(
                        "insert into account (category, note, owner, score, id) values (?, ?, ?, ?, ?)")) {
            insert.setInt(1, n % 1000);
            insert.setString(2, "inserted");
            insert.setString(3, "owner " + n);
            insert.setLong(4, n);
            insert.setLong(5, id);
            insert.executeUpdate();
            return id;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long page(int offset) {
        return merge(all(pool -> top(pool, offset + 20)), offset).get(19).id();
    }

    @Override
    public long groups(long least) {
        return Group.digest(Group.merged(all(pool -> groups(pool, least))));
    }

    @Override
    public long update(long id, int n) {
        try (Connection connection = route(id)) {
            connection.setAutoCommit(false);
            long score;
            try (PreparedStatement select =
                    connection.prepareStatement("select " + COLUMNS + " from account where id = ?")) {
                select.setLong(1, id);
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                    score = row(row).score();
                }
            }
            try (PreparedStatement update = connection.prepareStatement("update account set note = ? where id = ?")) {
                update.setString(1, "note " + n);
                update.setLong(2, id);
                update.executeUpdate();
            }
            connection.commit();
            return score;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long transfer(long from, long to, long amount) {
        return transfers.run(from, to, amount);
    }

    /** Asks all shards at the same time, one of them on this thread. */
    private <T> List<T> all(Leg<T> leg) {
        List<Future<T>> legs = new ArrayList<>();
        for (HikariDataSource pool : pools.subList(1, pools.size())) {
            legs.add(workers.submit(() -> leg.of(pool)));
        }
        List<T> answers = new ArrayList<>();
        answers.add(leg.of(pools.get(0)));
        try {
            for (Future<T> other : legs) {
                answers.add(other.get());
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return answers;
    }

    private static List<Group> groups(HikariDataSource pool, long least) {
        try (Connection connection = pool.getConnection();
                PreparedStatement select = connection.prepareStatement(Group.query("account", least, "?"))) {
            if (least > 0) {
                select.setLong(1, least);
            }
            List<Group> groups = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    groups.add(new Group(row.getInt(1), row.getLong(2), row.getLong(3), row.getLong(4)));
                }
            }
            return groups;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Row> top(HikariDataSource pool, int rows) {
        try (Connection connection = pool.getConnection();
                PreparedStatement select = connection.prepareStatement(
                        "select " + COLUMNS + " from account order by score desc, id fetch first ? rows only")) {
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
        return new Row(row.getLong(1), row.getString(2), row.getString(3), row.getLong(4), row.getInt(5));
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
        opened.close();
    }
}
