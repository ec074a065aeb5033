package io.hibernateshards.internal.transaction;

import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.hibernate.TransactionException;
import org.hibernate.resource.transaction.backend.jdbc.spi.JdbcResourceTransaction;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.jdbc.PreferQueryMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Statements that travel behind the commits of branches that have written, in their round trips: those for other JVMs, and
 * the question where in the write-ahead log the commit is.
 */
public final class CommitRiders {
    private static final Logger LOG = LoggerFactory.getLogger(CommitRiders.class);

    private static final String POSITION =
            "select substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) || '/' || pg_current_wal_insert_lsn()";

    /** What nearly every commit sends: the driver has the server prepare it, so it is parsed and planned once. */
    private static final String COMMIT_FOR_POSITION = "commit; " + POSITION;

    /** Fails if the transaction has a number, which it needs to write; then it is as if it had not been sent. */
    private static final String COMMIT_UNWRITTEN = "savepoint hibernate_shards; select (case when"
            + " pg_current_xact_id_if_assigned() is null then '0' else 'not committed alone, as it has written' end)::int;"
            + " commit";

    private static final String INVALID_TEXT = "22P02";

    /** Statements to be sent with a commit. */
    @FunctionalInterface
    public interface Statements {
        /**
         * Returns what to send right behind the commit of a branch, as a transaction of its own: NOTIFY holds a lock of the
         * whole server until its transaction is durable, so within the branch's own transaction it would make all commits
         * of the server wait for each other. Called when nothing is left to be done before the commit.
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
         * Called when a branch has been committed, or may have been, without what goes along with it; or when nobody knows
         * whether it was sent. If the server may still be at work on the commit, called again once it is not.
         *
         * @param told whether {@link #ofLost} was sent instead
         */
        default void lost(ShardId shard, boolean told) {}
    }

    private volatile Statements statements = branch -> null;
    private volatile Predicate<ShardId> positions = shard -> false;
    private volatile ToIntFunction<ShardId> clusters = shard -> 0;
    private final UnansweredCommits unanswered;

    CommitRiders(UnansweredCommits unanswered) {
        this.unanswered = unanswered;
    }

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

    /** Takes the fingerprint of a shard's cluster from there, 0 while it is unknown. */
    public void setClusters(ToIntFunction<ShardId> clusters) {
        this.clusters = clusters;
    }

    /** Commits the connection of a branch, with what rides along. */
    void commit(Branch<?> branch, JdbcResourceTransaction connection) {
        if (branch.hasWritten()) {
            checkPrimary(branch, connection);
        }
        BaseConnection server = branch.hasWritten() ? branch.server() : null;
        if (server == null) {
            connection.commit();
            return;
        }
        if (server.getTransactionState() == TransactionState.FAILED) {
            ShardingException failed = Branch.ended(branch.shard(), false);
            rollback(connection, failed);
            throw failed;
        }
        String sql = statements.of(branch);
        boolean position = asks(branch.shard());
        try {
            if (sql == null && !position
                    || server.getTransactionState() != TransactionState.OPEN) { // or nothing was sent
                connection.commit();
            } else {
                send(branch, server, sql, position);
                finish(connection, server);
            }
        } catch (SQLException e) {
            doubt(branch.shard(), server);
            rollback(connection, e); // as Hibernate after a commit that failed
            throw new TransactionException("Unable to commit against JDBC Connection", e);
        } catch (RuntimeException e) {
            doubt(branch.shard(), server);
            throw e;
        }
    }

    private static void checkPrimary(Branch<?> branch, JdbcResourceTransaction connection) {
        try {
            branch.checkPrimary();
        } catch (ShardingException e) {
            rollback(connection, e);
            throw e;
        }
    }

    /** Commits; what becomes of the rest does not matter. */
    private void send(Branch<?> branch, BaseConnection server, @Nullable String sql, boolean position)
            throws SQLException {
        CommitAnswer answer = new CommitAnswer(server);
        try {
            if (sql == null) {
                answer.sendPrepared(COMMIT_FOR_POSITION);
            } else {
                answer.send("commit" + following(sql, position));
            }
        } catch (SQLException e) {
            if (!answer.isCommitted()) {
                throw e;
            }
            LOG.warn(
                    "shard \"{}\": a transaction is committed, but what was sent behind its commit failed: {}",
                    branch.shard(),
                    e.getMessage());
            if (sql != null) {
                statements.lost(branch.shard(), false);
            }
            branch.committedUnheard();
            return;
        }
        if (answer.isRolledBack()) {
            throw new SQLException("the server has rolled the transaction back instead of committing it", "40000");
        }
        branch.committed(position ? parsed(branch.shard(), answer.last()) : null);
    }

    /**
     * Returns the SQL that follows a commit. The position comes last, out of a transaction after that of the statement: so whoever reads a
     * later position, and publishes something then, publishes it after what the statement has published.
     */
    private static String following(@Nullable String sql, boolean position) {
        if (sql == null) {
            return position ? "; " + POSITION : "";
        }
        return position ? "; begin; " + sql + "; commit; " + POSITION : "; " + sql;
    }

    /** Only the status is left. What broke after the commit does not undo it. */
    private static void finish(JdbcResourceTransaction connection, BaseConnection server) {
        try {
            if (!server.isClosed() && server.getTransactionState() != TransactionState.IDLE) {
                server.rollback(); // of what was sent behind the commit
            }
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            LOG.debug("the connection broke after the commit", e);
        }
    }

    /** A commit was not answered: it may have been made, or may still be. */
    private void doubt(ShardId shard, BaseConnection server) {
        if (isClosed(server)) {
            doubt(shard, server.getBackendPID());
        }
    }

    /**
     * A commit was not answered: whoever relies on hearing of it is to expect anything, now and once the server has ended it.
     *
     * @param backend the process of the server that has, or had, the connection
     */
    public void doubt(ShardId shard, int backend) {
        statements.lost(shard, false);
        unanswered.watch(shard, backend, () -> statements.lost(shard, false));
    }

    /** A branch that was prepared has been committed, and nobody here knows what it has changed. */
    public void committedElsewhere(ShardId shard) {
        statements.lost(shard, false);
    }

    static boolean isClosed(BaseConnection server) {
        try {
            return server.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }

    /** Commits the connection of a branch if the server knows of nothing that it has written; false if it has. */
    boolean commitUnwritten(Branch<?> branch, JdbcResourceTransaction connection) {
        try {
            // one that was never connected has nothing to commit, and its shard may be down
            if (branch.held().isPhysicallyConnected()
                    && Branch.stateOf(branch.connection()) == TransactionState.OPEN
                    && !sendUnwritten(branch.connection())) {
                return false;
            }
        } catch (SQLException e) {
            rollback(connection, e);
            throw new TransactionException("Unable to commit against JDBC Connection", e);
        }
        connection.commit(); // of which nothing is left but the status
        return true;
    }

    /**
     * Commits what a connection's open transaction did if that has no number, which everything takes that is to last.
     *
     * @return whether it was committed; if not, it is as it was
     */
    public static boolean sendUnwritten(Connection connection) throws SQLException {
        try (PreparedStatement commit = connection.prepareStatement(COMMIT_UNWRITTEN)) {
            commit.execute();
            return true;
        } catch (SQLException e) {
            if (!INVALID_TEXT.equals(e.getSQLState())) {
                throw e;
            }
            last(connection, "rollback to savepoint hibernate_shards; release savepoint hibernate_shards");
            return false;
        }
    }

    private static void rollback(JdbcResourceTransaction connection, Exception failure) {
        try {
            connection.rollback();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Where the primary of a shard is now in its write-ahead log. */
    public Position position(ShardId shard, Connection connection) throws SQLException {
        Position now = parsed(shard, last(connection, POSITION));
        if (now == null) {
            throw new SQLException("shard \"" + shard + "\" did not report its position", "55000");
        }
        return now;
    }

    private @Nullable Position parsed(ShardId shard, @Nullable String position) {
        return position == null ? null : parsed(position, clusters.applyAsInt(shard));
    }

    /** Reads a timeline and both halves of a position, such as {@code 00000001/0/16B3748}. */
    static Position parsed(String position, int cluster) {
        int first = position.indexOf('/');
        int second = position.indexOf('/', first + 1);
        long high = Long.parseLong(position, first + 1, second, 16);
        long low = Long.parseLong(position, second + 1, position.length(), 16);
        return new Position(high << 32 | low, Long.parseLong(position, 0, first, 16), cluster);
    }

    /** Commits a prepared branch by a connection that commits by itself; what rides along follows. */
    void commitPrepared(Branch<?> branch, String name, @Nullable String number) throws SQLException {
        String sql = statements.of(branch);
        boolean position = asks(branch.shard());
        String answer;
        BaseConnection server = branch.server();
        try {
            answer = Prepared.commit(branch.connection(), name, number, following(sql, position));
        } catch (SQLException | RuntimeException e) {
            statements.lost(branch.shard(), false);
            if (server != null) {
                doubt(branch.shard(), server);
            }
            throw e;
        }
        branch.committed(position ? parsed(branch.shard(), answer) : null);
    }

    /** Commits a branch that another transaction, perhaps of another JVM, has left prepared. */
    void commitLost(Connection connection, ShardId shard, String name, @Nullable String number) throws SQLException {
        String sql = statements.ofLost(shard);
        Prepared.commit(connection, name, number, sql == null ? "" : "; " + sql);
        statements.lost(shard, sql != null);
    }

    /**
     * Whether statements that are sent together are executed one by one. The simple protocol makes one transaction of them,
     * and COMMIT PREPARED cannot be a part of that.
     */
    static boolean packs(Connection connection) throws SQLException {
        PreferQueryMode mode = connection.unwrap(PGConnection.class).getPreferQueryMode();
        return mode != PreferQueryMode.SIMPLE && mode != PreferQueryMode.EXTENDED_FOR_PREPARED;
    }

    /** The first column of the last row that statements answer with. */
    static @Nullable String last(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return last(statement, statement.execute(sql));
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
