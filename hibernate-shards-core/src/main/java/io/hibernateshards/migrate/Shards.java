package io.hibernateshards.migrate;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.schema.ShardSchemas;
import io.hibernateshards.internal.session.ShardedSessionFactoryImpl;
import java.sql.Connection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** What is imported into: the shards of a factory, with the topology that was in force when this was made. */
final class Shards {
    private final ShardedSessionFactoryImpl factory;
    private final SessionFactoryImplementor inner;
    private final Topology topology;

    Shards(ShardedSessionFactory factory) {
        this.factory = factory.unwrap(ShardedSessionFactoryImpl.class);
        inner = factory.unwrap(SessionFactoryImplementor.class);
        topology = factory.getTopology();
    }

    List<ShardId> all() {
        return topology.shards();
    }

    List<MappedTable> tables() {
        return MappedTables.of(
                ShardSchemas.metadataOf(factory.getSchemaManager()),
                router().mapping(),
                inner.getSqlStringGenerationContext());
    }

    Router router() {
        return factory.router();
    }

    /** The shards that have a table. */
    List<ShardId> with(MappedTable table) {
        return table.placement() instanceof Single single ? List.of(single.shard()) : all();
    }

    /** The index in {@link #all} of the shard that a row belongs on. */
    int indexOf(EntityPlacement placement, Object[] key) {
        return topology.indexOf(router().bucketOfKey((Sharded) placement, key));
    }

    /** The schemas that this library has made. */
    Set<String> catalogs() {
        return all().stream().map(shard -> factory.catalog(shard).schema()).collect(Collectors.toSet());
    }

    ImportLog log(ShardId shard, String source) {
        return new ImportLog(factory.catalog(shard), source);
    }

    /** A connection with auto-commit off; the caller closes it. */
    Connection connect(ShardId shard) {
        return factory.openConnection(shard);
    }
}
