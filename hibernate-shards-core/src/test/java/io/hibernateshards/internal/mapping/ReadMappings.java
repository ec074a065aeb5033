package io.hibernateshards.internal.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedIdGenerator;
import io.hibernateshards.internal.mapping.EntityPlacement.OwnKey;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.topology.HashFunction;
import io.hibernateshards.internal.topology.IdFunction;
import io.hibernateshards.spi.BucketFunction;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistry;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.boot.spi.MetadataImplementor;

/** Mappings as the reader finds them in entity classes; nothing connects to a database. */
public final class ReadMappings {
    public static final List<ShardId> SHARDS = List.of(ShardId.of("east"), ShardId.of("west"));

    private ReadMappings() {}

    /** Nothing but what ships. */
    public static final class Shipped implements Functions {
        private final BucketFunction hash = new HashFunction();
        private final Map<IdStyle, BucketFunction> ofId = new EnumMap<>(IdStyle.class);

        @Override
        public Optional<BucketFunction> named(String name) {
            return name.equals("hash") ? Optional.of(hash) : Optional.empty();
        }

        @Override
        public BucketFunction ofId(IdStyle style) {
            return ofId.computeIfAbsent(style, IdFunction::new);
        }

        @Override
        public Collection<String> names() {
            return List.of("hash");
        }
    }

    static StandardServiceRegistry registry() {
        ShardedIdGenerator.Source none = (style, session, entity) -> 0L;
        return new StandardServiceRegistryBuilder()
                .addService(ShardedIdGenerator.Source.class, none)
                .applySetting("hibernate.boot.allow_jdbc_metadata_access", "false")
                .applySetting("jakarta.persistence.database-product-name", "PostgreSQL")
                .applySetting("jakarta.persistence.database-major-version", "18")
                .build();
    }

    public static MetadataImplementor metadata(Class<?>... entities) {
        return (MetadataImplementor)
                new MetadataSources(registry()).addAnnotatedClasses(entities).buildMetadata();
    }

    public static ShardMapping read(Class<?>... entities) {
        return MappingReader.read(metadata(entities), new Shipped(), SHARDS);
    }

    static Sharded sharded(ShardMapping mapping, Class<?> entity) {
        return (Sharded) mapping.of(entity.getName());
    }

    static KeyAttribute onlyKey(Sharded placement) {
        List<KeyAttribute> key = ((OwnKey) placement.key()).attributes();
        assertThat(key).hasSize(1);
        return key.get(0);
    }
}
