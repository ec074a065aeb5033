package io.hibernateshards.internal.connection;

import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of one shard. Which of them is the primary is what they say themselves: the one that is no standby, and of
 * several the one that was promoted last. A shard with one server is never asked.
 */
public final class ShardServers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShardServers.class);

    private static final int SAMPLES = 128;

    /** For how long what the primary lacked is not asked for again. */
    private static final long LACKED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Where the primary was in its log, and since when everything up to there had been committed. */
    private record Sample(long asked, long position) {}

    private final ShardId shard;
    private final Identities identities;
    private final List<Server> servers;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private volatile Server primary;
    private volatile @Nullable Seen lacked;
    private volatile long lackedAt;
    private volatile boolean known;

    /** Whether there may be connections of a server that was the primary before. */
    private volatile boolean replaced;

    private volatile long timeline;
    private boolean split;

    /**
     * @param sources the first is taken for the primary until the servers have said who it is
     */
    ShardServers(List<ShardSource> sources, Identities identities) {
        this.identities = identities;
        shard = sources.get(0).shard();
        List<Server> all = new ArrayList<>();
        for (ShardSource source : sources) {
            all.add(new Server(source, this));
        }
        servers = List.copyOf(all);
        primary = servers.get(0);
        known = servers.size() == 1;
    }

    public ShardId shard() {
        return shard;
    }

    Identities identities() {
        return identities;
    }

    public boolean isReplicated() {
        return servers.size() > 1;
    }

    public List<Server> servers() {
        return servers;
    }

    /** The server that is written. */
    public Server primary() {
        if (!known) {
            await(ask(), TimeUnit.SECONDS.toNanos(2));
            if (primary != servers.get(0)) {
                // another cluster's server may have answered first: the configured primary says whether it belongs here
                await(servers.get(0).probe().start(), TimeUnit.SECONDS.toNanos(ServerProbe.TIMEOUT));
            }
            known = true;
        }
        return primary;
    }

    /** The timeline that the primary writes; 0 before that is known. */
    long timeline() {
        return timeline;
    }

    boolean isPrimary(Server server) {
        return server == primary;
    }

    /**
     * Returns whether the primary, which has just been asked, has not reached a position: then no replica will, and the
     * position is of commits that a failover lost, of a primary that is not known here, or made up by a client. That is
     * remembered for a moment.
     */
    public boolean lacks(Position wanted) {
        Seen its = primary.seen();
        if (its == null || its.standby() || its.includes(wanted)) {
            return false;
        }
        lackedAt = System.nanoTime();
        lacked = its;
        return true;
    }

    /** Returns whether the primary {@linkplain #lacks lacked} a position a moment ago. */
    public boolean lacked(Position wanted) {
        Seen last = lacked;
        return last != null && System.nanoTime() - lackedAt < LACKED_NANOS && !last.includes(wanted);
    }

    /**
     * Makes sure, without a round trip, that a connection was opened to the server that is the primary now. While no other
     * one was promoted this looks at nothing.
     *
     * @throws ShardingException if it was opened to another server
     */
    public void checkPrimary(Connection connection) {
        if (!replaced) {
            return;
        }
        Server now = primary;
        Server its = serverOf(connection);
        if (its != null && its != now) {
            throw new ShardingException(
                    ShardErrorCode.SHARD_UNAVAILABLE,
                    "shard \"" + shard + "\": the transaction is one of "
                            + its.source().described() + ", but "
                            + now.source().described() + " is the primary now. Nothing of it is stored: repeat it, in"
                            + " another session");
        }
    }

    private @Nullable Server serverOf(Connection connection) {
        try {
            BaseConnection physical = connection.unwrap(BaseConnection.class);
            return servers.stream()
                    .filter(server -> server.hasOpened(physical))
                    .findFirst()
                    .orElse(null);
        } catch (SQLException e) {
            return null; // it is closed, and nothing can be committed by it
        }
    }

    /** Asks all servers that are not being asked. */
    public CompletableFuture<Void> ask() {
        return CompletableFuture.allOf(
                servers.stream().map(server -> server.probe().start()).toArray(CompletableFuture[]::new));
    }

    private void await(CompletableFuture<?> answers, long nanos) {
        try {
            answers.get(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("not all servers of shard \"{}\" have answered", shard, e);
        }
    }

    Connection connection(Function<Server, ShardPool> pool) {
        for (int attempt = 1; ; attempt++) {
            Server server = primary();
            Connection connection;
            try {
                connection = pool.apply(server).connection();
            } catch (ShardingException e) {
                if (e.code() == ShardErrorCode.FACTORY_CLOSED) {
                    throw e;
                }
                if (server != primary && attempt < 3) {
                    continue;
                }
                throw isReplicated() && e.code() == ShardErrorCode.SHARD_UNAVAILABLE ? none(e) : e;
            }
            if (server == primary && !server.isStandby()) { // opening it may have told that it is not any more
                return connection;
            }
            close(connection);
            if (attempt == 3) {
                throw none(null);
            }
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("a connection that is not wanted could not be given back", e);
        }
    }

    private ShardingException none(@Nullable ShardingException failure) {
        return new ShardingException(
                ShardErrorCode.SHARD_UNAVAILABLE,
                "shard \"" + shard + "\" has no primary that can be used:\n  "
                        + servers.stream().map(Server::state).collect(Collectors.joining("\n  "))
                        + (failure == null ? "" : "\n" + failure.getMessage())
                        + "\nPromote a standby, or start the primary; what reads replicas goes on meanwhile",
                failure);
    }

    /** A server has said something of itself. */
    void learned(Server server, Seen seen) {
        synchronized (this) {
            if (!belongs(server, seen)) {
                return;
            }
            if (!seen.standby()) {
                writes(server, seen);
            }
            if (server == primary && !seen.standby()) {
                if (samples.size() == SAMPLES) {
                    samples.removeFirst();
                }
                samples.addLast(new Sample(seen.asked(), seen.position()));
                for (Server other : servers) {
                    leads(other, seen);
                    date(other);
                }
            } else {
                follows(server, seen);
                date(server);
            }
        }
    }

    /** A server that is a cluster of its own has other rows. */
    private boolean belongs(Server server, Seen seen) {
        Server first = servers.stream()
                .filter(other -> other != server && other.seen() != null && other.banned() == null)
                .findFirst()
                .orElse(null);
        Seen other = first == null ? null : first.seen();
        if (other == null || other.system() == seen.system()) {
            if (server.following() == null) {
                server.ban(null); // one that is ahead stays banned until it is started anew
            }
            return true;
        }
        Server stranger = server == servers.get(0) && first != null ? first : server;
        if (stranger.banned() == null) {
            stranger.ban("it is no replica of shard \"" + shard + "\", but a cluster of its own with other rows");
            LOG.error("{}: make it anew by pg_basebackup, or correct its URL", stranger.state());
        }
        return stranger != server;
    }

    private void writes(Server server, Seen seen) {
        Server before = primary;
        Seen its = before.seen();
        boolean vacant = its == null || its.standby() || before.banned() != null;
        if (server == before) {
            if (timeline != 0 && seen.timeline() != timeline) { // its URL leads to another server than before
                followAnew();
            }
            timeline = seen.timeline();
        } else if (vacant || seen.timeline() > timeline) {
            split = false;
            primary = server;
            replaced = true;
            followAnew();
            timeline = seen.timeline(); // last: whoever reads it sees that nothing follows yet
            if (vacant) {
                LOG.info("shard \"{}\": {} is the primary", shard, server);
            } else {
                LOG.warn("shard \"{}\": {} was promoted and is the primary now, instead of {}", shard, server, before);
            }
        } else {
            if (!split) {
                LOG.error(
                        "shard \"{}\": {} is no standby, but {} is the primary; it is not used. Make it a standby, or"
                                + " remove it from the settings",
                        shard,
                        server,
                        before);
            }
            split = true;
            server.ban("it is no standby, but " + before + " is the primary");
        }
    }

    /** The positions of the primary are others than before. */
    private void followAnew() {
        samples.clear();
        servers.forEach(Server::stale);
        servers.forEach(other -> other.following(null));
    }

    /** The primary has said where it is. */
    private void leads(Server server, Seen primarys) {
        Seen its = server.seen();
        Following now = server.following();
        if (server == primary || its == null || now == null || its.asked() - primarys.asked() >= 0) {
            return;
        }
        if (its.standby() && Long.compareUnsigned(its.position(), primarys.position()) > 0) {
            if (server.banned() == null) {
                server.ban("it is ahead of the primary " + primary + ", and so does not follow it");
                LOG.error("{}: make it anew, by pg_rewind or pg_basebackup", server.state());
            }
            return;
        }
        server.following(now.primaryAt(primarys.position(), its));
    }

    /** A standby has said where it is. */
    private void follows(Server server, Seen seen) {
        Following now = server.following();
        if (now == null || now.run() != seen.run()) {
            server.ban(null);
            now = Following.start(seen);
        }
        server.following(now.standbyAt(seen.position()));
    }

    private void date(Server server) {
        Seen seen = server.seen();
        if (seen == null) {
            return;
        }
        if (server == primary) {
            server.fresh(seen.asked());
            return;
        }
        for (var latest = samples.descendingIterator(); latest.hasNext(); ) {
            Sample sample = latest.next();
            if (Long.compareUnsigned(sample.position(), seen.position()) <= 0) {
                server.fresh(sample.asked());
                return;
            }
        }
    }

    @Override
    public void close() {
        servers.forEach(Server::close);
    }

    @Override
    public String toString() {
        return shard + " " + servers;
    }
}
