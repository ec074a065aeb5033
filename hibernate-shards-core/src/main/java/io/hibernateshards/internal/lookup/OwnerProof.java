package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.LookupAttribute;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hibernate.engine.spi.StatelessSessionImplementor;

/**
 * Proves that no entity has a value, though a lookup's row says so and is committed.
 *
 * <p>That the entity is not to be seen proves nothing: the transaction that wrote both may be committed on the row's shard
 * and not on the entity's yet; prepared there, or, if it is none of two phases, just on its way. But it had written the
 * entity before it wrote the row, so by now it has a number on the entity's server, and it is over once every transaction
 * with a lower number than one that is taken now is. So: (1) the caller has seen the row, committed; (2) a number is taken
 * on the entity's server; (3) nothing with a lower one is in progress there, prepared ones included; (4) then, in a later
 * statement, the entity is looked for. If it is not there, the row dangles, until somebody stores the value anew; who does
 * claims the row, and gives it another stamp. So whoever removes a row, or takes it over, does that to the stamp that was
 * seen in (1), and nothing that has happened since is lost.
 */
final class OwnerProof {
    /** Between two looks at the transactions of a server. */
    private static final Duration PAUSE = Duration.ofMillis(20);

    /**
     * A transaction's number on a server, which is known by when it was started.
     *
     * @param number empty if it has none, as it has written nothing
     */
    record Numbered(String server, String number) {}

    private final OwnerSessions owners;

    OwnerProof(OwnerSessions owners) {
        this.owners = owners;
    }

    /** The number of a connection's transaction. */
    static Numbered number(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_postmaster_start_time()::text,"
                        + " coalesce(pg_current_xact_id_if_assigned()::text, '')")) {
            row.next();
            return new Numbered(row.getString(1), row.getString(2));
        }
    }

    /**
     * Whether nobody on a shard has a value.
     *
     * @param value its text
     * @param own the transactions that wait for the answer, and did not write what it is about
     * @param patience for others
     * @return false also if that cannot be told
     */
    boolean isGone(
            LookupAttribute attribute,
            String value,
            ShardId shard,
            Supplier<Collection<Numbered>> own,
            Duration patience) {
        if (exists(attribute, value, shard)) {
            return false;
        }
        Collection<Numbered> waiting = own.get();
        return earlierAreOver(shard, waiting, patience) && !exists(attribute, value, shard);
    }

    /** Whether some row has the value, whatever its id. */
    private boolean exists(LookupAttribute attribute, String value, ShardId shard) {
        return owners.reading(shard, (session, connection) -> !ids(session, attribute, List.of(value))
                .isEmpty());
    }

    /** Ids and values, as attributes hold them, of the entities that have one of some values. */
    List<Object[]> ids(StatelessSessionImplementor session, LookupAttribute attribute, Collection<String> values) {
        return session.createSelectionQuery(
                        "select id(e), e." + attribute.path() + " from " + attribute.entity() + " e where e."
                                + attribute.path() + " in :values",
                        Object[].class)
                .setParameterList(
                        "values",
                        values.stream()
                                .map(value -> LookupText.parse(attribute, value, owners.factory()))
                                .toList())
                .list();
    }

    /** Waits until all transactions of a shard's server are over that have a number now, but for those who ask. */
    boolean earlierAreOver(ShardId shard, Collection<Numbered> own, Duration patience) {
        return owners.reading(shard, (session, connection) -> {
            String taken = text(connection, "select pg_current_xact_id()::text");
            String server = number(connection).server();
            Set<String> ours = own.stream()
                    .filter(one -> one.server().equals(server))
                    .map(Numbered::number)
                    .collect(Collectors.toUnmodifiableSet());
            long until = System.nanoTime() + patience.toNanos();
            while (isAnyBefore(connection, taken, ours)) {
                if (System.nanoTime() - until >= 0 || !paused()) {
                    return false;
                }
            }
            return true;
        });
    }

    private static boolean isAnyBefore(Connection connection, String taken, Set<String> ours) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select exists (select from"
                + " pg_snapshot_xip(pg_current_snapshot()) x where x < ?::xid8 and x::text <> all(?))")) {
            select.setString(1, taken);
            select.setArray(2, connection.createArrayOf("text", ours.toArray()));
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static boolean paused() {
        try {
            Thread.sleep(PAUSE.toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
