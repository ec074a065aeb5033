package io.hibernateshards.boot;

import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.spi.Catalog;
import java.util.Map;

/**
 * The topology and the catalog in force: those of the settings until the databases have been read, which may have recorded
 * another order of shards. Bucket functions hold this, as they are made before.
 */
final class Placement implements Catalog {
    private final Map<ShardId, JdbcCatalog> catalogs;
    private volatile Topology topology;
    private volatile JdbcCatalog catalog;

    Placement(Topology topology, Map<ShardId, JdbcCatalog> catalogs, ShardId catalogShard) {
        this.catalogs = Map.copyOf(catalogs);
        this.topology = topology;
        catalog = of(catalogShard);
    }

    private JdbcCatalog of(ShardId shard) {
        JdbcCatalog its = catalogs.get(shard);
        if (its == null) {
            throw new IllegalArgumentException("no catalog of shard \"" + shard + "\"");
        }
        return its;
    }

    Topology topology() {
        return topology;
    }

    JdbcCatalog catalog() {
        return catalog;
    }

    void set(Topology recorded, ShardId catalogShard) {
        topology = recorded;
        catalog = of(catalogShard);
    }

    @Override
    public String schema() {
        return catalog.schema();
    }

    @Override
    public <T> T inTransaction(Work<T> work) {
        return catalog.inTransaction(work);
    }
}
