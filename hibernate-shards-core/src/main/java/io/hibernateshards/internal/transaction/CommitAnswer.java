package io.hibernateshards.internal.transaction;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.CachedQuery;
import org.postgresql.core.Field;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Query;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.ResultCursor;
import org.postgresql.core.ResultHandlerBase;
import org.postgresql.core.SqlCommand;
import org.postgresql.core.Tuple;
import org.postgresql.jdbc.PreferQueryMode;

/**
 * A commit with statements behind it, and the answer of the server. JDBC reports the failure of any of them as the failure
 * of all; here it can be seen whether the commit was made, whatever became of the rest.
 */
final class CommitAnswer extends ResultHandlerBase {
    /** The driver has no transaction to begin, and the answer is text. */
    private static final int FLAGS = QueryExecutor.QUERY_SUPPRESS_BEGIN | QueryExecutor.QUERY_NO_BINARY_TRANSFER;

    private final BaseConnection server;
    private @Nullable String outcome;
    private @Nullable String last;

    /**
     * Nothing is sent yet.
     *
     * @param server with an open transaction
     */
    CommitAnswer(BaseConnection server) {
        this.server = server;
    }

    /**
     * Sends the statements as one message of the protocol. The server executes nothing before it has received all of it, and
     * then executes it to its end even if the client dies meanwhile.
     */
    void send(String sql) throws SQLException {
        QueryExecutor executor = server.getQueryExecutor();
        Query whole = executor.wrap(List.of(new NativeQuery(sql, SqlCommand.BLANK)));
        executor.execute(
                whole, null, this, 0, 0, FLAGS | QueryExecutor.QUERY_EXECUTE_AS_SIMPLE | QueryExecutor.QUERY_ONESHOT);
    }

    /** Sends statements that the server prepares once they have been sent often enough. */
    void sendPrepared(String sql) throws SQLException {
        QueryExecutor executor = server.getQueryExecutor();
        if (executor.getPreferQueryMode() == PreferQueryMode.SIMPLE) {
            send(sql);
            return;
        }
        CachedQuery cached = executor.borrowQuery(sql);
        try {
            cached.increaseExecuteCount();
            int threshold = server.getPrepareThreshold();
            boolean once = threshold == 0 || cached.getExecuteCount() < threshold;
            executor.execute(cached.query, null, this, 0, 0, once ? FLAGS | QueryExecutor.QUERY_ONESHOT : FLAGS);
        } finally {
            executor.releaseQuery(cached);
        }
    }

    /** Whether the server has said that the transaction is committed. */
    boolean isCommitted() {
        return "COMMIT".equals(outcome);
    }

    /** Whether the server has said that it rolled the transaction back instead. */
    boolean isRolledBack() {
        return "ROLLBACK".equals(outcome);
    }

    /** The first column of the last row. */
    @Nullable
    String last() {
        return last;
    }

    @Override
    public void handleCommandStatus(String status, long count, long oid) {
        if (outcome == null) {
            outcome = status;
        }
    }

    @Override
    public void handleResultRows(Query from, Field[] fields, List<Tuple> rows, @Nullable ResultCursor cursor) {
        if (!rows.isEmpty()) {
            byte[] value = rows.get(rows.size() - 1).get(0);
            last = value == null ? null : new String(value, StandardCharsets.UTF_8);
        }
    }

    /** Those of deferred triggers have no statement that the application could ask for them. */
    @Override
    public void handleWarning(SQLWarning warning) {}
}
