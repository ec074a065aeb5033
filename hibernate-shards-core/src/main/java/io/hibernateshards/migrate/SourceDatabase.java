package io.hibernateshards.migrate;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The database that is copied, as it was at one moment: all connections see the same snapshot, and none of them writes. */
final class SourceDatabase implements AutoCloseable {
    private final String url;
    private final String user;
    private final String password;
    private final Connection first;
    private final String snapshot;

    /** Takes the snapshot, which lasts until this is closed. */
    SourceDatabase(String url, String user, String password) throws SQLException {
        this.url = url;
        this.user = user;
        this.password = password;
        first = DriverManager.getConnection(url, user, password);
        try {
            begin(first);
            try (Statement statement = first.createStatement();
                    ResultSet row = statement.executeQuery("select pg_export_snapshot()")) {
                row.next();
                snapshot = row.getString(1);
            }
            plainText(first);
        } catch (SQLException | RuntimeException e) {
            first.close();
            throw e;
        }
    }

    private static void begin(Connection connection) throws SQLException {
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
    }

    /** So that equal values are equal text on every server. */
    static void plainText(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set local timezone = 'UTC'; set local datestyle = 'ISO, MDY';"
                    + " set local intervalstyle = 'postgres'; set local bytea_output = 'hex';"
                    + " set local extra_float_digits = 1; set local statement_timeout = 0;"
                    + " set local idle_in_transaction_session_timeout = 0");
        }
    }

    /** The connection that the snapshot is of, for one thread. */
    Connection first() {
        return first;
    }

    /** One more; the caller closes it. */
    Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection(url, user, password);
        try {
            begin(connection);
            try (Statement statement = connection.createStatement()) {
                statement.execute("set transaction snapshot '" + snapshot + "'");
            }
            plainText(connection);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** Host, port and database: what tells one source from another, and holds no secret. */
    String name() {
        return url.replaceAll("[?].*", "").replaceAll("//[^/]*@", "//");
    }

    @Override
    public void close() throws SQLException {
        first.close();
    }
}
