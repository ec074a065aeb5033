package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.topology.SqlLiteral;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The statements of PostgreSQL's two-phase commit. */
final class Prepared {
    private static final String UNDEFINED_OBJECT = "42704";

    /** Temporary tables were used; prepared transactions are switched off; there are too many of them. */
    private static final Set<String> NOT_PREPARED = Set.of("0A000", "55000", "53200");

    /**
     * Has a transaction wait for the disk, and for synchronous standbys, as it is prepared or committed, though its session
     * does not: other shards are committed on the strength of it.
     */
    static final String AWAIT_DISK =
            "set_config('synchronous_commit', case when current_setting('synchronous_commit') in ('off', 'local')"
                    + " then 'on' else current_setting('synchronous_commit') end, true)";

    private static final String BUSY = "55000";

    private Prepared() {}

    /**
     * Prepares what the connection's transaction did. That it failed before, or that a deferred constraint does not hold, is
     * an error first: PREPARE TRANSACTION alone would answer the former with a rollback and no error.
     *
     * @return the number of the transaction on its server, which tells later how it ended
     */
    static @Nullable String prepare(Connection connection, String branch) throws SQLException {
        return CommitRiders.last(
                connection,
                "set constraints all immediate; select pg_current_xact_id(), " + AWAIT_DISK + "; prepare transaction "
                        + SqlLiteral.of(branch));
    }

    /**
     * Commits a branch. Whatever state the connection's transaction is in, it must have none.
     *
     * @param number as the server numbered it; null if that is not known
     * @param after what to send after it in the same round trip: empty, or begins with a semicolon
     * @return what the last statement answered, if it did
     * @throws ShardingException {@link ShardErrorCode#BRANCH_LOST} if somebody has rolled it back
     */
    static @Nullable String commit(Connection connection, String branch, @Nullable String number, String after)
            throws SQLException {
        return end(connection, "commit prepared " + SqlLiteral.of(branch), after, number, "committed");
    }

    /**
     * Rolls a branch back.
     *
     * @param number as the server numbered it; null if that is not known
     * @throws ShardingException {@link ShardErrorCode#BRANCH_LOST} if somebody has committed it
     */
    static void rollback(Connection connection, String branch, @Nullable String number) throws SQLException {
        end(connection, "rollback prepared " + SqlLiteral.of(branch), "", number, "aborted");
    }

    /** That there is no such branch any more is no error if it ended in the same way: recovery, of any JVM, was as fast. */
    private static @Nullable String end(
            Connection connection, String sql, String after, @Nullable String number, String wanted)
            throws SQLException {
        boolean before = connection.getAutoCommit();
        connection.setAutoCommit(true);
        String answer = null;
        try {
            if (after.isEmpty() || CommitRiders.packs(connection)) {
                answer = CommitRiders.last(connection, sql + after);
            } else {
                CommitRiders.last(connection, sql);
                answer = CommitRiders.last(connection, after.substring(1));
            }
        } catch (SQLException e) {
            boolean gone = UNDEFINED_OBJECT.equals(e.getSQLState());
            if (!gone && (number == null || !BUSY.equals(e.getSQLState()))) {
                throw e;
            }
            String ended = number == null ? wanted : outcome(connection, number);
            if (!gone && !wanted.equals(ended)) {
                throw e;
            }
            if (!wanted.equals(ended)) {
                throw lost(sql, ended, e);
            }
        }
        connection.setAutoCommit(before);
        return answer;
    }

    /** Whether the reason of a failure is that another session is at work on the branch. */
    static boolean isBusy(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException known && BUSY.equals(known.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    private static String outcome(Connection connection, String number) throws SQLException {
        String status = CommitRiders.last(connection, "select pg_xact_status('" + Long.parseLong(number) + "')");
        return String.valueOf(status);
    }

    private static ShardingException lost(String sql, String ended, SQLException e) {
        return new ShardingException(
                ShardErrorCode.BRANCH_LOST,
                "\"" + sql + "\" was due, but somebody else has ended that branch, by hand or in a restored server: its"
                        + " server says that it is " + ended + ", so one transaction is not the same on all its shards."
                        + " Compare what it wrote on each, and mend it by hand",
                e);
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
