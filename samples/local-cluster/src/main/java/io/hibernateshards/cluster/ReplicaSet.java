package io.hibernateshards.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** A primary and its streaming standbys. */
final class ReplicaSet implements AutoCloseable {
    private final List<PostgresServer> servers;
    private PostgresServer primary;

    private ReplicaSet(PostgresServer primary, List<PostgresServer> standbys) {
        this.primary = primary;
        servers = new ArrayList<>();
        servers.add(primary);
        servers.addAll(standbys);
    }

    /** Starts the n-th set. */
    static ReplicaSet start(int n, ServerOptions options, int replicas) {
        PostgresServer primary = PostgresServer.start(n, replicas == 0 ? options : streaming(options));
        List<PostgresServer> standbys = List.of();
        try {
            standbys = atOnce(0, replicas, i -> primary.newStandby("r" + i));
            ReplicaSet set = new ReplicaSet(primary, standbys);
            if (Bouncer.wanted()) {
                set.servers.forEach(PostgresServer::putBouncerBefore);
            }
            return set;
        } catch (RuntimeException e) {
            standbys.forEach(PostgresServer::close);
            primary.close();
            throw e;
        }
    }

    /** A standby that was away finds what it missed, and tries at once whether its primary is back. */
    private static ServerOptions streaming(ServerOptions options) {
        return options.with("wal_keep_size", "1GB").with("wal_retrieve_retry_interval", "100ms");
    }

    /** Makes several of something that takes its time, each in a thread of its own; all of them or, after a failure, none. */
    static <T extends AutoCloseable> List<T> atOnce(int from, int to, IntFunction<T> start) {
        List<CompletableFuture<T>> starting = IntStream.range(from, to)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> start.apply(i), command -> new Thread(command, "start-" + i).start()))
                .toList();
        try {
            CompletableFuture.allOf(starting.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            starting.stream()
                    .filter(one -> !one.isCompletedExceptionally())
                    .forEach(one -> closeQuietly(one.join(), e));
            throw e;
        }
        return starting.stream().map(CompletableFuture::join).toList();
    }

    private static void closeQuietly(AutoCloseable one, Exception failure) {
        try {
            one.close();
        } catch (Exception e) {
            failure.addSuppressed(e);
        }
    }

    /** The first primary, whatever it is now; then the standbys in order. */
    List<PostgresServer> servers() {
        return servers;
    }

    PostgresServer primary() {
        return primary;
    }

    /** Waits until the standbys that run show all that the primary has committed, by asynchronous commits too. */
    void awaitReplicas() {
        primary.execute("set synchronous_commit = local; select pg_logical_emit_message(true, '', '')");
        String written = primary.query("select pg_current_wal_flush_lsn()");
        servers.stream()
                .filter(server -> server != primary && server.runs())
                .forEach(server -> server.await("select pg_last_wal_replay_lsn() >= '" + written + "'"));
    }

    /** The standby that has received most, of those that answer: the one to promote when the primary is lost. */
    PostgresServer mostAdvanced() {
        return servers.stream()
                .filter(server -> server != primary && server.runs())
                .max(Comparator.comparingLong(PostgresServer::received))
                .orElseThrow(() -> new IllegalStateException("no standby runs"));
    }

    void promote(PostgresServer server) {
        server.query("select pg_promote(true, 60)");
        server.await("select not pg_is_in_recovery()");
        primary = server;
        servers.stream()
                .filter(other -> other != server && other.runs() && other.isStandby())
                .forEach(other -> other.follow(server));
    }

    void restart(PostgresServer server) {
        if (server != primary && server.isStandby()) {
            server.follow(primary);
        }
        server.restart();
    }

    void resume(PostgresServer server) {
        server.resume();
        if (server != primary && server.isStandby()) {
            server.follow(primary); // it may have slept through a promotion
        }
    }

    void rejoin(PostgresServer server) {
        if (server == primary) {
            throw new IllegalStateException(server.name() + " is the primary: promote another one first");
        }
        server.rejoin(primary);
    }

    /** Standbys first: a primary waits for those that it can reach. */
    @Override
    public void close() {
        servers.forEach(PostgresServer::closeBouncer);
        servers.stream().filter(server -> server != primary).forEach(PostgresServer::close);
        primary.close();
    }
}
