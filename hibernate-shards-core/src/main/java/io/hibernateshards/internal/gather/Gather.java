package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * One run of a query on a single shard, over the rows of several. They are copied into temporary tables of the same names
 * as those that the query reads, which hide the real ones from it: PostgreSQL finds {@code pg_temp} first. All of it is
 * done within a savepoint of the session's own connection, and rolled back to it, so that nothing is left behind however
 * it ends. Without a transaction it is a transaction of the server by itself, which drops the tables at its end.
 *
 * <p>A read-only transaction may not create tables. Then its connections are only read from, and the query runs in a
 * session apart, on a connection that is not read-only: as every table is copied, those of reference entities too, it sees
 * what this transaction sees and nothing else, whatever the isolation.
 *
 * <p>A statement that the server has prepared would still read the real tables: the query's SQL must be one that this
 * connection has never seen, see {@link UniqueSql}.
 */
public final class Gather {
    /** More rows than these, and the planner should know what is in them. */
    private static final int WORTH_ANALYZING = 1000;

    private final Shards shards;
    private final List<CopiedTable> tables;
    private final List<CopiedTable> references;
    private final boolean keys;
    private final String query;
    private final long limit;
    private final @Nullable Integer timeout;

    /**
     * Prepares it.
     *
     * @param tables those whose rows are on several shards
     * @param references those that every shard has
     * @param keys whether the query relies on primary keys, as GROUP BY does that names nothing else of a table
     * @param limit the most rows to copy
     * @param query for errors
     * @param timeout of each statement, in seconds
     */
    public Gather(
            Shards shards,
            List<CopiedTable> tables,
            List<CopiedTable> references,
            boolean keys,
            long limit,
            String query,
            @Nullable Integer timeout) {
        this.shards = shards;
        this.tables = List.copyOf(tables);
        this.references = List.copyOf(references);
        this.keys = keys;
        this.limit = limit;
        this.query = query;
        this.timeout = timeout;
    }

    /**
     * Copies the rows and runs the query.
     *
     * @param destination where to
     * @param run the query: reads all of its result, in the session that it is given, which is the destination's child
     *     unless that is read-only
     */
    public <T> T run(ShardId destination, Function<SharedSessionContractImplementor, T> run) {
        SharedSessionContractImplementor child = shards.child(destination);
        return connected(
                destination,
                () -> shards.cursor(
                        child,
                        () -> isReadOnly(child)
                                ? shards.apart(destination, session -> apart(destination, session, run))
                                : within(destination, child, run)));
    }

    /** Works while the session holds connections to the destination and to all shards whose rows are needed. */
    <T extends @Nullable Object> T connected(ShardId destination, Supplier<T> work) {
        List<ShardId> all = connect(destination);
        try {
            return work.get();
        } finally {
            release(all, null);
        }
    }

    private <T> T within(
            ShardId destination,
            SharedSessionContractImplementor child,
            Function<SharedSessionContractImplementor, T> run) {
        try {
            Connection connection = connection(child);
            Savepoint before = connection.setSavepoint();
            boolean joined = child.isTransactionInProgress();
            shards.gathers(destination, true);
            boolean done = false;
            try {
                copy(tables, destination, child);
                release(sources(), destination);
                T result = run.apply(child);
                done = true;
                return result;
            } finally {
                shards.gathers(destination, false);
                if (joined) {
                    rollback(connection, before, done);
                }
            }
        } catch (SQLException e) {
            throw converted(e, child);
        }
    }

    private <T> T apart(
            ShardId destination,
            SharedSessionContractImplementor session,
            Function<SharedSessionContractImplementor, T> run) {
        if (isReadOnly(session)) {
            throw new ShardingException(
                    ShardErrorCode.QUERY_REFUSED,
                    "rows of several shards cannot be gathered on shard \"" + destination
                            + "\", for all of its transactions are read-only and may not create temporary tables. Look at"
                            + " default_transaction_read_only, and whether it is a replica. Query: " + query);
        }
        for (CopiedTable table : references) {
            if (CopiedTable.isQualified(table.name())) {
                throw new ShardingException(
                        ShardErrorCode.QUERY_REFUSED,
                        "rows of several shards cannot be gathered in a read-only transaction with those of the reference"
                                + " table " + table.name()
                                + ", for no copy can hide a table that is named with a schema."
                                + " Name the schema in the shard's URL, or run the query in a transaction that is not"
                                + " read-only. Query: " + query);
            }
        }
        try {
            List<CopiedTable> copied = new ArrayList<>(tables);
            references.forEach(table -> copied.add(table.of(destination)));
            copy(copied, null, session);
            release(sources(), null);
            return run.apply(session);
        } catch (SQLException e) {
            throw converted(e, session);
        }
    }

    private static RuntimeException converted(SQLException e, SharedSessionContractImplementor session) {
        return session.getJdbcServices()
                .getSqlExceptionHelper()
                .convert(e, "could not gather rows on shard \"" + session.getTenantIdentifierValue() + "\"");
    }

    /** Whether its transaction is, by whatever means. */
    public static boolean isReadOnly(SharedSessionContractImplementor session) {
        try (PreparedStatement statement =
                        connection(session).prepareStatement("select current_setting('transaction_read_only')");
                ResultSet row = statement.executeQuery()) {
            return row.next() && row.getString(1).equals("on");
        } catch (SQLException e) {
            throw converted(e, session);
        }
    }

    /** The shards whose rows are needed, in the topology's order. */
    private Set<ShardId> sources() {
        Set<ShardId> all = new LinkedHashSet<>();
        tables.stream()
                .sorted(Comparator.comparing(table -> -table.shards().size()))
                .forEach(table -> all.addAll(table.shards()));
        return all;
    }

    /** Takes the connections in one order, the topology's, so that no two gathers ever wait for each other. */
    private List<ShardId> connect(ShardId destination) {
        Set<ShardId> all = sources();
        all.add(destination);
        all.forEach(shards::connected);
        return List.copyOf(all);
    }

    private static Connection connection(SharedSessionContractImplementor child) {
        return child.getJdbcCoordinator().getLogicalConnection().getPhysicalConnection();
    }

    /** Outside of transactions, gives connections back. */
    private void release(Collection<ShardId> all, @Nullable ShardId but) {
        for (ShardId shard : all) {
            if (!shard.equals(but)) {
                shards.child(shard).afterOperation(true);
            }
        }
    }

    private static void rollback(Connection connection, Savepoint before, boolean done) throws SQLException {
        try {
            connection.rollback(before);
            connection.releaseSavepoint(before);
        } catch (SQLException e) {
            if (done) {
                throw e;
            } // else the first failure tells more: the connection is of no use any more
        }
    }

    /**
     * Copies all.
     *
     * @param own whose rows are there already; null for none
     */
    private void copy(List<CopiedTable> copied, @Nullable ShardId own, SharedSessionContractImplementor session)
            throws SQLException {
        Connection connection = connection(session);
        RowBudget budget = new RowBudget(limit, query, copied);
        for (CopiedTable table : copied) {
            boolean here = own != null && table.shards().contains(own);
            Connection model =
                    here ? connection : connection(shards.child(table.shards().get(0)));
            String key = keys ? TempTable.key(table, model) : null;
            CopiedTable complete = TempTable.complete(table, key, model);
            TempTable temp = new TempTable(complete);
            if (here) {
                temp.create(session, connection, budget);
            } else {
                temp.create(session, connection, model);
            }
            fill(complete, temp, here ? own : null, connection, budget);
            if (key != null) {
                TempTable.execute(
                        session, connection, "alter table pg_temp." + table.copy() + " add primary key (" + key + ")");
            }
            if (budget.rows(table) > WORTH_ANALYZING) {
                TempTable.execute(session, connection, "analyze pg_temp." + table.copy());
            }
        }
        checkHidden(copied, connection);
    }

    /** With the rows of the other shards. */
    private void fill(CopiedTable table, TempTable temp, @Nullable ShardId own, Connection connection, RowBudget budget)
            throws SQLException {
        List<ShardId> others = new ArrayList<>(table.shards());
        others.removeIf(shard -> shard.equals(own));
        if (others.isEmpty()) {
            return;
        }
        try (CopyTarget target = new CopyTarget(connection, temp.copyIn())) {
            shards.inParallel(others.size(), i -> {
                SharedSessionContractImplementor child = shards.child(others.get(i));
                RowSource source = new RowSource(table, child, budget, timeout);
                return () -> shards.cursor(child, () -> {
                    source.copyTo(target);
                    return true;
                });
            });
            target.finish();
        }
    }

    /** A search path that names {@code pg_temp} behind others would let the query read the real tables. */
    private void checkHidden(List<CopiedTable> copied, Connection connection) throws SQLException {
        String sql =
                """
                select t from unnest(?::text[]) t
                where not exists (select from pg_class where oid = to_regclass(t) and relpersistence = 't')""";
        Object[] names = copied.stream().map(CopiedTable::copy).toArray();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("text", names));
            try (ResultSet visible = statement.executeQuery()) {
                if (visible.next()) {
                    throw new ShardingException(
                            ShardErrorCode.QUERY_REFUSED,
                            "rows of several shards cannot be gathered: the search path of the connection names pg_temp"
                                    + " behind the schema of " + visible.getString(1)
                                    + ". Take pg_temp out of it, then it comes first. Query: " + query);
                }
            }
        }
    }
}
