package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardHints;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardKey;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.transaction.History.Recording;
import io.hibernateshards.internal.transaction.History.Version;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;

/** Rows that say who wrote them last, and beside them a mark of each version, behind connections that can be cut. */
final class Cells implements AutoCloseable {
    static final int SHARDS = 3;
    static final int CELLS = 4;

    @Entity(name = "Cell")
    static class Cell {
        @Id
        @ShardKey
        String name = "";

        String writer = "";

        @jakarta.persistence.Version
        int version;

        Cell() {}

        Cell(String name) {
            this.name = name;
        }
    }

    /** Lives with its cell. */
    @Entity(name = "Mark")
    static class Mark {
        @Id
        String id = "";

        @ShardKey
        String cell = "";

        int version;
        String writer = "";

        Mark() {}

        Mark(String cell, int version, String writer) {
            id = cell + "/" + version + "/" + writer;
            this.cell = cell;
            this.version = version;
            this.writer = writer;
        }
    }

    final LocalCluster cluster = LocalCluster.shared(Layout.DATABASES, SHARDS);
    final List<Relay> relays = cluster.shards().stream().map(Relay::new).toList();
    final ShardedSessionFactory factory;

    /** The cells of each shard: the first half for everybody, the others for transactions at level SERIALIZABLE. */
    final List<List<String>> names;

    /** Rows without versions, which are changed under locks. */
    final Tallies tallies;

    Cells(String mode) {
        factory = new ShardedConfiguration()
                .entities(Cell.class, Mark.class)
                .entities(Tallies.ENTITIES)
                .settings(Relay.settings(cluster, relays))
                .setting(ShardSettings.TRANSACTION_MODE, mode)
                .setting(ShardSettings.TRANSACTION_RECOVERY_INTERVAL, 300)
                .setting("hibernate.shards.pool.connection-timeout", 2000)
                .setting("hibernate.shards.pool.connection-init-sql", "set lock_timeout = '2s'")
                .setting("hibernate.hbm2ddl.auto", "create")
                .build();
        names = factory.getTopology().shards().stream()
                .map(shard -> IntStream.range(0, 10_000)
                        .mapToObj(i -> "cell" + i)
                        .filter(name -> factory.locate(Cell.class, name).equals(shard))
                        .limit(2 * CELLS)
                        .toList())
                .toList();
        tallies = new Tallies(factory);
        tallies.open(factory);
        for (List<String> here : names) {
            factory.inTransaction(session -> here.forEach(name -> session.persist(new Cell(name))));
        }
    }

    /** Reads a cell and has it changed at the next flush. */
    static void change(ShardedSession session, String name, String writer, Recording recording) {
        Cell cell = read(session, name, recording);
        cell.writer = writer;
        session.persist(new Mark(name, cell.version + 1, writer));
        recording.wrote(name, cell.version + 1);
    }

    static Cell read(ShardedSession session, String name, Recording recording) {
        Cell cell = session.find(Cell.class, name);
        recording.read(name, cell.version, cell.writer);
        return cell;
    }

    /** As {@link #change}, at once and without asking whether somebody else has changed it meanwhile. */
    static void changeUnchecked(ShardedSession session, ShardId shard, Cell read, String writer, Recording recording) {
        for (String sql : List.of(
                "update Cell set version = " + (read.version + 1) + ", writer = '" + writer + "' where name = '"
                        + read.name + "'",
                "insert into Mark (id, cell, version, writer) values ('" + writer + "', '" + read.name + "', "
                        + (read.version + 1) + ", '" + writer + "')")) {
            session.createNativeMutationQuery(sql)
                    .setHint(ShardHints.SHARD, shard)
                    .executeUpdate();
        }
        recording.wrote(read.name, read.version + 1);
    }

    /** Waits until nothing is prepared, and adds what is stored to the history. */
    void settle(History history) throws SQLException, InterruptedException {
        for (int i = 0; prepared() > 0 && i < 600; i++) {
            factory.recoverTransactions();
            Thread.sleep(50); // a branch may wait for the end of a connection that its server still believes in
        }
        Tallies.settle(cluster.shards(), history);
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery("select name, version, writer from Cell")) {
                    while (row.next()) {
                        history.last(new Version(row.getString(1), row.getInt(2), row.getString(3)));
                    }
                }
                try (ResultSet row = statement.executeQuery("select cell, version, writer from Mark")) {
                    while (row.next()) {
                        history.stored(new Version(row.getString(1), row.getInt(2), row.getString(3)));
                    }
                }
            }
        }
    }

    private int prepared() throws SQLException {
        int prepared = 0;
        for (Shard shard : cluster.shards()) {
            try (Connection connection = shard.connect();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(
                            "select count(*) from pg_prepared_xacts where database = current_database()")) {
                row.next();
                prepared += row.getInt(1);
            }
        }
        return prepared;
    }

    @Override
    public void close() {
        factory.close();
        relays.forEach(Relay::close);
        cluster.close();
    }
}
