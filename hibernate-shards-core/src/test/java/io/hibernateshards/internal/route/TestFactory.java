package io.hibernateshards.internal.route;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedIdGenerator;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.engine.jdbc.connections.spi.AbstractDataSourceBasedMultiTenantConnectionProviderImpl;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** Plain multi-tenant factories: what the boot room will build, without its settings. */
public final class TestFactory {
    private TestFactory() {}

    /** One that never connects, for what is decided before any SQL. */
    public static SessionFactoryImplementor offline(Class<?>... entities) {
        return build(new ByShard(Map.of()), (style, session, entity) -> 0L, entities);
    }

    public static SessionFactoryImplementor on(
            Map<ShardId, ? extends DataSource> shards, ShardedIdGenerator.Source source, Class<?>... entities) {
        return build(new ByShard(new TreeMap<>(shards)), source, entities);
    }

    private static SessionFactoryImplementor build(
            ByShard connections, ShardedIdGenerator.Source source, Class<?>... entities) {
        var registry = new StandardServiceRegistryBuilder()
                .addService(ShardedIdGenerator.Source.class, source)
                .applySetting("hibernate.multi_tenant_connection_provider", connections)
                .applySetting("hibernate.boot.allow_jdbc_metadata_access", "false")
                .applySetting("jakarta.persistence.database-product-name", "PostgreSQL")
                .applySetting("jakarta.persistence.database-major-version", "18")
                .build();
        return (SessionFactoryImplementor) new MetadataSources(registry)
                .addAnnotatedClasses(entities)
                .buildMetadata()
                .buildSessionFactory();
    }

    private static final class ByShard extends AbstractDataSourceBasedMultiTenantConnectionProviderImpl<ShardId> {
        private static final long serialVersionUID = 1L;

        private final transient Map<ShardId, ? extends DataSource> shards;

        ByShard(Map<ShardId, ? extends DataSource> shards) {
            this.shards = shards;
        }

        @Override
        protected DataSource selectAnyDataSource() {
            return shards.values().iterator().next();
        }

        @Override
        protected DataSource selectDataSource(ShardId shard) {
            return Objects.requireNonNull(shards.get(shard), shard::name);
        }

        @Override
        public Connection getReadOnlyConnection(ShardId shard) throws SQLException {
            return getConnection(shard);
        }
    }
}
