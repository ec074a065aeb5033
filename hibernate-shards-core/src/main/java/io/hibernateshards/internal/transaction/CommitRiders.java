package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Predicate;
import org.hibernate.TransactionException;
import org.hibernate.resource.transaction.backend.jdbc.spi.JdbcResourceTransaction;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.TransactionState;
import org.postgresql.replication.LogSequenceNumber;

/**
 * What travels with the commits of branches that have written, in their round trips: statements for the sake of others, and
 * the question where in the write-ahead log the commit is.
 */
public final class CommitRiders {
    /** The position of a commit that was not asked for it. */
    public static final long UNKNOWN = 0;

    private static final String POSITION = "select pg_current_wal_insert_lsn()";

    /** What nearly every commit sends: the driver has the server prepare it, so it is parsed and planned once. */
    private static final String COMMIT_FOR_POSITION = "commit; " + POSITION;

    /** Statements to be sent with a commit. */
    @FunctionalInterface
    public interface Statements {
        /**
         * What to send with the commit of a branch: within its transaction, or right after it has been committed if it was
         * prepared. Called when nothing is left to be done before the commit.
         *
         * @return SQL without a semicolon at its end, or null
         */
        @Nullable
        String of(Branch<?> branch);

        /** What to send right after the commit of a prepared branch of which nobody knows any more what it did; or null. */
        default @Nullable String ofLost(ShardId shard) {
            return null;
        }

        /**
         * A prepared branch may have been committed without what goes along with it.
         *
         * @param told whether {@link #ofLost} was sent instead
         */
        default void lost(ShardId shard, boolean told) {}
    }

    private volatile Statements statements = branch -> null;
    private volatile Predicate<ShardId> positions = shard -> false;

    /** Sends these from now on. */
    public void setStatements(Statements statements) {
        this.statements = statements;
    }

    /** Whether commits of a shard are asked for their positions. */
    boolean asks(ShardId shard) {
        return positions.test(shard);
    }

    /** Asks the commits of these shards for their positions from now on. */
    public void setPositions(Predicate<ShardId> positions) {
        this.positions = positions;
    }

    /** Commits the connection of a branch, with what rides along. */
    void commit(Branch<?> branch, JdbcResourceTransaction connection) {
        String sql = branch.hasWritten() ? statements.of(branch) : null;
        boolean position = branch.hasWritten() && asks(branch.shard());
        if (sql != null || position) {
            send(branch, connection, sql, position);
        }
        connection.commit(); // of which nothing is left but the status if it has been sent
    }

    private static void send(
            Branch<?> branch, JdbcResourceTransaction connection, @Nullable String sql, boolean position) {
        try {
            Connection own = branch.connection();
            if (Branch.stateOf(own) != TransactionState.OPEN) {
                // nothing was sent; or a statement failed, and the server answers a commit with a rollback, of which
                // the driver tells nobody
                return;
            }
            String answer = sql == null
                    ? prepared(own, COMMIT_FOR_POSITION)
                    : last(own, sql + "; " + (position ? COMMIT_FOR_POSITION : "commit"));
            branch.committed(position ? parsed(answer) : UNKNOWN);
        } catch (SQLException e) {
            rollback(connection, e); // as Hibernate after a commit that failed
            throw new TransactionException("Unable to commit against JDBC Connection", e);
        }
    }

    private static void rollback(JdbcResourceTransaction connection, SQLException failure) {
        try {
            connection.rollback();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Where the server is now in its write-ahead log. */
    public static long position(Connection connection) throws SQLException {
        return parsed(last(connection, POSITION));
    }

    private static long parsed(@Nullable String position) {
        return position == null ? UNKNOWN : LogSequenceNumber.valueOf(position).asLong();
    }

    /** Commits a prepared branch by a connection that commits by itself; what rides along follows. */
    void commitPrepared(Branch<?> branch, String name) throws SQLException {
        String sql = statements.of(branch);
        boolean position = asks(branch.shard());
        String answer;
        try {
            answer = Prepared.commit(
                    branch.connection(), name, (sql == null ? "" : "; " + sql) + (position ? "; " + POSITION : ""));
        } catch (SQLException | RuntimeException e) {
            statements.lost(branch.shard(), false);
            throw e;
        }
        branch.committed(position ? parsed(answer) : UNKNOWN);
    }

    /** Commits a branch that another transaction, perhaps of another JVM, has left prepared. */
    void commitLost(Connection connection, ShardId shard, String name) throws SQLException {
        String sql = statements.ofLost(shard);
        Prepared.commit(connection, name, sql == null ? "" : "; " + sql);
        statements.lost(shard, sql != null);
    }

    /** The first column of the last row that statements answer with. */
    static @Nullable String last(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return last(statement, statement.execute(sql));
        }
    }

    private static @Nullable String prepared(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return last(statement, statement.execute());
        }
    }

    private static @Nullable String last(Statement executed, boolean isRows) throws SQLException {
        String last = null;
        boolean rows = isRows;
        while (rows || executed.getUpdateCount() != -1) {
            if (rows) {
                try (ResultSet row = executed.getResultSet()) {
                    last = row.next() ? row.getString(1) : last;
                }
            }
            rows = executed.getMoreResults();
        }
        return last;
    }
}
