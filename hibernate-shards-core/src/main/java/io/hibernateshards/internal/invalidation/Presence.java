package io.hibernateshards.internal.invalidation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The JVMs that listen to one shard, as its server sees them by the names of their connections. One that disappears without
 * a farewell may have committed what it did not live to publish: by a transaction manager, by a statement outside a
 * transaction, or behind a commit whose server process ended in between.
 *
 * <p>Not thread-safe.
 */
final class Presence {
    /** What a server says of itself and of who listens. */
    private static final String LOOK =
            """
            select pg_is_in_recovery(),
                   pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                   array(select application_name from pg_stat_activity
                         where datname = current_database() and starts_with(application_name, ?))""";

    private static final String LISTENER = "hibernate-shards listener ";

    /** How often a JVM must be missed in a row: one whose network was cut comes back sooner, and publishes itself. */
    private static final int MISSES = 3;

    private static final String BYE = "bye ";

    /** Since when a JVM is missed. */
    private static final class Missed {
        final long running;
        int times = 1;
        boolean told;

        Missed(long running) {
            this.running = running;
        }
    }

    private final String channel;
    private final String own;
    private final Set<String> present = new HashSet<>();
    private final Set<String> leaving = new HashSet<>();
    private final Map<String, Missed> missed = new HashMap<>();

    /**
     * Knows of nobody.
     *
     * @param own the name of this JVM, without a space
     */
    Presence(String channel, String own) {
        this.channel = channel;
        this.own = own;
    }

    /** The name of a connection that listens: it fits into the 63 characters of PostgreSQL's names. */
    String applicationName() {
        return LISTENER + channel.substring(channel.length() - 20) + " " + own;
    }

    private String prefix() {
        return LISTENER + channel.substring(channel.length() - 20) + " ";
    }

    /** The message of a JVM that has published all it has to. */
    String farewell() {
        return BYE + own;
    }

    /** Whether a message is the farewell of some JVM, which is not missed then. */
    boolean isFarewell(String message) {
        if (!message.startsWith(BYE)) {
            return false;
        }
        leaving.add(prefix() + message.substring(BYE.length()));
        return true;
    }

    /** Forgets who was there: the caches are emptied anyway. */
    void forget() {
        present.clear();
        leaving.clear();
        missed.clear();
    }

    /**
     * Looks who is there.
     *
     * @return whether somebody has left without a farewell: now, or earlier and a transaction that ran then has ended now
     * @throws SQLException if the server is no primary, too
     */
    boolean hasLost(Connection listening) throws SQLException {
        try (PreparedStatement look = listening.prepareStatement(LOOK)) {
            look.setString(1, prefix());
            try (ResultSet row = look.executeQuery()) {
                row.next();
                if (row.getBoolean(1)) {
                    throw new SQLException("it is in recovery, and so not the primary");
                }
                return hasLost(List.of((String[]) row.getArray(4).getArray()), row.getLong(2), row.getLong(3));
            }
        }
    }

    /**
     * The same.
     *
     * @param now the names of the connections that listen
     * @param oldest the oldest transaction that is running
     * @param next the next transaction's number
     */
    boolean hasLost(List<String> now, long oldest, long next) {
        now.forEach(missed::remove);
        boolean lost = false;
        for (Iterator<Missed> gone = missed.values().iterator(); gone.hasNext(); ) {
            Missed one = gone.next();
            boolean over = oldest >= one.running;
            if (++one.times >= MISSES && (over || !one.told)) {
                lost = true;
                one.told = true;
            }
            if (one.told && over) {
                gone.remove();
            }
        }
        for (String name : present) {
            if (!now.contains(name) && !leaving.contains(name)) {
                missed.put(name, new Missed(next));
            }
        }
        present.clear();
        present.addAll(now);
        leaving.retainAll(now); // they come back under no such name
        return lost;
    }
}
