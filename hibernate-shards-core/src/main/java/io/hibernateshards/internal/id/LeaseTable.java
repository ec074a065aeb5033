package io.hibernateshards.internal.id;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.id.WorkerNumber.Grant;
import io.hibernateshards.spi.Catalog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The table of worker numbers in the catalog schema. */
final class LeaseTable {
    /** Any constant that no other lock of the catalog uses. */
    private static final long LOCK = 0x4853_574f_524bL;

    private final Catalog catalog;
    private final String table;

    LeaseTable(Catalog catalog) {
        this.catalog = catalog;
        table = catalog.schema() + ".worker_lease";
    }

    /**
     * Takes the lowest number that is free and whose last holder made no id later than now.
     *
     * @throws ShardingException if there is none
     */
    Grant take(String owner, long now, long ceiling, long millis, long validUntil) {
        return catalog.inTransaction(connection -> {
            lock(connection);
            String sql = "with free as (select w.worker, coalesce(l.ceiling, 0) as floor from generate_series(0, "
                    + (IdSettings.WORKERS - 1) + ") w(worker) left join " + table + " l using (worker)"
                    + " where l.worker is null or (l.expires <= clock_timestamp() and l.ceiling <= ?)"
                    + " order by w.worker limit 1) insert into " + table + " as t (worker, owner, expires, ceiling)"
                    + " select worker, ?, clock_timestamp() + ? * interval '1 millisecond', ? from free"
                    + " on conflict (worker) do update set owner = excluded.owner, expires = excluded.expires,"
                    + " ceiling = excluded.ceiling returning worker, (select floor from free)";
            try (PreparedStatement insert = connection.prepareStatement(sql)) {
                insert.setLong(1, now);
                insert.setString(2, owner);
                insert.setLong(3, millis);
                insert.setLong(4, ceiling);
                try (ResultSet row = insert.executeQuery()) {
                    if (row.next()) {
                        return new Grant(row.getInt(1), row.getLong(2), ceiling, validUntil);
                    }
                }
            }
            throw new ShardingException(
                    ShardErrorCode.ID_GENERATION,
                    "all " + IdSettings.WORKERS + " worker numbers in " + table
                            + " are leased, or their last holders' clocks were ahead of this one's; run fewer JVMs,"
                            + " wait until leases run out, or set the clocks");
        });
    }

    /** False if the number has another owner now. */
    boolean renew(int worker, String owner, long ceiling, long millis) {
        return update(
                "update " + table + " set expires = clock_timestamp() + ? * interval '1 millisecond', ceiling = ?"
                        + " where worker = ? and owner = ?",
                millis,
                ceiling,
                worker,
                owner);
    }

    /** Frees the number for any JVM whose clock has passed the ceiling. */
    void release(int worker, String owner, long ceiling) {
        update(
                "update " + table + " set expires = clock_timestamp() + ? * interval '1 millisecond', ceiling = ?"
                        + " where worker = ? and owner = ?",
                0,
                ceiling,
                worker,
                owner);
    }

    private boolean update(String sql, long millis, long ceiling, int worker, String owner) {
        return catalog.inTransaction(connection -> {
            try (PreparedStatement update = connection.prepareStatement(sql)) {
                update.setLong(1, millis);
                update.setLong(2, ceiling);
                update.setInt(3, worker);
                update.setString(4, owner);
                return update.executeUpdate() == 1;
            }
        });
    }

    /** One taker at a time; the first one makes the table. */
    private void lock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            boolean exists;
            try (PreparedStatement find = connection.prepareStatement("select to_regclass(?) is not null")) {
                find.setString(1, table);
                try (ResultSet row = find.executeQuery()) {
                    exists = row.next() && row.getBoolean(1);
                }
            }
            if (!exists) {
                statement.execute("create schema if not exists " + catalog.schema());
                statement.execute("create table " + table + " (worker integer primary key, owner text not null,"
                        + " expires timestamptz not null, ceiling bigint not null)");
            }
        }
    }
}
