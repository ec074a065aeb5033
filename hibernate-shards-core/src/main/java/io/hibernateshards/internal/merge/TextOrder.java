package io.hibernateshards.internal.merge;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.plan.Collation;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.engine.jdbc.spi.JdbcCoordinator;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * Orders text as the servers do. Where a collation goes by code points, so does this; for any other nothing is guessed:
 * a server that has it ranks the texts that are to be compared.
 */
public final class TextOrder {
    private static final Set<String> CODE_POINTS = Set.of("\"C\"", "\"POSIX\"", "\"ucs_basic\"", "\"pg_c_utf8\"");
    private static final Set<String> TEXT = Set.of("text", "character varying");

    /** A database's collation: who provides it, its name there, and which version of its rules. */
    private record Provided(String provider, String name, String version) {
        boolean byCodePoints() {
            boolean c = name.equals("C") || name.equals("POSIX");
            return provider.equals("b") || provider.equals("c") && (c || name.matches("C\\.(UTF-8|utf8)"));
        }
    }

    private final Map<ShardId, Provided> databases = new ConcurrentHashMap<>();
    private final Map<String, Boolean> deterministic = new ConcurrentHashMap<>();

    /** Whether the order of the collation is that of code points, on every one of the shards. */
    public boolean byCodePoints(Collation collation, Collection<SharedSessionContractImplementor> children) {
        if (!TEXT.contains(collation.type())) {
            return false;
        }
        return collation.name().equals("\"default\"")
                ? common(children).byCodePoints()
                : CODE_POINTS.contains(collation.name());
    }

    /** Whether texts are equal only if all their characters are; not where a collation says otherwise. */
    public boolean equalByBytes(Collation collation, SharedSessionContractImplementor child) {
        return TEXT.contains(collation.type())
                && (collation.name().equals("\"default\"")
                        || deterministic.computeIfAbsent(collation.name(), name -> isDeterministic(name, child)));
    }

    private static boolean isDeterministic(String collation, SharedSessionContractImplementor child) {
        return asked(
                child,
                "select collisdeterministic from pg_collation where oid = cast(? as regcollation)",
                statement -> statement.setString(1, collation),
                row -> row.next() && row.getBoolean(1));
    }

    private interface Bound {
        void to(PreparedStatement statement) throws SQLException;
    }

    private interface Read<T> {
        T from(ResultSet rows) throws SQLException;
    }

    /** Sends it as Hibernate sends statements, so that the session sees it: its connection is left as it was. */
    private static <T> T asked(SharedSessionContractImplementor child, String sql, Bound bound, Read<T> read) {
        JdbcCoordinator jdbc = child.getJdbcCoordinator();
        PreparedStatement statement = jdbc.getStatementPreparer().prepareQueryStatement(sql, false, null);
        try {
            bound.to(statement);
            return read.from(jdbc.getResultSetReturn().extract(statement, sql));
        } catch (SQLException e) {
            throw child.getJdbcServices().getSqlExceptionHelper().convert(e, "could not compare texts", sql);
        } finally {
            jdbc.getLogicalConnection().getResourceRegistry().release(statement);
        }
    }

    private Provided common(Collection<SharedSessionContractImplementor> children) {
        Map<ShardId, Provided> asked = new HashMap<>();
        for (SharedSessionContractImplementor child : children) {
            ShardId shard = (ShardId) child.getTenantIdentifierValue();
            Provided known = databases.get(shard);
            if (known == null) {
                known = ofDatabase(child);
                databases.put(shard, known);
            }
            asked.put(shard, known);
        }
        if (Set.copyOf(asked.values()).size() > 1) {
            throw new ShardingException(
                    ShardErrorCode.QUERY_REFUSED,
                    "order by text: the databases of the shards have different collations " + asked
                            + ", so there is no one order. Create them with the same one, or order by a number or a time");
        }
        return asked.values().iterator().next();
    }

    private static Provided ofDatabase(SharedSessionContractImplementor child) {
        // columns that differ between versions of PostgreSQL are read through json
        String sql =
                """
                select coalesce(j ->> 'datlocprovider', 'c'),
                       coalesce(j ->> 'datlocale', j ->> 'daticulocale', j ->> 'datcollate'),
                       coalesce(j ->> 'datcollversion', '')
                from (select to_jsonb(d) j from pg_database d where datname = current_database()) one""";
        return asked(child, sql, statement -> {}, row -> {
            row.next();
            return new Provided(row.getString(1), row.getString(2), row.getString(3));
        });
    }

    /** The rank of each text among them; texts that the collation holds for equal have the same one. */
    public static Map<String, Integer> rank(
            Set<String> texts, Collation collation, SharedSessionContractImplementor child) {
        if (texts.isEmpty()) {
            return Map.of();
        }
        // "character" alone would be cut to one
        String type = collation.type().equals("character") ? "bpchar" : collation.type();
        String value = "cast(v as " + type + ")"
                + (collation.name().equals("\"default\"") ? "" : " collate " + collation.name());
        String sql = "select v, dense_rank() over (order by " + value + ") from unnest(?::text[]) v";
        return asked(
                child,
                sql,
                statement -> statement.setArray(1, statement.getConnection().createArrayOf("text", texts.toArray())),
                row -> {
                    Map<String, Integer> ranks = new HashMap<>();
                    while (row.next()) {
                        ranks.put(row.getString(1), row.getInt(2));
                    }
                    return ranks;
                });
    }
}
