package io.hibernateshards.samples.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/**
 * Two-phase commit as one writes it by hand, with as few round trips as it takes: the second shard is prepared, the first
 * commits, and so decides, and the second is told. Without a decision stored on the first shard, nobody can end after a crash
 * what was prepared; so there are both, to show what that costs.
 */
final class JdbcTransfer {
    /** Gives the connection of an account's shard, which commits by itself. */
    interface Route {
        Connection of(long id) throws SQLException;
    }

    private final Route route;
    private final boolean decisions;
    private final String origin = "by-hand-" + UUID.randomUUID() + "-";
    private int count;

    JdbcTransfer(Route route, boolean decisions) {
        this.route = route;
        this.decisions = decisions;
    }

    /** Makes the table of decisions. */
    static void prepare(HikariDataSource pool) {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "create table if not exists decision (transaction text primary key, branches text[] not null,"
                            + " decided timestamptz not null default clock_timestamp())");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    long run(long from, long to, long amount) {
        String name = origin + count++;
        try (Connection giving = route.of(from);
                Connection taking = route.of(to)) {
            giving.setAutoCommit(false);
            taking.setAutoCommit(false);
            long given = read(giving, from) - amount;
            long taken = read(taking, to) + amount;
            write(giving, from, given);
            write(taking, to, taken);
            if (decisions) {
                decide(giving, name);
            }
            execute(taking, "prepare transaction '" + name + "'");
            giving.commit();
            taking.setAutoCommit(true);
            execute(taking, "commit prepared '" + name + "'");
            return given + taken;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long read(Connection connection, long id) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select id, owner, note, score, category from account where id = ?")) {
            select.setLong(1, id);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(4);
            }
        }
    }

    private static void write(Connection connection, long id, long score) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update account set score = ? where id = ?")) {
            update.setLong(1, score);
            update.setLong(2, id);
            update.executeUpdate();
        }
    }

    /** Its commit waits for the log, as that of this library does. */
    private static void decide(Connection connection, String name) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into decision (transaction, branches) select ?, ? where set_config('synchronous_commit', 'on', true)"
                        + " is not null")) {
            insert.setString(1, name);
            insert.setArray(2, connection.createArrayOf("text", new Object[] {"2"}));
            insert.executeUpdate();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
