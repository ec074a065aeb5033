package io.hibernateshards.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

    private final List<ReplicaSet> servers;
    private final List<Shard> shards;
    private final boolean ownsServers;

    private LocalCluster(List<ReplicaSet> servers, List<Shard> shards, boolean ownsServers) {
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
        return start(layout, shards, collation, options, 0);
    }

    /**
     * Starts a cluster whose servers have streaming standbys: {@link Shard#replicas}, {@link #servers}. Not on servers given
     * by URL.
     */
    public static LocalCluster start(
            Layout layout, int shards, Collation collation, ServerOptions options, int replicasPerShard) {
        List<ReplicaSet> servers = startServers(0, layout == Layout.SERVERS ? shards : 1, options, replicasPerShard);
        try {
            LocalCluster cluster = of(servers, layout, shards, collation, true);
            servers.forEach(ReplicaSet::awaitReplicas);
            return cluster;
        } catch (RuntimeException e) {
            servers.forEach(ReplicaSet::close);
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

    /** The servers of {@link #shared} that run so far, by their maintenance databases: to look at them from outside. */
    public static List<ShardServer> sharedServers() {
        return Shared.running().stream()
                .map(set -> new ShardServer(set, set.primary(), set.primary().url("postgres")))
                .toList();
    }

    private static LocalCluster of(
            List<ReplicaSet> servers, Layout layout, int count, Collation collation, boolean ownsServers) {
        if (layout == Layout.SCHEMAS && Bouncer.wanted()) {
            throw new IllegalStateException("PgBouncer in transaction mode has no currentSchema");
        }
        String prefix = "s" + ProcessHandle.current().pid() + "_" + NAMES.incrementAndGet() + "_";
        List<Shard> shards = new ArrayList<>();
        String database =
                layout == Layout.SCHEMAS ? servers.get(0).primary().createDatabase(prefix + "db", collation) : "";
        for (int i = 0; i < count; i++) {
            ReplicaSet set = servers.get(layout == Layout.SERVERS ? i : 0);
            PostgresServer server = set.primary();
            String name = prefix + i;
            Function<PostgresServer, String> url;
            if (layout == Layout.SCHEMAS) {
                server.createSchema(database, name);
                url = one -> one.url(database, name);
            } else {
                server.createDatabase(name, collation);
                url = one -> one.url(name);
            }
            List<Replica> replicas = set.servers().stream()
                    .filter(one -> one != server)
                    .map(one -> new Replica(one.name(), url.apply(one), one.user(), one.password()))
                    .toList();
            shards.add(new Shard("shard" + i, url.apply(server), server.user(), server.password(), replicas));
        }
        return new LocalCluster(servers, shards, ownsServers);
    }

    private static List<ReplicaSet> startServers(int from, int to, ServerOptions options, int replicas) {
        return ReplicaSet.atOnce(from, to, i -> ReplicaSet.start(i, options, replicas));
    }

    /** The shards in order: {@code shard0}, {@code shard1} ... */
    public List<Shard> shards() {
        return shards;
    }

    /** The same shards under other names, in the same order. */
    public LocalCluster named(List<String> names) {
        if (names.size() != shards.size()) {
            throw new IllegalArgumentException(names + ": name " + shards.size() + " shards");
        }
        List<Shard> renamed = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Shard shard = shards.get(i);
            renamed.add(new Shard(names.get(i), shard.url(), shard.user(), shard.password(), shard.replicas()));
        }
        return new LocalCluster(servers, renamed, ownsServers);
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
            for (Replica replica : shard.replicas()) {
                String ofReplica = prefix + "replica." + replica.name() + ".";
                settings.put(ofReplica + "url", replica.url());
                settings.put(ofReplica + "username", replica.user());
                settings.put(ofReplica + "password", replica.password());
            }
        }
        return settings;
    }

    /** The servers of a shard: the one that was the first primary, then {@code r0}, {@code r1} ... */
    public List<ShardServer> servers(int shard) {
        ReplicaSet set = setOf(shard);
        return set.servers().stream().map(server -> handle(shard, set, server)).toList();
    }

    /** The server of a shard that was the first primary. */
    public ShardServer server(int shard) {
        return servers(shard).get(0);
    }

    /** A standby of a shard by its number. */
    public ShardServer replica(int shard, int replica) {
        return servers(shard).get(replica + 1);
    }

    /** Whom {@link ShardServer#promote} has made the primary of a shard last; else the first one. */
    public ShardServer primary(int shard) {
        ReplicaSet set = setOf(shard);
        return handle(shard, set, set.primary());
    }

    /** The running standby of a shard that has received most: the one to promote when the primary is lost. */
    public ShardServer mostAdvanced(int shard) {
        ReplicaSet set = setOf(shard);
        return handle(shard, set, set.mostAdvanced());
    }

    /** Waits until the standbys of a shard that run show all that its primary has committed. None of them may be paused. */
    public void awaitReplicas(int shard) {
        setOf(shard).awaitReplicas();
    }

    private ShardServer handle(int shard, ReplicaSet set, PostgresServer server) {
        Shard given = shards.get(shard);
        return Stream.concat(
                        Stream.of(new Replica("primary", given.url(), given.user(), given.password())),
                        given.replicas().stream())
                .filter(replica -> replica.name().equals(server.name()))
                .findFirst()
                .map(replica -> new ShardServer(set, server, replica.url()))
                .orElseThrow();
    }

    /** Kills the first primary of a shard at once (SIGKILL), as if its machine had gone. Only embedded servers. */
    public void kill(int shard) {
        server(shard).kill();
    }

    /** Shuts the first primary of a shard down; its clients are told so. Only embedded servers. */
    public void stop(int shard) {
        server(shard).stop();
    }

    /** Starts a killed or stopped server again, with its data and on its port. */
    public void restart(int shard) {
        server(shard).restart();
    }

    private ReplicaSet setOf(int shard) {
        if (!ownsServers) {
            throw new IllegalStateException("shared servers serve other tests too: start a cluster of your own");
        }
        return servers.get(servers.size() == 1 ? 0 : shard);
    }

    /** Stops the servers that were started for this cluster; on shared ones drops its databases. */
    @Override
    public void close() {
        if (ownsServers) {
            servers.forEach(ReplicaSet::close);
        } else {
            shards.stream()
                    .map(shard -> PostgresServer.databaseOf(shard.url()))
                    .distinct()
                    .forEach(database -> servers.forEach(set -> set.primary().dropDatabase(database)));
        }
    }

    /** Servers for the whole JVM, as many as were asked for so far. */
    private static final class Shared {
        private static final List<ReplicaSet> SERVERS = new ArrayList<>();

        static synchronized List<ReplicaSet> servers(int count) {
            if (SERVERS.isEmpty()) {
                Runtime.getRuntime().addShutdownHook(new Thread(Shared::stop));
            }
            if (SERVERS.size() < count) {
                SERVERS.addAll(startServers(SERVERS.size(), count, ServerOptions.FAST, 0));
            }
            return List.copyOf(SERVERS.subList(0, count));
        }

        static synchronized List<ReplicaSet> running() {
            return List.copyOf(SERVERS);
        }

        private static synchronized void stop() {
            SERVERS.forEach(ReplicaSet::close);
        }
    }
}
