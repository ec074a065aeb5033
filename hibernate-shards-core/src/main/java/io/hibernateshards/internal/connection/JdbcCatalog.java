package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.spi.Catalog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The catalog in a schema of one shard.
 *
 * <p>It has a small pool of its own. Sessions ask the catalog while they hold a connection of the shard: with a common
 * pool, as many such sessions as it has connections would wait for each other, and a busy application would keep the
 * worker lease from being renewed.
 */
public final class JdbcCatalog implements Catalog {
    /** Any number that all JVMs share. */
    private static final long LOCK = 0x6869626e_73686172L;

    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    /** A table or its schema does not exist. */
    private static final Set<String> GONE = Set.of("42P01", "3F000");

    /** The function that reads the system identifier; everybody may use it unless somebody has revoked that. */
    private static final String SYSTEM = "pg_control_system";

    private final ShardServers servers;
    private final String schema;
    private volatile boolean created;

    /**
     * A catalog; connects at its first use.
     *
     * @param schema as it is called, without quotes
     */
    public JdbcCatalog(ShardServers servers, String schema) {
        this.servers = servers;
        this.schema = schema;
    }

    private Connection connection() {
        return servers.connection(Server::catalog);
    }

    @Override
    public String schema() {
        return quoted(schema);
    }

    private static String quoted(@Nullable String name) {
        return '"' + String.valueOf(name).replace("\"", "\"\"") + '"';
    }

    @Override
    public <T> T inTransaction(Work<T> work) {
        if (!created) {
            transaction(this::createSchema);
            created = true;
        }
        return transaction(work);
    }

    private <T> T transaction(Work<T> work) {
        try (Connection connection = connection()) {
            try {
                T result = work.run(connection);
                checkPrimary(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                rollback(connection, e);
                throw e;
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /**
     * Makes sure, without a round trip, that a connection of the shard, whichever pool's, is one of its primary.
     *
     * @throws ShardingException if this JVM knows of another primary by now: what is committed on the old one is lost
     */
    public void checkPrimary(Connection connection) {
        servers.checkPrimary(connection);
    }

    private ShardingException failed(SQLException e) {
        if (servers.primary().catalog().isClosed()) {
            return Shutdown.error(e);
        }
        ShardingException unusable = unusable("", e);
        return unusable != null
                ? unusable
                : new ShardingException(ShardErrorCode.SHARD_UNAVAILABLE, described() + ": " + e.getMessage(), e);
    }

    private String described() {
        return "catalog schema \"" + schema + "\" on "
                + servers.primary().source().described();
    }

    /**
     * Explains why a statement failed on the catalog, by whichever connection: while this application runs somebody has dropped
     * its tables, or revoked a privilege.
     *
     * @param what failed for that, with a colon; or nothing
     * @return null if the statement failed for another reason
     */
    public @Nullable ShardingException unusable(String what, SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (GONE.contains(state)) {
            created = false;
            return new ShardingException(
                    ShardErrorCode.SCHEMA,
                    what + described() + ": " + e.getMessage() + ". It was dropped while the application runs. Restore"
                            + " it from a backup; without one start the application again, which makes tables that are"
                            + " missing, without their rows",
                    e);
        }
        if (!INSUFFICIENT_PRIVILEGE.equals(state)) {
            return null;
        }
        ShardSource source = servers.primary().source();
        if (String.valueOf(e.getMessage()).contains(SYSTEM)) {
            return new ShardingException(
                    ShardErrorCode.SCHEMA,
                    source.described() + ": user \"" + source.username() + "\" may not learn which server it is, and so"
                            + " whether it is a copy, on which two-phase commits would go wrong: " + e.getMessage()
                            + ". Have an administrator run there: grant execute on function " + SYSTEM + "() to "
                            + quoted(source.username()),
                    e);
        }
        return new ShardingException(
                ShardErrorCode.SCHEMA,
                what + described() + ": user \"" + source.username() + "\" may not create or use it: " + e.getMessage()
                        + ". Have an administrator run there: create schema " + schema() + " authorization "
                        + quoted(source.username()) + "; or, if there is one: grant all on schema " + schema() + " to "
                        + quoted(source.username()) + "; grant all on all tables in schema " + schema() + " to "
                        + quoted(source.username()),
                e);
    }

    /**
     * Runs work of which each statement is a transaction of its own.
     *
     * @throws ShardingException if the shard cannot be reached or a statement fails
     */
    public <T> T autoCommitted(Work<T> work) {
        try (Connection connection = connection()) {
            connection.setAutoCommit(true);
            return work.run(connection); // the pool sets the connection back
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static void rollback(Connection connection, Throwable failure) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    /** The schema may be there already, made by hand for a user who may not create one: look before trying. */
    private boolean createSchema(Connection connection) throws SQLException {
        if (exists(connection)) {
            return false;
        }
        try (Statement statement = connection.createStatement()) {
            // "if not exists" alone fails when two JVMs start at once
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            statement.execute("create schema if not exists " + schema());
            return true;
        }
    }

    private boolean exists(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select 1 from pg_namespace where nspname = ?")) {
            statement.setString(1, schema);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }
}
