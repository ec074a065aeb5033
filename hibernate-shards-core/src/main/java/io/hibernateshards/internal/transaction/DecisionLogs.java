package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.transaction.DecisionLog.Held;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The decision log of each shard, and the catalog that it is kept in. */
final class DecisionLogs {
    private static final Logger LOG = LoggerFactory.getLogger(DecisionLogs.class);

    private final Map<ShardId, JdbcCatalog> catalogs;
    private final Map<ShardId, DecisionLog> logs = new LinkedHashMap<>();

    DecisionLogs(Map<ShardId, JdbcCatalog> catalogs) {
        this.catalogs = new LinkedHashMap<>(catalogs);
        catalogs.forEach((shard, catalog) -> logs.put(shard, new DecisionLog(catalog)));
    }

    Set<ShardId> shards() {
        return logs.keySet();
    }

    DecisionLog of(ShardId shard) {
        DecisionLog log = logs.get(shard);
        if (log == null) {
            throw new IllegalStateException("no decision log of shard " + shard);
        }
        return log;
    }

    JdbcCatalog catalog(ShardId shard) {
        JdbcCatalog catalog = catalogs.get(shard);
        if (catalog == null) {
            throw new IllegalStateException("no catalog of shard " + shard);
        }
        return catalog;
    }

    /** Reads which logs the shards hold now that can be reached. */
    LogHolders holders() {
        Map<ShardId, Held> held = new LinkedHashMap<>();
        for (ShardId shard : logs.keySet()) {
            try {
                held.put(shard, of(shard).held());
            } catch (RuntimeException e) {
                LOG.debug("shard \"{}\": {}", shard, e.getMessage());
            }
        }
        return new LogHolders(this, held);
    }
}
