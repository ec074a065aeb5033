package io.hibernateshards.cluster;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** One PostgreSQL server and what clusters need done on it. */
abstract class PostgresServer implements AutoCloseable {
    private final Set<String> databases = ConcurrentHashMap.newKeySet();

    /** Starts the n-th server, of the kind that {@code shards.postgres} names. */
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

    @Override
    public abstract void close();

    /** The URL of another database of this server. */
    String url(String database) {
        String admin = adminUrl();
        int query = admin.indexOf('?');
        String base = query < 0 ? admin : admin.substring(0, query);
        return base.substring(0, base.lastIndexOf('/') + 1) + database + (query < 0 ? "" : admin.substring(query));
    }

    static String databaseOf(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
    }

    String createDatabase(String name, Collation collation) {
        execute(adminUrl(), "create database " + name + " template template0 encoding 'UTF8' " + collation.sql());
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

    /** Creates a schema and gives the URL by which its tables are found without a prefix. */
    String createSchema(String database, String name) {
        String url = url(database);
        execute(url, "create schema " + name);
        return url + (url.contains("?") ? "&" : "?") + "currentSchema=" + name;
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
