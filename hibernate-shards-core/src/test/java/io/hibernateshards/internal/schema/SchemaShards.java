package io.hibernateshards.internal.schema;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedIdGenerator;
import io.hibernateshards.Topology;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.Shard;
import io.hibernateshards.internal.mapping.Functions;
import io.hibernateshards.internal.mapping.MappingReader;
import io.hibernateshards.internal.topology.Assignments;
import io.hibernateshards.internal.topology.HashFunction;
import io.hibernateshards.internal.topology.IdFunction;
import io.hibernateshards.spi.BucketFunction;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistry;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.boot.spi.MetadataImplementor;

/** A cluster and the schemas of a model on it. */
record SchemaShards(LocalCluster cluster, Topology topology) implements AutoCloseable {
    private static final HashFunction HASH = new HashFunction();
    private static final Map<IdStyle, BucketFunction> ID = new EnumMap<>(IdStyle.class);

    private static final Functions FUNCTIONS = new Functions() {
        @Override
        public Optional<BucketFunction> named(String name) {
            return name.equals("hash") ? Optional.of(HASH) : Optional.empty();
        }

        @Override
        public BucketFunction ofId(IdStyle style) {
            return ID.computeIfAbsent(style, IdFunction::new);
        }

        @Override
        public Collection<String> names() {
            return List.of("hash");
        }
    };

    static SchemaShards of(LocalCluster cluster) {
        List<ShardId> shards =
                cluster.shards().stream().map(shard -> ShardId.of(shard.name())).toList();
        return new SchemaShards(cluster, Assignments.topology(1, shards, Map.of()));
    }

    ShardSchemas schemas(ShardSchemas.Guard guard, Class<?>... entities) {
        return schemas(guard, Map.of(), entities);
    }

    ShardSchemas schemas(ShardSchemas.Guard guard, Map<String, Object> settings, Class<?>... entities) {
        ShardedIdGenerator.Source ids = (style, session, entity) -> 0L;
        StandardServiceRegistry registry = new StandardServiceRegistryBuilder()
                .addService(ShardedIdGenerator.Source.class, ids)
                .applySetting("hibernate.boot.allow_jdbc_metadata_access", "false")
                .applySetting("jakarta.persistence.database-product-name", "PostgreSQL")
                .applySetting("jakarta.persistence.database-major-version", "15")
                .applySettings(settings)
                .build();
        MetadataImplementor metadata = (MetadataImplementor)
                new MetadataSources(registry).addAnnotatedClasses(entities).buildMetadata();
        return new ShardSchemas(
                metadata,
                registry,
                settings,
                this::topology,
                MappingReader.read(metadata, FUNCTIONS, topology.shards()),
                id -> shard(id).connect(),
                id -> shard(id).connect(),
                guard);
    }

    private Shard shard(ShardId id) {
        return cluster.shards().stream()
                .filter(shard -> shard.name().equals(id.name()))
                .findFirst()
                .orElseThrow();
    }

    void execute(int shard, String... statements) throws SQLException {
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The first column of a query on one shard, as text. */
    List<String> column(int shard, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = cluster.shards().get(shard).connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    List<String> tables(int shard) throws SQLException {
        return column(
                shard,
                "select table_name from information_schema.tables where table_schema = current_schema() order by 1");
    }

    List<String> sequences(int shard) throws SQLException {
        return column(
                shard,
                "select sequence_name from information_schema.sequences where sequence_schema = current_schema() order by 1");
    }

    @Override
    public void close() {
        cluster.close();
    }
}
