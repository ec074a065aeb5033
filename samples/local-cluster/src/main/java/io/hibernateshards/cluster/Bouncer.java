package io.hibernateshards.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The operating system's PgBouncer in transaction mode before one server. It ends with its JVM, however that ends: a
 * process beside it waits for the end of a pipe that the JVM holds.
 */
final class Bouncer implements AutoCloseable {
    /** PgBouncer refuses to run as root. */
    private static final String SCRIPT =
            """
            exec 3<&0
            { cat <&3; kill $$; rm -r "$0"; } > /dev/null 2>&1 &
            PATH=$PATH:/usr/sbin
            if [ "$(id -u)" = 0 ]; then exec pgbouncer -u nobody "$0/pgbouncer.ini"; fi
            exec pgbouncer "$0/pgbouncer.ini"
            """;

    private final Process process;
    private final int port;

    private Bouncer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Whether clusters are to have them: the system property {@code shards.pgbouncer}. */
    static boolean wanted() {
        return Boolean.getBoolean("shards.pgbouncer");
    }

    static Bouncer before(PostgresServer server) {
        for (int attempt = 1; ; attempt++) {
            try {
                int port = freePort();
                Bouncer bouncer = new Bouncer(start(server, port), port);
                try {
                    bouncer.await(server);
                    return bouncer;
                } catch (SQLException e) {
                    bouncer.close();
                    if (attempt == 3) {
                        throw new IllegalStateException(
                                "PgBouncer did not start (is it installed?): " + e.getMessage(), e);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Process start(PostgresServer server, int port) throws IOException {
        Path directory = Files.createTempDirectory("hibernate-shards-pgbouncer-");
        // what clients send but PgBouncer does not track has to be named, else it refuses them
        Files.writeString(
                directory.resolve("pgbouncer.ini"),
                """
                [databases]
                * = host=%s port=%d user=%s%s
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                pool_mode = transaction
                default_pool_size = 40
                max_client_conn = 1000
                server_login_retry = 1
                query_wait_timeout = 5
                ignore_startup_parameters = extra_float_digits
                """
                        .formatted(
                                server.host(),
                                server.port(),
                                server.user(),
                                server.password().isEmpty() ? "" : " password=" + server.password(),
                                port));
        return new ProcessBuilder("sh", "-c", SCRIPT, directory.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private void await(PostgresServer server) throws SQLException {
        long start = System.nanoTime();
        while (true) {
            try (Connection connection = DriverManager.getConnection(url("postgres"), server.user(), "")) {
                connection.getMetaData().getDatabaseProductVersion();
                return;
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(10)) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
        }
    }

    /** Its clients prepare nothing on the server: their next transaction may be on another connection of it. */
    String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?prepareThreshold=0";
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
