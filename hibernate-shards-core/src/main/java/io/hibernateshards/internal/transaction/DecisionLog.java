package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.JdbcCatalog;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of transactions over several shards that were decided on this one: a table in its catalog schema. A
 * transaction's row is written by the deciding branch itself, before any other branch is prepared; that branch's own commit
 * makes the row last, and is the decision.
 *
 * <p>So whoever finds a prepared branch can learn how it ends by trying to insert the row as well. The primary key makes that
 * wait while the deciding branch lives; it fails if the branch has committed; and if it succeeds the branch is gone for good,
 * as it wrote the row before. No clock is asked.
 */
final class DecisionLog {
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** Any constant that no other lock of the catalog uses. */
    private static final long LOCK = 0x4853_5458_4c4fL;

    /** How a transaction ends. */
    enum Outcome {
        /** Its decision has been committed. */
        COMMITTED,
        /** It has not been decided and never will be. */
        ABORTED,
        /** The deciding branch lives, or nobody can tell now. */
        OPEN
    }

    /**
     * A transaction that was decided.
     *
     * @param branches the ids of the logs of the shards that it was prepared on
     */
    record Decision(String transaction, List<String> branches) {}

    private final JdbcCatalog catalog;
    private final String table;
    private final String identity;
    private final String write;
    private volatile @Nullable String id;

    DecisionLog(JdbcCatalog catalog) {
        this.catalog = catalog;
        table = catalog.schema() + ".transaction_decision";
        identity = catalog.schema() + ".transaction_log";
        write = "insert into " + table + " (transaction, branches) select ?, ?::text[] from " + identity
                + " where id = ? and set_config('synchronous_commit', case current_setting('synchronous_commit')"
                + " when 'off' then 'on' else current_setting('synchronous_commit') end, true) is not null";
    }

    /**
     * Tells this log from any other, whatever its shard is called and wherever it has been moved to: two applications may
     * use the same names for different servers. Makes the tables at its first use.
     */
    String id() {
        String known = id;
        if (known == null) {
            known = catalog.inTransaction(this::create);
            id = known;
        }
        return known;
    }

    /** The id, or null if no transaction has been decided here yet. */
    @Nullable
    String existing() {
        String known = id;
        if (known == null) {
            String found = catalog.autoCommitted(connection -> exists(connection) ? read(connection) : "");
            known = found.isEmpty() ? null : found;
            id = known;
        }
        return known;
    }

    private String create(Connection connection) throws SQLException {
        if (exists(connection)) {
            return read(connection);
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            // asking again, instead, may be answered from what the server remembers of the first time
            statement.execute("create table if not exists " + table + " (transaction text primary key,"
                    + " branches text[] not null, decided timestamptz not null default clock_timestamp())");
            statement.execute("create table if not exists " + identity + " (id text primary key)");
            statement.execute("insert into " + identity + " select '"
                    + new BigInteger(60, new SecureRandom()).toString(36) + "' where not exists (select from "
                    + identity
                    + ")");
        }
        return read(connection);
    }

    private boolean exists(Connection connection) throws SQLException {
        try (PreparedStatement find = connection.prepareStatement("select to_regclass(?) is not null")) {
            find.setString(1, identity);
            try (ResultSet row = find.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private String read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("select id from " + identity)) {
                row.next();
                return row.getString(1);
            }
        }
    }

    /**
     * Writes the row in the deciding branch's own transaction, and has that wait for the disk as it commits: other branches
     * will be committed on the strength of it.
     */
    void write(Connection deciding, String transaction, Collection<String> branches) throws SQLException {
        try (PreparedStatement insert = deciding.prepareStatement(write)) {
            insert.setString(1, transaction);
            insert.setString(2, "{" + String.join(",", branches) + "}"); // letters and digits
            insert.setString(3, id());
            if (insert.executeUpdate() != 1) {
                id = null;
                throw new ShardingException(
                        ShardErrorCode.SCHEMA,
                        "the decision log " + table + " has been replaced since this JVM first used it; nothing was"
                                + " committed. The next transaction uses the new one");
            }
        } catch (SQLException e) {
            id = null; // its tables may be gone
            throw e;
        }
    }

    /**
     * How a transaction ends of which a prepared branch has been seen. Whoever saw none must not ask: a decision is forgotten
     * once no branch needs it.
     *
     * @param log the id of the log that rules it
     * @param wait for the deciding branch, in milliseconds
     */
    Outcome outcome(String transaction, String log, int wait) {
        return catalog.inTransaction(connection -> {
            if (!exists(connection) || !log.equals(read(connection))) {
                return Outcome.OPEN;
            }
            Savepoint before = connection.setSavepoint();
            try (Statement statement = connection.createStatement();
                    PreparedStatement insert = connection.prepareStatement("insert into " + table
                            + " (transaction, branches) values (?, '{}') on conflict do nothing")) {
                statement.execute("set local lock_timeout = " + wait);
                insert.setString(1, transaction);
                return insert.executeUpdate() == 0 ? Outcome.COMMITTED : Outcome.ABORTED;
            } catch (SQLException e) {
                if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                    return Outcome.OPEN;
                }
                throw e;
            } finally {
                if (!connection.isClosed()) {
                    connection.rollback(before);
                }
            }
        });
    }

    /** Removes decisions that no branch needs any more. */
    void forget(Collection<String> transactions) {
        catalog.inTransaction(connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement("delete from " + table + " where transaction = any(?)")) {
                delete.setArray(1, connection.createArrayOf("text", transactions.toArray()));
                return delete.executeUpdate();
            }
        });
    }

    /** Decisions that were made so long ago, by the server's clock; not too many at a time. */
    List<Decision> olderThan(Duration age) {
        return catalog.inTransaction(connection -> {
            List<Decision> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "select transaction, branches from " + table
                            + " where decided < clock_timestamp() - ? * interval '1 millisecond' order by decided limit 10000")) {
                select.setLong(1, age.toMillis());
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        found.add(new Decision(row.getString(1), List.of((String[])
                                row.getArray(2).getArray())));
                    }
                }
            }
            return found;
        });
    }
}
