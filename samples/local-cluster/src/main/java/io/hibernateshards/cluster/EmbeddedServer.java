package io.hibernateshards.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server of zonky's embedded PostgreSQL in a directory of its own below the temporary one. It ends with the JVM; one
 * whose JVM was killed is found by {@link Leftovers}.
 */
final class EmbeddedServer extends PostgresServer {
    private static final Set<EmbeddedServer> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> OPEN.parallelStream().forEach(EmbeddedServer::close)));
    }

    private final ServerOptions options;
    private final Path directory;
    private EmbeddedPostgres postgres;
    private boolean running;
    private boolean suspended;

    /** A new primary. */
    EmbeddedServer(ServerOptions options) {
        super("primary");
        this.options = options;
        directory = Leftovers.newDirectory();
        OPEN.add(this);
        DataTemplate.copyTo(Leftovers.data(directory));
        postgres = launchOnFreePort();
        running = true;
    }

    /** A new standby. */
    private EmbeddedServer(String name, EmbeddedServer primary) {
        super(name);
        options = primary.options;
        directory = Leftovers.newDirectory();
        OPEN.add(this);
        primary.copyTo(this);
        postgres = launchOnFreePort();
        running = true;
    }

    @Override
    EmbeddedServer newStandby(String standby) {
        return new EmbeddedServer(standby, this);
    }

    private void copyTo(EmbeddedServer standby) {
        try (Connection connection = DriverManager.getConnection(adminUrl(), user(), password())) {
            DataCopy.of(
                    connection,
                    Leftovers.data(directory),
                    Leftovers.data(standby.directory),
                    connection(standby.name()));
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "no copy of " + name() + " for " + standby.name() + ": " + e.getMessage(), e);
        }
    }

    @Override
    String connection(String standby) {
        return "host=localhost port=" + postgres.getPort() + " user=postgres sslmode=disable gssencmode=disable"
                + " application_name=" + standby;
    }

    /** Another process may take the port between its choice and its use; the next choice is a different one. */
    private EmbeddedPostgres launchOnFreePort() {
        for (int attempt = 1; ; attempt++) {
            try {
                return launch(0);
            } catch (UncheckedIOException e) {
                if (attempt == 3) {
                    throw e;
                }
            }
        }
    }

    private EmbeddedPostgres launch(int port) {
        try {
            EmbeddedPostgres.Builder builder = builder(Leftovers.data(directory));
            options.settings()
                    .forEach((name, value) -> builder.setServerConfig(name, "'" + value + "'")); // a shell reads them
            return (port == 0 ? builder : builder.setPort(port)).start();
        } catch (IOException e) {
            throw new UncheckedIOException("embedded PostgreSQL did not start in " + directory, e);
        }
    }

    /** A server with the data of a directory, which are made if there are none. */
    static EmbeddedPostgres.Builder builder(Path data) {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setLocaleConfig("locale", "C")
                .setPGStartupWait(Duration.ofSeconds(30))
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .setServerConfig("unix_socket_directories", "");
    }

    @Override
    String adminUrl() {
        return "jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres";
    }

    /** Without fsync, files are copied in a third of the time that their pages take by way of the log. */
    @Override
    String strategy() {
        return "off".equals(options.settings().get("fsync")) ? " strategy file_copy" : "";
    }

    @Override
    String user() {
        return "postgres";
    }

    @Override
    String password() {
        return "";
    }

    @Override
    boolean isStandby() {
        return Files.exists(Leftovers.data(directory).resolve("standby.signal"));
    }

    @Override
    synchronized boolean runs() {
        return !suspended && Leftovers.postmaster(directory).isPresent();
    }

    @Override
    synchronized void follow(PostgresServer primary) {
        DataCopy.set(Leftovers.data(directory), "primary_conninfo", primary.connection(name()));
        if (runs()) {
            query("select pg_reload_conf()");
        }
    }

    @Override
    synchronized void rejoin(PostgresServer primary) {
        kill();
        stop();
        Leftovers.delete(Leftovers.data(directory));
        ((EmbeddedServer) primary).copyTo(this);
        restart();
    }

    @Override
    synchronized void suspend() {
        Leftovers.signalPostmaster(directory, "STOP");
        suspended = true;
    }

    @Override
    synchronized void resume() {
        Leftovers.signalPostmaster(directory, "CONT");
        suspended = false;
    }

    @Override
    synchronized void kill() {
        Leftovers.killPostmaster(directory);
        suspended = false;
        try {
            // else the next one takes a process that has ended, and that nobody has asked for yet, for running
            Files.deleteIfExists(Leftovers.data(directory).resolve("postmaster.pid"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    synchronized void stop() {
        if (suspended) {
            resume();
        }
        if (running) {
            running = false;
            try {
                postgres.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    synchronized void restart() {
        stop();
        postgres = launch(postgres.getPort());
        running = true;
    }

    @Override
    public synchronized void close() {
        if (OPEN.remove(this)) {
            stop();
            Leftovers.killPostmaster(directory); // if it waits for a standby that hangs
            Leftovers.delete(directory);
        }
    }
}
