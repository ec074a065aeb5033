package io.hibernateshards.internal.connection;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The first answer of a server on a new connection, in one round trip.
 *
 * @param seen its state; null if its shard has one server
 */
record Greeting(@Nullable Seen seen, ServerIdentity identity) {
    private static final Set<String> NO_CATALOG = Set.of("42P01", "3F000");

    private static final String NO_PRIVILEGE = "42501";

    /** Null too if the table is of a version that had no such column. */
    private static final String SCHEMA_ID = "(to_jsonb(s) ->> 'schema_id')::bigint";

    /**
     * Reads both, by a connection that commits by itself.
     *
     * @param catalog the catalog schema, quoted
     * @param home the schema of the tables, or null for that of the connection
     */
    static Greeting on(Connection connection, boolean replicated, String catalog, @Nullable String home)
            throws SQLException {
        boolean recorded = true;
        boolean hidden = false;
        boolean system = true;
        while (true) {
            try {
                Greeting greeting = ask(connection, replicated, sql(catalog, home, recorded, system));
                return hidden ? hidden(greeting) : greeting;
            } catch (SQLException e) {
                String state = String.valueOf(e.getSQLState());
                if (recorded && NO_CATALOG.contains(state)) {
                    recorded = false;
                } else if (system && NO_PRIVILEGE.equals(state)) {
                    system = false; // the function that reads the system identifier may not be for this user
                } else if (recorded && NO_PRIVILEGE.equals(state)) {
                    recorded = false; // nor the catalog
                    hidden = true;
                    system = true;
                } else {
                    throw e;
                }
            }
        }
    }

    private static Greeting hidden(Greeting greeting) {
        ServerIdentity its = greeting.identity();
        return new Greeting(
                greeting.seen(),
                new ServerIdentity(
                        its.system(),
                        its.database(),
                        its.databaseName(),
                        its.schema(),
                        its.schemaId(),
                        its.standby(),
                        true,
                        null));
    }

    private static String sql(String catalog, @Nullable String home, boolean recorded, boolean system) {
        String schema = home == null ? "coalesce(current_schema(), '')" : "'" + home.replace("'", "''") + "'";
        return "select " + (system ? "(select system_identifier from pg_control_system())" : "0::bigint")
                + ", d.oid::bigint, d.datname, " + schema
                + ", (select oid::bigint from pg_namespace where nspname = " + schema + "), pg_is_in_recovery(), "
                + (recorded
                        ? "s.cluster, s.name, s.system_identifier, s.database::bigint, " + SCHEMA_ID
                        : "null::text, null::text, null::bigint, null::bigint, null::bigint")
                + " from pg_database d"
                + (recorded ? " left join " + catalog + ".shard s on s.schema = " + schema : "")
                + " where d.datname = current_database()";
    }

    private static Greeting ask(Connection connection, boolean replicated, String sql) throws SQLException {
        long asked = System.nanoTime();
        try (Statement statement = connection.createStatement()) {
            statement.execute(replicated ? Seen.ASK + ";" + sql : sql);
            Seen seen = null;
            if (replicated) {
                try (ResultSet row = statement.getResultSet()) {
                    seen = Seen.read(row, asked);
                }
                statement.getMoreResults();
            }
            try (ResultSet row = statement.getResultSet()) {
                return new Greeting(seen, read(row));
            }
        }
    }

    private static ServerIdentity read(ResultSet row) throws SQLException {
        row.next();
        String cluster = row.getString(7);
        return new ServerIdentity(
                row.getLong(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getBoolean(6),
                false,
                cluster == null
                        ? null
                        : new ServerIdentity.Claim(
                                cluster, row.getString(8), row.getLong(9), row.getLong(10), row.getLong(11)));
    }
}
