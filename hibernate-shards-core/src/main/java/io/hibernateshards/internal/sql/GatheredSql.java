package io.hibernateshards.internal.sql;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.gather.CopiedTable;
import io.hibernateshards.internal.gather.Gather;
import io.hibernateshards.internal.gather.ShardedTables;
import io.hibernateshards.internal.gather.SqlTables;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.scatter.ShardAccess;
import io.hibernateshards.internal.target.Refusal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/** One run of SQL on one shard over the rows of all, which are copied there. */
final class GatheredSql {
    /** Classes of SQL states. */
    private static final List<String> SERVERS = List.of("08", "40", "53", "55", "57", "58", "XX");

    private final String sql;
    private final ShardAccess access;
    private final List<ShardId> shards;
    private final @Nullable Integer timeout;

    GatheredSql(String sql, ShardAccess access, @Nullable Integer timeout) {
        this.sql = sql;
        this.access = access;
        shards = access.router().topology().shards();
        this.timeout = timeout;
    }

    /** The SQL without its parameters' values, for the server to read but not to run. */
    interface Text {
        String on(SharedSessionContractImplementor session, Connection connection) throws SQLException;
    }

    /** What is asked in the session that has the copies. */
    interface Ask<T> {
        T on(SharedSessionContractImplementor session);
    }

    <T> T run(Text text, long limit, Ask<T> ask) {
        ShardId some = describing();
        shards.forEach(access::connected); // in one order, before the first is asked
        try {
            SharedSessionContractImplementor child = access.child(some);
            SqlTables read;
            if (Gather.isReadOnly(child)) {
                read = access.apart(some, session -> tables(text, session));
            } else {
                access.makesTemporaryTables(some); // a view
                read = tables(text, child);
            }
            return run(read, some, text, limit, ask);
        } finally {
            shards.forEach(shard -> access.child(shard).afterOperation(true));
        }
    }

    /** A shard that can tell the tables of the SQL: any, unless it may name one that is on a single shard only. */
    private ShardId describing() {
        ShardedTables tables = access.plans().tables();
        String text = sql.toLowerCase(Locale.ROOT);
        for (String name : tables.names()) {
            if (tables.of(name) instanceof Single single
                    && shards.contains(single.shard())
                    && text.contains(name.replace("\"", "").toLowerCase(Locale.ROOT))) {
                return single.shard();
            }
        }
        return access.gatherOn(shards);
    }

    private <T> T run(SqlTables read, ShardId some, Text text, long limit, Ask<T> ask) {
        if (read.refusal() != null) {
            throw refused(read.refusal());
        }
        ShardId destination = some;
        List<CopiedTable> copied = new ArrayList<>();
        List<CopiedTable> references = new ArrayList<>();
        for (String name : read.names().values()) {
            String mapped = mapped(name);
            EntityPlacement placement =
                    mapped == null ? null : access.plans().tables().of(mapped);
            if (mapped == null || placement == null) {
                throw refused(new Refusal(
                        "the table " + name,
                        "no entity is mapped to it by that name alone, so it is not known where its rows are",
                        "map an entity to it, or run the SQL on one shard by its hint"));
            }
            if (placement instanceof Single single) {
                destination = single.shard();
            }
            CopiedTable table = new CopiedTable(
                    mapped,
                    List.of(CopiedTable.ALL_COLUMNS), // a whole row may be read, which the server does not tell
                    placement instanceof Single single ? List.of(single.shard()) : shards,
                    null);
            (placement instanceof Reference ? references : copied).add(table);
        }
        SharedSessionContractImplementor child = access.child(destination);
        Function<SharedSessionContractImplementor, T> checked = session -> {
            List<CopiedTable> hidden = new ArrayList<>(copied);
            if (session != child) {
                hidden.addAll(references);
            }
            checkHidden(text, session, read, hidden);
            return ask.on(session);
        };
        return new Gather(access, copied, references, read.keys(), limit, sql, timeout).run(destination, checked);
    }

    /** As Hibernate's SQL has it: the server's names are in lower case unless they are quoted. */
    private @Nullable String mapped(String name) {
        ShardedTables tables = access.plans().tables();
        for (String candidate : tables.names()) {
            String plain = candidate.startsWith("\"") && candidate.endsWith("\"")
                    ? candidate.substring(1, candidate.length() - 1)
                    : candidate.toLowerCase(Locale.ROOT);
            if (plain.equals(name)) {
                return candidate;
            }
        }
        return null;
    }

    /** A table that the SQL names by its schema is read itself, not its copy. */
    private void checkHidden(
            Text text, SharedSessionContractImplementor session, SqlTables before, List<CopiedTable> copied) {
        SqlTables now = tables(text, session);
        long copies = now.names().values().stream()
                .map(this::mapped)
                .filter(name -> copied.stream().anyMatch(table -> table.name().equals(name)))
                .count();
        boolean real =
                now.refusal() != null || now.names().size() != before.names().size() || copies != copied.size();
        for (Long id : now.names().keySet()) {
            String name = before.names().get(id);
            real |= name != null
                    && copied.stream().anyMatch(table -> table.name().equals(mapped(name)));
        }
        if (real) {
            throw refused(new Refusal(
                    "SQL that names a table with its schema",
                    "only a table that is named without one can be hidden by a copy",
                    "leave the schema out of the SQL"));
        }
    }

    private SqlTables tables(Text text, SharedSessionContractImplementor session) {
        Connection connection =
                session.getJdbcCoordinator().getLogicalConnection().getPhysicalConnection();
        try {
            return SqlTables.of(text.on(session, connection), connection);
        } catch (SQLException e) {
            if (isOfTheServer(e)) {
                throw session.getJdbcServices()
                        .getSqlExceptionHelper()
                        .convert(e, "could not find the tables of SQL for the rows of all shards");
            }
            throw new ShardingException(
                    ShardErrorCode.QUERY_REFUSED,
                    "the SQL cannot be run over the rows of all shards, for its tables could not be found: "
                            + message(e) + ". It has to be one query that reads only. SQL: " + sql);
        }
    }

    /** Whether it says nothing of the SQL: the connection broke, the server has no resources, the statement was cancelled. */
    private static boolean isOfTheServer(SQLException e) {
        String state = e.getSQLState(); // null: the pool's
        return state == null || SERVERS.stream().anyMatch(state::startsWith);
    }

    /** Without values: what the server says of names tells none, but of a syntax error it may. */
    private static String message(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("42")
                        && !state.equals("42601")
                        && e instanceof PSQLException server
                        && server.getServerErrorMessage() != null
                ? String.valueOf(server.getServerErrorMessage().getMessage())
                : "the server refused it with SQL state " + state;
    }

    private ShardingException refused(Refusal refusal) {
        return new ShardingException(
                ShardErrorCode.QUERY_REFUSED,
                refusal.construct() + " over shards " + shards + ": " + refusal.reason() + ". Instead: "
                        + refusal.rewrite() + ". SQL: " + sql);
    }
}
