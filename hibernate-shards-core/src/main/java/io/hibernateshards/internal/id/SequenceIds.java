package io.hibernateshards.internal.id;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.topology.IdBits;
import io.hibernateshards.internal.topology.SqlLiteral;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.hibernate.engine.jdbc.connections.spi.JdbcConnectionAccess;
import org.jspecify.annotations.Nullable;

/**
 * Values of a PostgreSQL sequence on each shard, fetched {@value #POOL} at a time on a connection of their own. Hibernate's
 * pooled optimizers are not used: they keep one pool a tenant and entity, which two tenants of one generator mix up.
 */
final class SequenceIds {
    static final int POOL = 64;

    private record Key(ShardId shard, String sequence) {}

    private final ConcurrentMap<Key, Pool> pools = new ConcurrentHashMap<>();

    long next(ShardId shard, String sequence, JdbcConnectionAccess connections) {
        return pools.computeIfAbsent(new Key(shard, sequence), Pool::new).next(connections);
    }

    /** Forgets what was fetched: the sequences were made anew. */
    void forget() {
        pools.clear();
    }

    /** The name of a table's sequence, quoted if the table's is. */
    static String sequenceOf(String table) {
        boolean quoted = table.endsWith("\"");
        String bare = quoted ? table.substring(0, table.length() - 1) : table;
        String name = bare.substring(bare.lastIndexOf(quoted ? '"' : '.') + 1);
        String before = bare.substring(0, bare.length() - name.length());
        // PostgreSQL would cut a longer name, and with it what tells it from the table's
        String kept = name.length() <= 53 ? name : name.substring(0, 44) + "_" + Integer.toHexString(name.hashCode());
        return before + kept + "_shard_seq" + (quoted ? "\"" : "");
    }

    private static final class Pool {
        private final Key key;
        private long next;
        private long end;
        private boolean checked;

        Pool(Key key) {
            this.key = key;
        }

        synchronized long next(JdbcConnectionAccess connections) {
            if (next == end) {
                long first = fetch(connections);
                if (first < 0 || first > IdBits.MAX_SEQUENCE - POOL) {
                    throw failed("its value " + first + " does not fit into an id", null);
                }
                next = first;
                end = first + POOL;
            }
            return next++;
        }

        private long fetch(JdbcConnectionAccess connections) {
            try {
                Connection connection = connections.obtainConnection();
                try {
                    long value = fetch(connection);
                    if (!connection.getAutoCommit()) {
                        connection.commit();
                    }
                    return value;
                } catch (SQLException | RuntimeException e) {
                    if (!connection.getAutoCommit()) {
                        connection.rollback();
                    }
                    throw e;
                } finally {
                    connections.releaseConnection(connection);
                }
            } catch (SQLException e) {
                throw failed(String.valueOf(e.getMessage()), e);
            }
        }

        private long fetch(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                if (!checked) {
                    // "if not exists" alone still fails when two connections create it at once
                    statement.execute("select pg_advisory_xact_lock(hashtext(" + literal() + "))");
                    statement.execute("create sequence if not exists " + key.sequence() + " increment by " + POOL);
                    long step = number(
                            statement,
                            "select seqincrement from pg_sequence where seqrelid = " + literal() + "::regclass");
                    if (step != POOL) {
                        throw failed("it counts by " + step + " instead of " + POOL, null);
                    }
                    checked = true;
                }
                return number(statement, "select nextval(" + literal() + ")");
            }
        }

        private static long number(Statement statement, String sql) throws SQLException {
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        }

        private String literal() {
            return SqlLiteral.of(key.sequence());
        }

        private ShardingException failed(String what, @Nullable Throwable cause) {
            return new ShardingException(
                    ShardErrorCode.ID_GENERATION,
                    "sequence " + key.sequence() + " on shard \"" + key.shard() + "\": " + what
                            + "; it must exist as: create sequence " + key.sequence() + " increment by " + POOL,
                    cause);
        }
    }
}
