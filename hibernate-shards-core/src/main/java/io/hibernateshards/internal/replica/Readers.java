package io.hibernateshards.internal.replica;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.ReadLease;
import io.hibernateshards.internal.connection.Server;
import io.hibernateshards.internal.connection.ShardConnectionProvider;
import io.hibernateshards.internal.connection.ShardServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.hibernate.HibernateException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lends connections for reading: of the replica with the least to do for its weight among those that are fresh enough, else
 * of one that becomes so within a bound, else of the primary. How far servers are is asked all the time in the background,
 * and at once while somebody waits; never by the read itself.
 */
public final class Readers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Readers.class);

    /** Between two questions while somebody waits. */
    private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(500);

    private final ShardConnectionProvider connections;
    private final long maxWait;
    private final @Nullable ScheduledExecutorService watch;

    /** Starts to ask the servers of shards that have replicas, if there are any. */
    public Readers(ShardConnectionProvider connections, Duration probeInterval, Duration maxWait) {
        this.connections = connections;
        this.maxWait = maxWait.toNanos();
        List<ShardServers> replicated =
                connections.shards().stream().filter(ShardServers::isReplicated).toList();
        watch = replicated.isEmpty() ? null : start(replicated, probeInterval);
    }

    private static ScheduledExecutorService start(List<ShardServers> shards, Duration interval) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "shards-replicas");
            thread.setDaemon(true);
            return thread;
        });
        Future<?> unused =
                executor.scheduleAtFixedRate(() -> ask(shards), 0, interval.toMillis(), TimeUnit.MILLISECONDS);
        return executor;
    }

    private static void ask(List<ShardServers> shards) {
        try {
            for (ShardServers servers : shards) {
                Future<?> unused = servers.ask();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("replicas cannot be watched", e);
        }
    }

    /** Whether any shard has a replica. */
    public boolean exist() {
        return watch != null;
    }

    /** Whether this shard has one. */
    public boolean exist(ShardId shard) {
        return watch != null && connections.servers(shard).isReplicated();
    }

    ShardConnectionProvider connections() {
        return connections;
    }

    /**
     * A connection to read.
     *
     * @param position that must have been reached at level SESSION, null for none
     * @throws ShardingException if no server that may be asked has one to give
     */
    ReadLease lend(ShardId shard, Consistency level, @Nullable Position position) {
        ShardServers servers = connections.servers(shard);
        if (servers.isReplicated() && !level.equals(Consistency.STRONG)) {
            ReadLease lease = ofReplica(servers, level, position);
            if (lease != null) {
                return lease;
            }
        }
        return ofPrimary(servers);
    }

    private ReadLease ofPrimary(ShardServers servers) {
        Connection connection = readOnly(connections.primaryConnection(servers.shard()));
        Server primary = servers.primary();
        primary.lend();
        return new ReadLease(primary, connection, false, System.nanoTime());
    }

    private @Nullable ReadLease ofReplica(ShardServers servers, Consistency level, @Nullable Position position) {
        servers.primary(); // the first time it asks all
        Set<Server> failed = new HashSet<>(0);
        long start = System.nanoTime();
        while (true) {
            Server server = choose(servers, level, position, failed);
            if (server == null) {
                if (!waited(servers, level, position, start, failed)) {
                    return null;
                }
            } else {
                ReadLease lease = of(server, level, position, failed);
                if (lease != null) {
                    return lease;
                }
            }
        }
    }

    private static @Nullable ReadLease of(
            Server server, Consistency level, @Nullable Position position, Set<Server> failed) {
        server.lend();
        try {
            Connection connection = readOnly(server.sessionConnection());
            long freshAt = server.freshAt();
            if (suits(server, level, position)) { // the server may have been started anew meanwhile
                return new ReadLease(server, connection, true, freshAt);
            }
            close(connection);
        } catch (HibernateException e) {
            LOG.debug("{} is left out", server, e);
            failed.add(server);
        }
        server.giveBack();
        return null;
    }

    /** The pool sets it back. */
    private static Connection readOnly(Connection connection) {
        try {
            connection.setReadOnly(true);
            return connection;
        } catch (SQLException e) {
            close(connection);
            throw new HibernateException("a connection could not be set to read only", e);
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("a connection that is not wanted could not be given back", e);
        }
    }

    /** Ties are broken by chance, so that JVMs do not march in step. */
    private static @Nullable Server choose(
            ShardServers servers, Consistency level, @Nullable Position position, Set<Server> failed) {
        Server best = null;
        double least = Double.MAX_VALUE;
        int ties = 0;
        List<Server> all = servers.servers();
        for (int i = 0; i < all.size(); i++) {
            Server server = all.get(i);
            if (server.isStandby() && suits(server, level, position) && !failed.contains(server)) {
                double load = server.load();
                if (load < least) {
                    best = server;
                    least = load;
                    ties = 1;
                } else if (load == least && ThreadLocalRandom.current().nextInt(++ties) == 0) {
                    best = server;
                }
            }
        }
        return best;
    }

    /** Whether what is read there now is fresh enough. */
    static boolean suits(Server server, Consistency level, @Nullable Position position) {
        if (level.equals(Consistency.EVENTUAL) || level.equals(Consistency.SESSION) && position == null) {
            return server.mayServe();
        }
        if (!server.serves()) {
            return false;
        }
        Duration staleness = level.staleness();
        if (staleness == null) {
            return position == null || server.includes(position);
        }
        long fresh = server.freshAt();
        return fresh != Long.MIN_VALUE && System.nanoTime() - fresh <= staleness.toNanos();
    }

    /** Has the servers asked again, if there is time left and a replica that may catch up. */
    private boolean waited(
            ShardServers servers, Consistency level, @Nullable Position position, long start, Set<Server> failed) {
        Position wanted = level.equals(Consistency.SESSION) ? position : null;
        if (wanted != null && servers.lacked(wanted)) {
            return false;
        }
        long left = maxWait - (System.nanoTime() - start);
        if (left <= 0
                || servers.servers().stream()
                        .noneMatch(server -> server.isStandby() && server.mayServe() && !failed.contains(server))) {
            return false;
        }
        try {
            servers.ask().get(left, TimeUnit.NANOSECONDS);
            if (wanted != null && servers.lacks(wanted)) {
                return false;
            }
            LockSupport.parkNanos(PAUSE);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.shutdownNow();
        }
    }
}
