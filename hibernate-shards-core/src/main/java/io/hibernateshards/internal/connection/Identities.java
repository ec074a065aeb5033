package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.ServerIdentity.Claim;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which database each shard is. Until the start has checked all that can be reached, the identities of new connections are
 * only noted; from then on a connection to another database is refused, and a shard that was down is checked when its
 * first connection opens. Safe for any number of threads.
 */
public final class Identities {
    private static final Logger LOG = LoggerFactory.getLogger(Identities.class);

    /** Checks a shard that could not be reached at start. */
    @FunctionalInterface
    public interface Joining {
        /**
         * Checks it, and records what its catalog lacks.
         *
         * @param connection a new one to its primary, which commits by itself; it must do so again afterwards
         * @return its identity, or null if that cannot be said yet
         * @throws ShardingException if it is not the shard that the settings say it is
         */
        @Nullable
        ServerIdentity join(ShardId shard, Connection connection, ServerIdentity found) throws SQLException;
    }

    private final String catalog;
    private final @Nullable String home;
    private final Map<ShardId, Set<ServerIdentity>> observed = new ConcurrentHashMap<>();
    private final Map<ShardId, ServerIdentity> accepted = new ConcurrentHashMap<>();
    private final Object oneJoins = new Object();
    private volatile @Nullable Joining joining;

    /**
     * @param catalog the catalog schema, without quotes
     * @param home the schema of the tables, or null for that of the connection
     */
    public Identities(String catalog, @Nullable String home) {
        this.catalog = '"' + catalog.replace("\"", "\"\"") + '"';
        this.home = home;
    }

    /** The databases that connections to a shard have led to so far; more than one is a mistake. */
    public List<ServerIdentity> observed(ShardId shard) {
        Set<ServerIdentity> seen = observed.getOrDefault(shard, Set.of());
        synchronized (seen) {
            return List.copyOf(seen);
        }
    }

    /**
     * From now on connections to other databases are refused.
     *
     * @param shards those that were checked
     * @param others checks the rest
     */
    public void accept(Map<ShardId, ServerIdentity> shards, Joining others) {
        accepted.putAll(shards);
        joining = others;
        observed.clear();
    }

    /** The identities of the shards that were checked. */
    public Map<ShardId, ServerIdentity> accepted() {
        return Map.copyOf(accepted);
    }

    /** Returns what stands for the cluster of a shard in positions of its log; 0 while that is unknown. */
    public int fingerprint(ShardId shard) {
        ServerIdentity known = accepted.get(shard);
        return known == null ? 0 : known.fingerprint();
    }

    /** The database behind a connection that commits by itself. */
    public ServerIdentity identify(Connection connection) throws SQLException {
        return greet(connection, false).identity();
    }

    Greeting greet(Connection connection, boolean replicated) throws SQLException {
        return Greeting.on(connection, replicated, catalog, home);
    }

    /**
     * Checks the database behind a new connection.
     *
     * @throws RefusedConnectionException if it is not the shard
     */
    void check(Server server, Connection connection, ServerIdentity found) throws SQLException {
        ShardId shard = server.source().shard();
        Joining others = joining;
        if (others == null) {
            if (!found.standby()) {
                Set<ServerIdentity> seen = observed.computeIfAbsent(shard, first -> new LinkedHashSet<>());
                synchronized (seen) {
                    seen.removeIf(found::isSamePlaceAs); // a later record replaces none
                    seen.add(found);
                }
            }
            return;
        }
        try {
            ServerIdentity known = accepted.get(shard);
            if (known != null) {
                compare(server, known, found);
            } else if (!found.standby()) {
                join(others, server.source(), connection, found);
            }
        } catch (ShardingException e) {
            throw new RefusedConnectionException(e);
        }
    }

    private void join(Joining others, ShardSource source, Connection connection, ServerIdentity found)
            throws SQLException {
        ShardId shard = source.shard();
        ServerCheck.run(source, connection);
        synchronized (oneJoins) { // one after the other: they may write the same rows
            ServerIdentity joined = others.join(shard, connection, found);
            if (joined != null) {
                accepted.put(shard, joined);
            }
        }
    }

    private static void compare(Server server, ServerIdentity known, ServerIdentity found) {
        Claim claim = found.claim();
        Claim before = known.claim();
        ShardId shard = server.source().shard();
        if (claim == null) {
            if (!found.isSamePlaceAs(known) && !found.standby()) { // a standby may not have replayed the record yet
                throw refused(
                        server.source().described() + " was " + known.described() + " and is now " + found.described()
                                + ", which has no record of being a shard. Correct its URL; or, if the shard was moved"
                                + " there, start once with " + ShardSettings.ADOPT + " = " + shard + "@"
                                + found.place());
            }
            if (before != null && !found.standby()) {
                LOG.warn(
                        "the catalog of shard \"{}\" has lost the record of its identity; the next start writes it",
                        shard);
            }
            return;
        }
        if (before == null) {
            if (!found.isSamePlaceAs(known)) {
                throw refused(server.source().described() + " was " + known.described() + " and is now "
                        + found.described() + ", the shard \"" + claim.name() + "\": correct its URL, and start anew");
            }
            return;
        }
        if (!claim.name().equals(shard.name()) || !claim.cluster().equals(before.cluster())) {
            throw refused(server.source().described() + " leads to " + found.described() + ", which is shard \""
                    + claim.name() + "\" of cluster " + claim.cluster() + " and not shard \"" + shard + "\" of cluster "
                    + before.cluster() + ": correct its URL, or start the application anew if the schema was"
                    + " created anew");
        }
        if (!found.isWhereRecorded()) {
            throw refused(copied(server.source().described(), shard, found, claim));
        }
    }

    /** Says that a database is a copy of a shard, and how it may take the shard's place. */
    public static String copied(String described, ShardId shard, ServerIdentity found, Claim claim) {
        String adopting = " start once with " + ShardSettings.ADOPT + " = " + shard + "@" + found.place();
        if (found.isDatabaseWhereRecorded()) {
            return described + " leads to " + found.described()
                    + ", which is not the schema that was recorded as shard \""
                    + claim.name()
                    + "\": that one was renamed, or dropped, and this one has its name. Name it as before, or"
                    + " restore it; or, if this one has the shard's rows," + adopting;
        }
        return described + " leads to " + found.described() + ", a copy of shard \"" + claim.name() + "\", which is "
                + Long.toUnsignedString(claim.system()) + "/" + claim.database()
                + ": correct its URL; or, if the copy has replaced the shard and nobody writes the old one any more,"
                + adopting;
    }

    private static ShardingException refused(String what) {
        return new ShardingException(ShardErrorCode.IDENTITY, what);
    }
}
