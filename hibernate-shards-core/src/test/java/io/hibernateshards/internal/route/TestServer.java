package io.hibernateshards.internal.route;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.spi.Catalog;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.tool.schema.Action;

/** Two databases of one real server, for the shards of {@link RouteModel}. */
public final class TestServer implements AutoCloseable {
    private final EmbeddedPostgres postgres;

    public TestServer() throws SQLException {
        try {
            postgres = EmbeddedPostgres.builder()
                    .setServerConfig("max_connections", "60")
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (ShardId shard : RouteModel.TOPOLOGY.shards()) {
            execute(postgres.getPostgresDatabase(), "create database " + shard);
        }
    }

    public DataSource of(ShardId shard) {
        return postgres.getDatabase("postgres", shard.name());
    }

    public Map<ShardId, DataSource> shards() {
        return Map.of(RouteModel.EAST, of(RouteModel.EAST), RouteModel.WEST, of(RouteModel.WEST));
    }

    /** Makes the tables on both shards. */
    public void createTables(Class<?>... entities) {
        for (DataSource shard : shards().values()) {
            var registry = new StandardServiceRegistryBuilder()
                    .addService(io.hibernateshards.ShardedIdGenerator.Source.class, (style, session, entity) -> 0L)
                    .applySetting("hibernate.connection.datasource", shard)
                    .applySetting("hibernate.hbm2ddl.auto", Action.CREATE)
                    .build();
            new MetadataSources(registry)
                    .addAnnotatedClasses(entities)
                    .buildMetadata()
                    .buildSessionFactory()
                    .close();
        }
    }

    public static void execute(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    public static long number(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** A catalog in the eastern shard. */
    public Catalog catalog(String schema) {
        return new Catalog() {
            @Override
            public String schema() {
                return schema;
            }

            @Override
            public <T> T inTransaction(Work<T> work) {
                try (Connection connection = of(RouteModel.EAST).getConnection()) {
                    connection.setAutoCommit(false);
                    try {
                        T result = work.run(connection);
                        connection.commit();
                        return result;
                    } catch (SQLException | RuntimeException e) {
                        connection.rollback();
                        throw e;
                    }
                } catch (SQLException e) {
                    throw new ShardingException(ShardErrorCode.SHARD_UNAVAILABLE, "catalog: " + e.getMessage(), e);
                }
            }
        };
    }

    @Override
    public void close() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
