package io.hibernateshards.cluster;

import org.testcontainers.postgresql.PostgreSQLContainer;

/** A server in a container of its own. */
final class ContainerServer extends PostgresServer {
    private final PostgreSQLContainer container;

    ContainerServer() {
        container = new PostgreSQLContainer("postgres:15")
                .withDatabaseName("postgres")
                .withUsername("postgres")
                .withPassword("local-only")
                .withCommand(
                        "postgres",
                        "-c",
                        "max_connections=300",
                        "-c",
                        "max_prepared_transactions=64",
                        "-c",
                        "fsync=off");
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
