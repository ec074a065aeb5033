package io.hibernateshards.cluster;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One PostgreSQL server and what clusters need done on it. */
abstract class PostgresServer implements AutoCloseable {
    private final Set<String> databases = ConcurrentHashMap.newKeySet();
    private final String name;
    private @Nullable Bouncer bouncer;

    /** The name is unique among the servers of a shard. */
    PostgresServer(String name) {
        this.name = name;
    }

    /** Starts the n-th primary, of the kind that {@code shards.postgres} names. */
    static PostgresServer start(int n, ServerOptions options) {
        String kind = System.getProperty("shards.postgres", "embedded");
        if (kind.equals("embedded")) {
            return new EmbeddedServer(options);
        }
        if (kind.equals("testcontainers")) {
            return new ContainerServer(options);
        }
        List<String> urls = Pattern.compile(",").splitAsStream(kind).toList();
        return new GivenServer(urls.get(n % urls.size()).trim());
    }

    String name() {
        return name;
    }

    abstract String adminUrl();

    abstract String user();

    abstract String password();

    void kill() {
        throw new IllegalStateException("only embedded servers can be killed");
    }

    void stop() {
        throw new IllegalStateException("only embedded servers can be stopped");
    }

    void restart() {
        throw new IllegalStateException("only embedded servers can be restarted");
    }

    void suspend() {
        throw new IllegalStateException("only embedded servers can be suspended");
    }

    void resume() {
        throw new IllegalStateException("only embedded servers can be resumed");
    }

    /** Whether it could answer: it has not been killed, stopped or suspended. */
    boolean runs() {
        return true;
    }

    /** A new server that follows this one and answers already. */
    PostgresServer newStandby(String standby) {
        throw new IllegalStateException("servers given by URL have the replicas that they have: none are made here");
    }

    /** Whether it follows another one, or would if it ran. */
    boolean isStandby() {
        return query("select pg_is_in_recovery()").equals("t");
    }

    /** How a standby of that name reaches this server. */
    String connection(String standby) {
        throw new IllegalStateException("servers given by URL have no standbys here");
    }

    /** A standby that runs gets another primary. */
    void follow(PostgresServer primary) {
        execute("alter system set primary_conninfo = '" + primary.connection(name) + "'");
        query("select pg_reload_conf()");
    }

    /** Throws everything away and becomes a standby. */
    void rejoin(PostgresServer primary) {
        throw new IllegalStateException("only embedded servers can be rejoined");
    }

    /** How much of the log a standby has. */
    final long received() {
        return Long.parseLong(
                query("select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn"));
    }

    @Override
    public abstract void close();

    /** The URL of another database of this server, for administration: past any PgBouncer. */
    private String adminUrl(String database) {
        String admin = adminUrl();
        int query = admin.indexOf('?');
        String base = query < 0 ? admin : admin.substring(0, query);
        return base.substring(0, base.lastIndexOf('/') + 1) + database + (query < 0 ? "" : admin.substring(query));
    }

    /** The URL of a database for clients. */
    String url(String database) {
        return bouncer == null ? adminUrl(database) : bouncer.url(database);
    }

    /** From now on, clients go through a PgBouncer. Its port does not change, nor does that of the server. */
    void putBouncerBefore() {
        bouncer = Bouncer.before(this);
    }

    void closeBouncer() {
        if (bouncer != null) {
            bouncer.close();
        }
    }

    private URI address() {
        return URI.create(adminUrl().substring("jdbc:".length()));
    }

    String host() {
        return address().getHost();
    }

    int port() {
        return address().getPort();
    }

    static String databaseOf(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
    }

    /** How databases are created: an option of the statement, or nothing. */
    String strategy() {
        return "";
    }

    String createDatabase(String name, Collation collation) {
        execute(
                adminUrl(),
                "create database " + name + " template template0 encoding 'UTF8' " + collation.sql() + strategy());
        databases.add(name);
        return name;
    }

    /** Drops a database that was created here, else does nothing. */
    void dropDatabase(String name) {
        if (databases.remove(name)) {
            execute(adminUrl(), "drop database " + name + " with (force)");
        }
    }

    void dropDatabases() {
        List.copyOf(databases).forEach(this::dropDatabase);
    }

    void createSchema(String database, String name) {
        execute(adminUrl(database), "create schema " + name);
    }

    /** The URL by which the tables of a schema are found without a prefix. */
    String url(String database, String schema) {
        String url = url(database);
        return url + (url.contains("?") ? "&" : "?") + "currentSchema=" + schema;
    }

    void execute(String sql) {
        execute(adminUrl(), sql);
    }

    /** The only value of a query. */
    String query(String sql) {
        try (Connection connection = DriverManager.getConnection(adminUrl(), user(), password());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(sql + " failed on " + name + ": " + e.getMessage(), e);
        }
    }

    /** Waits until a query answers true. */
    void await(String condition) {
        long start = System.nanoTime();
        while (!"t".equals(query(condition))) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(60)) {
                throw new IllegalStateException(name + ": not within a minute: " + condition);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void execute(String url, String sql) {
        try (Connection connection = DriverManager.getConnection(url, user(), password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql + " failed: " + e.getMessage(), e);
        }
    }
}
