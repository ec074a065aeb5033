package io.hibernateshards.migrate;

import io.hibernateshards.spi.Catalog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;

/**
 * The tables that one shard has got, in its catalog schema. A line is written by the transaction that writes the rows: a table
 * without one has none of them, so that an import that was stopped goes on where it was.
 *
 * @param catalog of the shard
 * @param source what is imported
 */
record ImportLog(Catalog catalog, String source) {
    /** Any constant that no other lock of the catalog uses. */
    private static final long LOCK = 0x4853_494d_504fL;

    private String name() {
        return catalog.schema() + ".imported_table";
    }

    /** Makes the table unless it is there. */
    void make() {
        catalog.inTransaction(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
                return statement.execute("create table if not exists " + name() + " (source text not null,"
                        + " name text not null, rows bigint not null, imported timestamptz not null default now(),"
                        + " primary key (source, name))");
            }
        });
    }

    Set<String> done() {
        return catalog.inTransaction(connection -> {
            Set<String> done = new HashSet<>();
            try (PreparedStatement select =
                    connection.prepareStatement("select name from " + name() + " where source = ?")) {
                select.setString(1, source);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        done.add(row.getString(1));
                    }
                }
            }
            return done;
        });
    }

    /** Writes down that a table is here, in the transaction of its rows. */
    void add(Connection connection, String table, long rows) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("insert into " + name() + " (source, name, rows) values (?, ?, ?)")) {
            insert.setString(1, source);
            insert.setString(2, table);
            insert.setLong(3, rows);
            insert.executeUpdate();
        }
    }
}
