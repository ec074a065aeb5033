package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;
import org.hibernate.service.UnknownUnwrapTypeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives Hibernate the connections of the shard that a session belongs to: those of its primary, if it is not told otherwise.
 * Who made it closes it, and not Hibernate, which would do so while others still have work to do in the catalog.
 */
public final class ShardConnectionProvider implements MultiTenantConnectionProvider<ShardId>, AutoCloseable {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(ShardConnectionProvider.class);

    /** Longer than a pool needs for connections that do not want to end. */
    private static final int CLOSE_SECONDS = 20;

    @SuppressWarnings("serial") // Hibernate declares the interface serializable; nothing ever serializes a pool
    private final transient Map<ShardId, ShardServers> shards = new LinkedHashMap<>();

    private final transient CancelRequests cancelRequests;
    private final transient Shutdown shutdown = new Shutdown();
    private final transient Identities identities;
    private final boolean replicated;

    @SuppressWarnings("ThreadLocalUsage") // set for one call only
    private final transient ThreadLocal<@Nullable Lender> lenders = new ThreadLocal<>();

    @SuppressWarnings("ThreadLocalUsage") // set for one call only
    private final transient ThreadLocal<@Nullable ShardId> apart = new ThreadLocal<>();

    /** Whether a session has ever taken a connection apart: nearly none does, and each connection would look. */
    private volatile boolean takesApart;

    @SuppressWarnings("serial")
    private final transient Map<Connection, ReadLease> lent = new ConcurrentHashMap<>();

    /**
     * Pools for all the servers; connects to none of them yet.
     *
     * @param sources of each shard its own server before its replicas
     * @param identities checks the database behind each new connection
     */
    public ShardConnectionProvider(Collection<ShardSource> sources, Identities identities) {
        this.identities = identities;
        Map<ShardId, List<ShardSource>> servers = new LinkedHashMap<>();
        sources.forEach(source -> servers.computeIfAbsent(source.shard(), first -> new ArrayList<>())
                .add(source));
        servers.forEach((shard, of) -> shards.put(shard, new ShardServers(of, identities)));
        cancelRequests = new CancelRequests(sources.stream()
                .map(ShardDataSource::cancelSignalTimeout)
                .filter(timeout -> !timeout.isZero())
                .min(Comparator.naturalOrder())
                .orElse(Duration.ZERO));
        replicated = shards.values().stream().anyMatch(ShardServers::isReplicated);
    }

    /**
     * The servers of a shard.
     *
     * @throws ShardingException if there is no such shard
     */
    public ShardServers servers(ShardId shard) {
        ShardServers servers = shards.get(shard);
        if (servers == null) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION, "there is no shard \"" + shard + "\"; there are " + shards.keySet());
        }
        return servers;
    }

    /** The databases that the shards are. */
    public Identities identities() {
        return identities;
    }

    /** All shards. */
    public Collection<ShardServers> shards() {
        return Collections.unmodifiableCollection(shards.values());
    }

    /** Chooses a connection for one session that only reads. */
    public interface Lender {
        /** Of which shard. */
        ShardId shard();

        /** Called once its session needs a connection. */
        ReadLease lend();
    }

    /** Works in a session which, if it needs a connection for that, takes it from this lender. */
    public <T extends @Nullable Object, E extends Exception> T lending(Lender lender, Work<T, E> work) throws E {
        Lender outer = lenders.get();
        lenders.set(lender);
        try {
            return work.run();
        } finally {
            lenders.set(outer); // not removed if null: that would look through the thread's other values at each read
        }
    }

    /**
     * A connection of a shard, auto-commit off; close it to give it back.
     *
     * @throws ShardingException if there is no such shard, or it has no connection to give in time
     */
    @Override
    public Connection getConnection(ShardId shard) {
        shutdown.check();
        if (replicated) {
            Lender lender = lenders.get();
            if (lender != null && lender.shard().equals(shard)) {
                ReadLease lease = lender.lend();
                lent.put(lease.connection(), lease);
                return lease.connection();
            }
        }
        return takesApart && shard.equals(apart.get()) ? connectionApart(shard) : primaryConnection(shard);
    }

    /** Works in a session which, if it needs a connection of that shard for it, takes one {@link #connectionApart apart}. */
    public <T> T takingApart(ShardId shard, Supplier<T> work) {
        takesApart = true;
        apart.set(shard);
        try {
            return work.get();
        } finally {
            apart.set(null);
        }
    }

    /**
     * A connection of a shard for a session that holds one of each shard already, and waits for nothing while it has this
     * one; so the few that there are always come back.
     *
     * @throws ShardingException if there is no such shard, or it has no connection to give in time
     */
    public Connection connectionApart(ShardId shard) {
        return servers(shard).connection(Server::apart);
    }

    /** A connection of the primary, as above, whoever asks. */
    public Connection primaryConnection(ShardId shard) {
        shutdown.check();
        return schemaConnection(shard);
    }

    /**
     * The connections of other JVMs that use the database as a shard.
     *
     * @param connection of that shard
     * @return names and addresses; none too behind a pooler, where nobody knows whose they are
     */
    public Set<String> otherClients(ShardId shard, Connection connection) throws SQLException {
        Set<Integer> own = new HashSet<>();
        shards().forEach(servers -> own.addAll(servers.primary().backends()));
        Set<String> others = new TreeSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select pg_backend_pid(), pid, application_name, coalesce(host(client_addr), 'local')"
                                + " from pg_stat_activity where datname = current_database()"
                                + " and (application_name like 'hibernate-shards shard-%'"
                                + " or application_name like 'hibernate-shards listener %')")) {
            while (rows.next()) {
                if (!own.contains(rows.getInt(1))) {
                    return Set.of();
                }
                if (!own.contains(rows.getInt(2))) {
                    others.add("shard \"" + shard + "\": " + rows.getString(3) + " at " + rows.getString(4));
                }
            }
        }
        return others;
    }

    /** A connection of the primary to make or drop tables, while the factory is being closed as well. */
    public Connection schemaConnection(ShardId shard) {
        return servers(shard).connection(Server::sessions);
    }

    @Override
    public void releaseConnection(ShardId shard, Connection connection) throws SQLException {
        if (replicated) {
            ReadLease lease = lent.remove(connection);
            if (lease != null) {
                lease.server().giveBack();
            }
        }
        cancelRequests.giveBack(connection);
    }

    /** Cancels what runs on connections of the pools; who closes one of them that may be cancelled gives it back by this. */
    public CancelRequests cancelRequests() {
        return cancelRequests;
    }

    /** Serves start-up, where any shard is as good as another: the first one that answers. */
    @Override
    public Connection getAnyConnection() {
        List<ShardingException> failures = new ArrayList<>();
        for (ShardServers servers : shards.values()) {
            try {
                return servers.connection(Server::sessions);
            } catch (ShardingException e) {
                if (e.code() == ShardErrorCode.CONFIGURATION) {
                    throw e;
                }
                failures.add(e);
            }
            for (Server server : servers.servers()) {
                if (server.isStandby() && server.mayServe()) {
                    return server.sessionConnection();
                }
            }
        }
        ShardingException none = new ShardingException(
                ShardErrorCode.SHARD_UNAVAILABLE,
                "no shard answers:\n"
                        + failures.stream().map(Throwable::getMessage).collect(Collectors.joining("\n")));
        failures.forEach(none::addSuppressed);
        throw none;
    }

    @Override
    public void releaseAnyConnection(Connection connection) throws SQLException {
        connection.close();
    }

    @Override
    public boolean supportsAggressiveRelease() {
        return false;
    }

    @Override
    public boolean isUnwrappableAs(Class<?> type) {
        return type.isInstance(this);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (!type.isInstance(this)) {
            throw new UnknownUnwrapTypeException(type);
        }
        return type.cast(this);
    }

    /** The end of the factory that has these connections. */
    public Shutdown shutdown() {
        return shutdown;
    }

    /** Breaks off what sessions are doing, so that it holds no lock any more. */
    public void cutSessions() {
        onAllServers(server -> server.sessions().cut());
    }

    /** Closes all connections, those that are in use, too. May be called again. */
    @Override
    public void close() {
        shutdown.begin();
        onAllServers(Server::close);
    }

    /** At the same time, and not for ever: a server may hang. */
    private void onAllServers(Consumer<Server> work) {
        List<CompletableFuture<Void>> ended = new ArrayList<>();
        for (ShardServers of : shards.values()) {
            for (Server server : of.servers()) {
                CompletableFuture<Void> one = new CompletableFuture<>();
                ended.add(one);
                Daemons.run("shards-close-" + server, () -> {
                    try {
                        work.accept(server);
                    } catch (RuntimeException e) {
                        LOG.warn("{}: connections could not be closed", server, e);
                    } finally {
                        one.complete(null);
                    }
                });
            }
        }
        CompletableFuture.allOf(ended.toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS)
                .join(); // whether the thread is interrupted or not
    }
}
