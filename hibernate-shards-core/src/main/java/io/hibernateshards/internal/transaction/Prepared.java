package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.topology.SqlLiteral;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The statements of PostgreSQL's two-phase commit. */
final class Prepared {
    private static final String UNDEFINED_OBJECT = "42704";

    /** Temporary tables were used; prepared transactions are switched off; there are too many of them. */
    private static final Set<String> NOT_PREPARED = Set.of("0A000", "55000", "53200");

    private Prepared() {}

    /**
     * Prepares what the connection's transaction did. That it failed before, or that a deferred constraint does not hold, is
     * an error first: PREPARE TRANSACTION alone would answer the former with a rollback and no error.
     */
    static void prepare(Connection connection, String branch) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set constraints all immediate; prepare transaction " + SqlLiteral.of(branch));
        }
    }

    /** Whatever state the connection's transaction is in, it must have none. */
    static void commit(Connection connection, String branch) throws SQLException {
        commit(connection, branch, "");
    }

    /**
     * As above.
     *
     * @param after what to send after it in the same round trip: empty, or begins with a semicolon
     * @return what the last statement answered, if it did
     */
    static @Nullable String commit(Connection connection, String branch, String after) throws SQLException {
        return end(connection, "commit prepared " + SqlLiteral.of(branch) + after);
    }

    static void rollback(Connection connection, String branch) throws SQLException {
        end(connection, "rollback prepared " + SqlLiteral.of(branch));
    }

    /** That there is no such branch any more is no error: recovery, of any JVM, was as fast. */
    private static @Nullable String end(Connection connection, String sql) throws SQLException {
        boolean before = connection.getAutoCommit();
        connection.setAutoCommit(true);
        String answer = null;
        try {
            answer = CommitRiders.last(connection, sql);
        } catch (SQLException e) {
            if (!UNDEFINED_OBJECT.equals(e.getSQLState())) {
                throw e;
            }
        }
        connection.setAutoCommit(before);
        return answer;
    }

    /** The error of a branch that the server would not prepare though nothing is wrong with what it did, or null. */
    static @Nullable ShardingException refusal(Branch<?> branch, SQLException e) {
        if (!NOT_PREPARED.contains(String.valueOf(e.getSQLState()))) {
            return null;
        }
        return new ShardingException(
                ShardErrorCode.NOT_PREPARED,
                "shard \"" + branch + "\" did not prepare its branch of the transaction, which is rolled back on all"
                        + " shards: " + e.getMessage() + cure(e),
                e);
    }

    /** What the server does not say: the application has most likely never heard of a trigger that does it. */
    private static String cure(SQLException e) {
        return String.valueOf(e.getMessage()).contains("NOTIFY")
                ? ". A trigger or function there calls NOTIFY or pg_notify: have it write a row instead, which a worker"
                        + " reads, or notify after the commit; or lock and write this shard last, as the shard that"
                        + " is locked last decides and is not prepared"
                : "";
    }
}
