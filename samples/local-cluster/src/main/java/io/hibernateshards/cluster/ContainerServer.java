package io.hibernateshards.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** A server in a container of its own. */
final class ContainerServer extends PostgresServer {
    private static final String IMAGE = "postgres:15";
    private static final String USER = "postgres";
    private static final String PASSWORD = "local-only";
    private static final int PORT = 5432;
    private static final String FOLLOW =
            """
            as="setpriv --reuid=postgres --regid=postgres --init-groups"
            install -d -o postgres -g postgres -m 700 "$PGDATA"
            $as pg_basebackup -D "$PGDATA" -R -X stream -c fast -d "$0"
            exec $as postgres -D "$PGDATA" -c listen_addresses='*' "$@"
            """;

    private final ServerOptions options;
    private final GenericContainer<?> container;

    /** A new primary, to which standbys may connect. */
    ContainerServer(ServerOptions options) {
        super("primary");
        this.options = options;
        container = container(".*ready to accept connections.*\\s", 2) // the first one is the image's, that sets it up
                .withEnv("POSTGRES_PASSWORD", PASSWORD)
                .withCommand(command(Stream.of("postgres"), options));
        container.start();
    }

    /** A new standby. */
    private ContainerServer(String name, ContainerServer primary) {
        super(name);
        options = primary.options;
        container = container(".*ready to accept read-only connections.*\\s", 1)
                .withCommand(command(Stream.of("bash", "-c", FOLLOW, primary.connection(name)), options));
        container.start();
    }

    private static GenericContainer<?> container(String ready, int times) {
        return new GenericContainer<>(DockerImageName.parse(IMAGE))
                .withExposedPorts(PORT)
                .waitingFor(Wait.forLogMessage(ready, times).withStartupTimeout(Duration.ofMinutes(1)));
    }

    private static String[] command(Stream<String> words, ServerOptions options) {
        Stream<String> parameters = options.settings().entrySet().stream()
                .flatMap(setting -> Stream.of("-c", setting.getKey() + "=" + setting.getValue()));
        return Stream.concat(words, parameters).toArray(String[]::new);
    }

    @Override
    ContainerServer newStandby(String standby) {
        admit();
        return new ContainerServer(standby, this);
    }

    /** The image lets clients of other machines in, but no standbys. */
    private synchronized void admit() {
        String file = query("show hba_file");
        String line = "host replication all all scram-sha-256";
        try {
            ExecResult result = container.execInContainer(
                    "bash", "-c", "grep -qx '%1$s' %2$s || echo '%1$s' >> %2$s".formatted(line, file));
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(file + " cannot be changed: " + result.getStderr());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        query("select pg_reload_conf()");
    }

    /** By the address that containers know each other by. */
    @Override
    String connection(String standby) {
        String address = container.getContainerInfo().getNetworkSettings().getNetworks().values().stream()
                .findFirst()
                .orElseThrow()
                .getIpAddress();
        return "host=%s port=%d user=%s password=%s application_name=%s"
                .formatted(address, PORT, USER, PASSWORD, standby);
    }

    @Override
    String adminUrl() {
        return "jdbc:postgresql://" + container.getHost() + ":" + container.getMappedPort(PORT) + "/postgres";
    }

    @Override
    String user() {
        return USER;
    }

    @Override
    String password() {
        return PASSWORD;
    }

    @Override
    public void close() {
        container.stop();
    }
}
