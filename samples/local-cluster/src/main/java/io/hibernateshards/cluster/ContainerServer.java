package io.hibernateshards.cluster;

import java.util.stream.Stream;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** A server in a container of its own. */
final class ContainerServer extends PostgresServer {
    private final PostgreSQLContainer container;

    ContainerServer(ServerOptions options) {
        container = new PostgreSQLContainer("postgres:15")
                .withDatabaseName("postgres")
                .withUsername("postgres")
                .withPassword("local-only")
                .withCommand(Stream.concat(
                                Stream.of("postgres"),
                                options.settings().entrySet().stream()
                                        .flatMap(setting ->
                                                Stream.of("-c", setting.getKey() + "=" + setting.getValue())))
                        .toArray(String[]::new));
        container.start();
    }

    @Override
    String adminUrl() {
        return container.getJdbcUrl();
    }

    @Override
    String user() {
        return container.getUsername();
    }

    @Override
    String password() {
        return container.getPassword();
    }

    @Override
    public void close() {
        container.stop();
    }
}
