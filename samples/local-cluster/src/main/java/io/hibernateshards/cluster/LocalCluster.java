package io.hibernateshards.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Real PostgreSQL for tests and samples: N shards, each a server, a database or a schema. The kind of server comes from
 * the system property {@code shards.postgres}: {@code embedded} (default: PostgreSQL 18 from the class path, nothing to
 * install), {@code testcontainers} ({@code postgres:15}), or JDBC URLs separated by commas, whose user may create
 * databases and schemas.
 *
 * <p>Not safe for use by several threads but for {@link #shared}.
 */
public final class LocalCluster implements AutoCloseable {
    /** What a shard is. */
    public enum Layout {
        /** A server of its own. */
        SERVERS,
        /** A database of one server. */
        DATABASES,
        /** A schema of one database. */
        SCHEMAS
    }

    private static final AtomicInteger NAMES = new AtomicInteger();

    private final List<PostgresServer> servers;
    private final List<Shard> shards;
    private final boolean ownsServers;

    private LocalCluster(List<PostgresServer> servers, List<Shard> shards, boolean ownsServers) {
        this.servers = List.copyOf(servers);
        this.shards = List.copyOf(shards);
        this.ownsServers = ownsServers;
    }

    /** Starts a cluster with text in C order. */
    public static LocalCluster start(Layout layout, int shards) {
        return start(layout, shards, Collation.C);
    }

    /** Starts a cluster with text in the given order. */
    public static LocalCluster start(Layout layout, int shards, Collation collation) {
        return start(layout, shards, collation, ServerOptions.FAST);
    }

    /** Starts a cluster: its servers at the same time. */
    public static LocalCluster start(Layout layout, int shards, Collation collation, ServerOptions options) {
        List<PostgresServer> servers = startServers(0, layout == Layout.SERVERS ? shards : 1, options);
        try {
            return of(servers, layout, shards, collation, true);
        } catch (RuntimeException e) {
            servers.forEach(PostgresServer::close);
            throw e;
        }
    }

    /**
     * Fresh databases or schemas on servers that live as long as this JVM: cheap, for tests that stop no server.
     *
     * @param layout with {@link Layout#SERVERS} each shard is a new database on a server of its own
     */
    public static LocalCluster shared(Layout layout, int shards, Collation collation) {
        return of(Shared.servers(layout == Layout.SERVERS ? shards : 1), layout, shards, collation, false);
    }

    /** As above, with text in C order. */
    public static LocalCluster shared(Layout layout, int shards) {
        return shared(layout, shards, Collation.C);
    }

    private static LocalCluster of(
            List<PostgresServer> servers, Layout layout, int count, Collation collation, boolean ownsServers) {
        String prefix = "s" + ProcessHandle.current().pid() + "_" + NAMES.incrementAndGet() + "_";
        List<Shard> shards = new ArrayList<>();
        String database = layout == Layout.SCHEMAS ? servers.get(0).createDatabase(prefix + "db", collation) : "";
        for (int i = 0; i < count; i++) {
            PostgresServer server = servers.get(layout == Layout.SERVERS ? i : 0);
            String url = layout == Layout.SCHEMAS
                    ? server.createSchema(database, prefix + i)
                    : server.url(server.createDatabase(prefix + i, collation));
            shards.add(new Shard("shard" + i, url, server.user(), server.password()));
        }
        return new LocalCluster(servers, shards, ownsServers);
    }

    private static List<PostgresServer> startServers(int from, int to, ServerOptions options) {
        List<CompletableFuture<PostgresServer>> starting = IntStream.range(from, to)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> PostgresServer.start(i, options)))
                .toList();
        try {
            CompletableFuture.allOf(starting.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            starting.stream()
                    .filter(server -> !server.isCompletedExceptionally())
                    .forEach(server -> server.join().close());
            throw e;
        }
        return starting.stream().map(CompletableFuture::join).toList();
    }

    /** The shards in order: {@code shard0}, {@code shard1} ... */
    public List<Shard> shards() {
        return shards;
    }

    /** What a sharded session factory needs to find them: {@code hibernate.shards.*}. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("hibernate.shards.shards", shards.stream().map(Shard::name).collect(Collectors.joining(",")));
        for (Shard shard : shards) {
            String prefix = "hibernate.shards.shard." + shard.name() + ".";
            settings.put(prefix + "url", shard.url());
            settings.put(prefix + "username", shard.user());
            settings.put(prefix + "password", shard.password());
        }
        return settings;
    }

    /** Kills the server of a shard at once (SIGKILL), as if its machine had gone. Only embedded servers. */
    public void kill(int shard) {
        serverOf(shard).kill();
    }

    /** Shuts the server of a shard down; its clients are told so. Only embedded servers. */
    public void stop(int shard) {
        serverOf(shard).stop();
    }

    /** Starts a killed or stopped server again, with its data and on its port. */
    public void restart(int shard) {
        serverOf(shard).restart();
    }

    private PostgresServer serverOf(int shard) {
        if (!ownsServers) {
            throw new IllegalStateException("shared servers serve other tests too: start a cluster of your own");
        }
        return servers.get(servers.size() == 1 ? 0 : shard);
    }

    /** Stops the servers that were started for this cluster; on shared ones drops its databases. */
    @Override
    public void close() {
        if (ownsServers) {
            servers.forEach(PostgresServer::close);
        } else {
            shards.stream()
                    .map(shard -> PostgresServer.databaseOf(shard.url()))
                    .distinct()
                    .forEach(database -> servers.forEach(server -> server.dropDatabase(database)));
        }
    }

    /** Servers for the whole JVM, as many as were asked for so far. */
    private static final class Shared {
        private static final List<PostgresServer> SERVERS = new ArrayList<>();

        static synchronized List<PostgresServer> servers(int count) {
            if (SERVERS.isEmpty()) {
                Runtime.getRuntime().addShutdownHook(new Thread(Shared::stop));
            }
            if (SERVERS.size() < count) {
                SERVERS.addAll(startServers(SERVERS.size(), count, ServerOptions.FAST));
            }
            return List.copyOf(SERVERS.subList(0, count));
        }

        private static synchronized void stop() {
            SERVERS.forEach(PostgresServer::close);
        }
    }
}
