package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.topology.SqlLiteral;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
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

    private static final long FORGETTING = 0x4853_5458_4647L;

    /** How many decisions are removed in one transaction. */
    private static final int BATCH = 10_000;

    /** A row, once the transaction waits for the disk, and for synchronous standbys, as it ends. */
    private static final String AWAITS_DISK = "(select " + Prepared.AWAIT_DISK + " durable) w";

    /** How a transaction ends. */
    enum Outcome {
        /** Its decision has been committed. */
        COMMITTED,
        /** It has not been decided and never will be. */
        ABORTED,
        /** There is no decision, but there may have been one before it was forgotten. */
        FORGOTTEN,
        /** The deciding branch lives, or nobody can tell now. */
        OPEN
    }

    /**
     * The ids that a shard holds. A log that was copied, by a template database, a dump or a restore elsewhere, keeps its
     * decisions, and the id that they were made under is a former one there: only the original goes on deciding under it.
     *
     * @param current under which new transactions are decided here; null if none was yet, or all that is here is a copy
     * @param former of logs that this one, or what it was copied from, has been
     */
    record Held(@Nullable String current, Set<String> former) {
        static final Held NONE = new Held(null, Set.of());
    }

    private final JdbcCatalog catalog;
    private final String table;
    private final String identity;
    private final String insert;
    private final String write;
    private final String forget;

    /** Where the log is: a cluster, a database and a schema, which differ from those that it was made in if it is a copy. */
    private final String here;

    private volatile @Nullable String id;

    DecisionLog(JdbcCatalog catalog) {
        this.catalog = catalog;
        table = catalog.schema() + ".transaction_decision";
        identity = catalog.schema() + ".transaction_log";
        insert = "insert into " + table + " (transaction, branches) select ?, ?::text[] from " + AWAITS_DISK
                + " where durable is not null";
        write = insert + " and exists (select from " + identity + " where id = ? and current)";
        // the oldest first, by the index; they are counted only if the table is large enough to have so many
        forget = "with counted as materialized (select decided from " + table
                + " where pg_relation_size(?::regclass) > ? * 100 order by decided desc offset ? limit 1),"
                + " old as (select transaction from " + table
                + " where decided < greatest(now() - ? * interval '1 hour', (select decided from counted))"
                + " and (branches <@ ? or decided < (select decided from counted)) and transaction <> all(?)"
                + " order by decided limit " + BATCH + "),"
                + " gone as (delete from " + table + " d using old where d.transaction = old.transaction"
                + " returning d.decided),"
                + " marked as (update " + identity + " set forgotten = greatest(forgotten,"
                + " (select max(decided) from gone)) where exists (select from gone))"
                + " select count(*) from gone";
        here = "(select system_identifier || '/' || (select oid from pg_database where datname = current_database())"
                + " from pg_control_system()) || '/' || " + SqlLiteral.of(catalog.schema());
    }

    /**
     * Tells this log from any other, whatever its shard is called and wherever it has been moved to: two applications may
     * use the same names for different servers. Makes the tables at its first use, and a new id if it is a copy.
     */
    String id() {
        String known = id;
        if (known == null) {
            known = catalog.inTransaction(this::create);
            id = known;
        }
        return known;
    }

    /** Reads which ids the log has now. Changes nothing. */
    Held held() {
        Held held = catalog.autoCommitted(connection -> exists(connection) ? read(connection) : Held.NONE);
        if (!Objects.equals(held.current(), id)) {
            id = null; // restored elsewhere, or declared a copy, while this JVM runs
        }
        return held;
    }

    /** Whether both are one: shards that are schemas of one database share its catalog. A copy shares no locks. */
    boolean isSameAs(DecisionLog other) {
        String lock = "(" + new SecureRandom().nextLong() + ")";
        return catalog.inTransaction(mine -> answers(mine, "pg_try_advisory_xact_lock" + lock)
                && !other.catalog.inTransaction(others -> answers(others, "pg_try_advisory_xact_lock" + lock)));
    }

    private static boolean answers(Connection connection, String question) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select " + question)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private String create(Connection connection) throws SQLException {
        if (exists(connection)) {
            String current = read(connection).current();
            if (current != null) {
                return current;
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            boolean missing = answers(
                    connection,
                    "not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                            + " where c.relname = 'transaction_decision' and n.nspname = (parse_ident("
                            + SqlLiteral.of(catalog.schema()) + "))[1])");
            // asking again, instead, may be answered from what the server remembers of the first time
            statement.execute("create table if not exists " + table + " (transaction text primary key,"
                    + " branches text[] not null, decided timestamptz not null default clock_timestamp())");
            statement.execute("create index if not exists transaction_decision_decided on " + table + " (decided)");
            statement.execute("create table if not exists " + identity + " (id text primary key)");
            statement.execute("alter table " + identity + " add column if not exists origin text,"
                    + " add column if not exists current boolean not null default true,"
                    + " add column if not exists forgotten timestamptz");
            statement.execute("update " + identity + " set origin = " + here + " where origin is null");
            statement.execute("update " + identity + " set current = false where current and origin <> " + here);
            if (missing) { // dropped with its decisions: nobody is to take their absence for an abort
                statement.execute("update " + identity + " set current = false, forgotten = clock_timestamp()");
            }
            statement.execute("insert into " + identity + " (id, origin) select '"
                    + new BigInteger(60, new SecureRandom()).toString(36) + "', " + here
                    + " where not exists (select from " + identity + " where current)");
        }
        String made = read(connection).current();
        if (made == null) {
            throw new ShardingException(
                    ShardErrorCode.SCHEMA, identity + " was changed while it was read: repeat the transaction");
        }
        return made;
    }

    private boolean exists(Connection connection) throws SQLException {
        try (PreparedStatement find = connection.prepareStatement("select exists (select from pg_attribute"
                + " where attrelid = to_regclass(?) and attname = 'origin') and to_regclass(?) is not null")) {
            find.setString(1, identity);
            find.setString(2, table);
            try (ResultSet row = find.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private Held read(Connection connection) throws SQLException {
        String current = null;
        Set<String> former = new LinkedHashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select id, current and origin = " + here + " from " + identity)) {
            while (row.next()) {
                if (row.getBoolean(2)) {
                    current = row.getString(1);
                } else {
                    former.add(row.getString(1));
                }
            }
        }
        return new Held(current, former);
    }

    /**
     * Writes the row in the deciding branch's own transaction, and has that wait for the disk as it commits: other branches
     * will be committed on the strength of it.
     *
     * @param log the id that the transaction's name has
     */
    void write(Connection deciding, String transaction, String log, Collection<String> branches) throws SQLException {
        try {
            if (insert(deciding, write, transaction, branches, log) != 1) {
                // a snapshot older than the log does not show its id
                id = null;
                if (!log.equals(id()) || insert(deciding, insert, transaction, branches, null) != 1) {
                    throw new ShardingException(
                            ShardErrorCode.SCHEMA,
                            "the decision log " + table + " has been replaced since this JVM first used it; nothing was"
                                    + " committed. The next transaction uses the new one");
                }
            }
        } catch (SQLException e) {
            id = null; // its tables may be gone: the next transaction makes them again
            ShardingException unusable = catalog.unusable(
                    "the transaction is rolled back on all its shards, as its decision could not be written: ", e);
            if (unusable != null) {
                throw unusable;
            }
            throw e;
        }
    }

    private static int insert(
            Connection deciding, String sql, String transaction, Collection<String> branches, @Nullable String log)
            throws SQLException {
        try (PreparedStatement insert = deciding.prepareStatement(sql)) {
            insert.setString(1, transaction);
            insert.setString(2, "{" + String.join(",", branches) + "}"); // letters and digits
            if (log != null) {
                insert.setString(3, log);
            }
            return insert.executeUpdate();
        }
    }

    /**
     * How a transaction ends, as far as this log knows: another copy of it may know more.
     *
     * @param log the id of the log that rules it
     * @param age since its oldest branch that has been seen was prepared
     * @param wait for the deciding branch, in milliseconds
     */
    Outcome outcome(String transaction, String log, Duration age, int wait) {
        return catalog.inTransaction(connection -> {
            if (!exists(connection) || !isHeld(connection, log)) {
                return Outcome.OPEN;
            }
            Savepoint before = connection.setSavepoint();
            try (Statement statement = connection.createStatement();
                    PreparedStatement insert = connection.prepareStatement("insert into " + table
                            + " (transaction, branches) values (?, '{}') on conflict do nothing")) {
                statement.execute("set local lock_timeout = " + wait);
                insert.setString(1, transaction);
                if (insert.executeUpdate() == 0) {
                    return Outcome.COMMITTED;
                }
                return remembers(connection, log, age) ? Outcome.ABORTED : Outcome.FORGOTTEN;
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

    /**
     * Returns the ids of the logs of a decided transaction's prepared branches, in the order in which these end: the first is
     * that of branch 2. Empty if the decision is not here.
     */
    List<String> branches(String transaction) {
        return catalog.autoCommitted(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("select branches from " + table + " where transaction = ?")) {
                select.setString(1, transaction);
                try (ResultSet row = select.executeQuery()) {
                    return row.next() ? List.of((String[]) row.getArray(1).getArray()) : List.of();
                }
            }
        });
    }

    private boolean isHeld(Connection connection, String log) throws SQLException {
        Held held = read(connection);
        return log.equals(held.current()) || held.former().contains(log);
    }

    /** Whether no decision was removed that may have been made since: a decision is younger than its branches. */
    private boolean remembers(Connection connection, String log, Duration age) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select forgotten is null or forgotten"
                + " < clock_timestamp() - ? * interval '1 millisecond' - interval '1 hour' from " + identity
                + " where id = ?")) {
            select.setLong(1, age.toMillis());
            select.setString(2, log);
            try (ResultSet row = select.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /**
     * Removes decisions that are older than the retention, by the server's clock, or more than it keeps, and no branch of
     * which is prepared any more, as far as is known. Nothing if another JVM is at it.
     *
     * @param seen the ids of the logs of the shards whose prepared branches are known
     * @param needed transactions that have a prepared branch
     * @return how many
     */
    int forget(DecisionRetention retention, Collection<String> seen, Collection<String> needed) {
        int forgotten = 0;
        for (int batch = BATCH; batch == BATCH; forgotten += batch) {
            batch = catalog.inTransaction(connection -> forgetSome(connection, retention, seen, needed));
        }
        return forgotten;
    }

    private int forgetSome(
            Connection connection, DecisionRetention retention, Collection<String> seen, Collection<String> needed)
            throws SQLException {
        if (!exists(connection) || !answers(connection, "pg_try_advisory_xact_lock(" + FORGETTING + ")")) {
            return 0;
        }
        try (PreparedStatement delete = connection.prepareStatement(forget)) {
            delete.setString(1, table);
            delete.setLong(2, retention.count());
            delete.setLong(3, retention.count());
            delete.setLong(4, retention.age().toHours());
            delete.setArray(5, connection.createArrayOf("text", seen.toArray()));
            delete.setArray(6, connection.createArrayOf("text", needed.toArray()));
            try (ResultSet row = delete.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }
}
