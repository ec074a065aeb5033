package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.mapping.LookupAttribute;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The lookup tables of all shards, each in its catalog schema, made at their first use. */
final class LookupTables {
    /** Any constant that no other lock of the catalog uses. */
    private static final long LOCK = 0x4853_4c4f_4f4bL;

    private static final String UNDEFINED_TABLE = "42P01";

    private final Map<ShardId, JdbcCatalog> catalogs;
    private final LookupTable unique;
    private final LookupTable other;
    private final Set<ShardId> made = ConcurrentHashMap.newKeySet();

    LookupTables(Map<ShardId, JdbcCatalog> catalogs) {
        this.catalogs = Map.copyOf(catalogs);
        String schema = catalogs.values().iterator().next().schema();
        unique = new LookupTable(schema, true);
        other = new LookupTable(schema, false);
    }

    LookupTable of(LookupAttribute attribute) {
        return attribute.unique() ? unique : other;
    }

    List<LookupTable> both() {
        return List.of(unique, other);
    }

    Set<ShardId> shards() {
        return catalogs.keySet();
    }

    JdbcCatalog catalog(ShardId shard) {
        JdbcCatalog catalog = catalogs.get(shard);
        if (catalog == null) {
            throw new IllegalStateException("no catalog of shard " + shard);
        }
        return catalog;
    }

    /** Makes the tables of a shard unless they are there, in a transaction of its own. */
    void make(ShardId shard) {
        if (made.contains(shard)) {
            return;
        }
        catalog(shard).inTransaction(connection -> {
            if (!exist(connection)) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
                    statement.execute(unique.create());
                    statement.execute(other.create());
                }
            }
            return true;
        });
        made.add(shard);
    }

    private boolean exist(Connection connection) throws SQLException {
        try (PreparedStatement find =
                connection.prepareStatement("select to_regclass(?) is not null and to_regclass(?) is not null")) {
            find.setString(1, unique.name());
            find.setString(2, other.name());
            try (ResultSet row = find.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** Works on a branch, where the tables are by then. */
    <T> T onBranch(LookupSession session, ShardId shard, String sql, LookupSession.BranchWork<T> work) {
        make(shard);
        return session.onBranch(shard, sql, connection -> {
            try {
                return work.on(connection);
            } catch (SQLException e) {
                if (UNDEFINED_TABLE.equals(e.getSQLState())) {
                    made.remove(shard);
                    throw new ShardingException(
                            ShardErrorCode.LOOKUP,
                            "the tables " + unique.name() + " and " + other.name() + " of shard \"" + shard
                                    + "\" have been dropped since this JVM first used them, and nothing was written. They"
                                    + " are made again as the next transaction needs them; fill them by"
                                    + " ShardedSessionFactory.getLookups()",
                            e);
                }
                ShardingException unusable = catalog(shard).unusable("no lookup of the transaction was written: ", e);
                if (unusable != null) {
                    throw unusable;
                }
                throw e;
            }
        });
    }
}
