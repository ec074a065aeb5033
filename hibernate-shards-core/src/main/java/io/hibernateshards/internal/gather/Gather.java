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
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * One run of a query on a single shard, over the rows of several. They are copied into temporary tables of the same names
 * as those that the query reads, which hide the real ones from it: PostgreSQL finds {@code pg_temp} first. All of it is
 * done within a savepoint of the session's own connection, and rolled back to it, so that nothing is left behind however
 * it ends. Without a transaction the connection is rolled back as it is given back.
 *
 * <p>A statement that the server has prepared would still read the real tables: the query's SQL must be one that this
 * connection has never seen, see {@link UniqueSql}.
 */
public final class Gather {
    /** More rows than these, and the planner should know what is in them. */
    private static final int WORTH_ANALYZING = 1000;

    private final Shards shards;
    private final List<CopiedTable> tables;
    private final boolean keys;
    private final String query;
    private final long limit;
    private final @Nullable Integer timeout;

    /**
     * Prepares it.
     *
     * @param keys whether the query relies on primary keys, as GROUP BY does that names nothing else of a table
     * @param limit the most rows to copy
     * @param query for errors
     * @param timeout of each statement, in seconds
     */
    public Gather(
            Shards shards,
            List<CopiedTable> tables,
            boolean keys,
            long limit,
            String query,
            @Nullable Integer timeout) {
        this.shards = shards;
        this.tables = List.copyOf(tables);
        this.keys = keys;
        this.limit = limit;
        this.query = query;
        this.timeout = timeout;
    }

    /**
     * Copies the rows and runs the query.
     *
     * @param destination where to
     * @param run the query: reads all of its result, on the destination's child session
     */
    public <T> T run(ShardId destination, Supplier<T> run) {
        SharedSessionContractImplementor child = shards.child(destination);
        List<ShardId> all = connect(destination);
        try {
            Connection connection = connection(child);
            if (connection.isReadOnly()) {
                throw new ShardingException(
                        ShardErrorCode.QUERY_REFUSED,
                        "rows of several shards cannot be gathered in a read-only transaction, for it may not create"
                                + " temporary tables. Run the query in another one. Query: " + query);
            }
            Savepoint before = connection.setSavepoint();
            boolean joined = child.isTransactionInProgress();
            shards.makesTemporaryTables(destination);
            boolean done = false;
            try {
                copy(destination, child, connection);
                release(all, destination);
                T result = run.get();
                done = true;
                return result;
            } finally {
                if (joined) {
                    rollback(connection, before, done);
                }
            }
        } catch (SQLException e) {
            throw child.getJdbcServices()
                    .getSqlExceptionHelper()
                    .convert(e, "could not gather rows on shard \"" + destination + "\"");
        } finally {
            release(all, null);
        }
    }

    /** Takes the connections in one order, the topology's, so that no two gathers ever wait for each other. */
    private List<ShardId> connect(ShardId destination) {
        Set<ShardId> all = new LinkedHashSet<>();
        tables.stream()
                .sorted(Comparator.comparing(table -> -table.shards().size()))
                .forEach(table -> all.addAll(table.shards()));
        all.add(destination);
        all.forEach(shard -> connection(shards.child(shard)));
        return List.copyOf(all);
    }

    private static Connection connection(SharedSessionContractImplementor child) {
        return child.getJdbcCoordinator().getLogicalConnection().getPhysicalConnection();
    }

    /** Outside of transactions, gives connections back. */
    private void release(List<ShardId> all, @Nullable ShardId but) {
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

    private void copy(ShardId destination, SharedSessionContractImplementor child, Connection connection)
            throws SQLException {
        RowBudget budget = new RowBudget(limit, query, tables);
        for (CopiedTable table : tables) {
            boolean here = table.shards().contains(destination);
            Connection model =
                    here ? connection : connection(shards.child(table.shards().get(0)));
            String key = keys ? TempTable.key(table, model) : null;
            CopiedTable complete = TempTable.complete(table, key, model);
            TempTable temp = new TempTable(complete);
            if (here) {
                temp.create(child, connection, budget);
            } else {
                temp.create(child, connection, model);
            }
            fill(complete, temp, destination, connection, budget);
            if (key != null) {
                TempTable.execute(
                        child, connection, "alter table pg_temp." + table.name() + " add primary key (" + key + ")");
            }
            if (budget.rows(table) > WORTH_ANALYZING) {
                TempTable.execute(child, connection, "analyze pg_temp." + table.name());
            }
        }
        checkHidden(connection);
    }

    /** With the rows of the other shards. */
    private void fill(CopiedTable table, TempTable temp, ShardId destination, Connection connection, RowBudget budget)
            throws SQLException {
        List<ShardId> others = new ArrayList<>(table.shards());
        others.remove(destination);
        if (others.isEmpty()) {
            return;
        }
        try (CopyTarget target = new CopyTarget(connection, temp.copyIn())) {
            shards.inParallel(others.size(), i -> {
                RowSource source = new RowSource(table, shards.child(others.get(i)), budget, timeout);
                return () -> {
                    source.copyTo(target);
                    return true;
                };
            });
            target.finish();
        }
    }

    /** A search path that names {@code pg_temp} behind others would let the query read the real tables. */
    private void checkHidden(Connection connection) throws SQLException {
        String sql =
                """
                select t from unnest(?) t
                where not exists (select from pg_class where oid = to_regclass(t) and relpersistence = 't')""";
        Object[] names = tables.stream().map(CopiedTable::name).toArray();
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
