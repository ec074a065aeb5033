package io.hibernateshards.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    EmbeddedServer(ServerOptions options) {
        this.options = options;
        directory = Leftovers.newDirectory();
        OPEN.add(this);
        postgres = launchOnFreePort();
        running = true;
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
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .setDataDirectory(Leftovers.data(directory))
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(false)
                    .setLocaleConfig("locale", "C")
                    .setPGStartupWait(Duration.ofSeconds(30))
                    .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                    .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                    .setServerConfig("unix_socket_directories", "");
            options.settings().forEach(builder::setServerConfig);
            return (port == 0 ? builder : builder.setPort(port)).start();
        } catch (IOException e) {
            throw new UncheckedIOException("embedded PostgreSQL did not start in " + directory, e);
        }
    }

    @Override
    String adminUrl() {
        return "jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres";
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
    synchronized void kill() {
        Leftovers.killPostmaster(directory);
        try {
            // else the next one takes a process that has ended, and that nobody has asked for yet, for running
            Files.deleteIfExists(Leftovers.data(directory).resolve("postmaster.pid"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    synchronized void stop() {
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
            Leftovers.delete(directory);
        }
    }
}
