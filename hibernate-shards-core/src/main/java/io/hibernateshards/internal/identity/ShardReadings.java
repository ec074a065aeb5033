package io.hibernateshards.internal.identity;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.connection.ServerIdentity;
import io.hibernateshards.internal.connection.ServerIdentity.Claim;
import io.hibernateshards.internal.connection.ShardConnectionProvider;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.hibernate.HibernateException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the records of all shards that can be reached, at the same time: two statements on each.
 *
 * @param hidden takes the shards whose user may not read the catalog; for any number of threads
 */
record ShardReadings(
        ShardConnectionProvider connections,
        Map<ShardId, JdbcCatalog> catalogs,
        TopologyTables tables,
        Set<ShardId> hidden) {
    private static final Logger LOG = LoggerFactory.getLogger(ShardReadings.class);

    private static final int MAX_THREADS = 16;

    /** The readings of the shards that can be reached, in the order of the shards. */
    Map<ShardId, Reading> all() {
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(MAX_THREADS, catalogs.size()), task -> {
            Thread thread = new Thread(task, "hibernate-shards-identity");
            thread.setDaemon(true);
            return thread;
        });
        try {
            Map<ShardId, Future<@Nullable Reading>> running = new LinkedHashMap<>();
            catalogs.forEach((shard, catalog) -> running.put(shard, threads.submit(() -> reachable(shard, catalog))));
            Map<ShardId, Reading> readings = new LinkedHashMap<>();
            for (Map.Entry<ShardId, Future<@Nullable Reading>> one : running.entrySet()) {
                Reading reading = one.getValue().get();
                if (reading != null) {
                    readings.put(one.getKey(), reading);
                }
            }
            return readings;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HibernateException("interrupted while the shards were compared with the settings", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private @Nullable Reading reachable(ShardId shard, JdbcCatalog catalog) {
        try {
            return catalog.autoCommitted(connection -> Optional.ofNullable(read(shard, connection)))
                    .orElse(null);
        } catch (ShardingException e) {
            if (e.code() != ShardErrorCode.SHARD_UNAVAILABLE) {
                throw e;
            }
            LOG.warn("shard \"{}\" is compared with the settings once it can be reached: {}", shard, e.getMessage());
            return null;
        }
    }

    private @Nullable Reading read(ShardId shard, Connection connection) throws SQLException {
        try {
            ServerIdentity found = connections.identities().identify(connection);
            if (found.hidden()) {
                if (hidden.add(shard)) {
                    LOG.warn(
                            "of shard \"{}\" only some rows are compared with the settings, as its user may not read the"
                                    + " catalog: grant usage on schema {} and select on its tables shard and topology",
                            shard,
                            tables.schema());
                }
                return null;
            }
            return of(shard, connection, found);
        } catch (SQLException e) {
            if (ServerIdentity.isUnreachable(e)) {
                throw e;
            }
            throw new ShardingException(
                    ShardErrorCode.SCHEMA,
                    "the record of shard \"" + shard + "\" in " + tables.schema() + " cannot be read: "
                            + e.getMessage(),
                    e);
        }
    }

    /** The reading of a connection whose database is known. */
    Reading of(ShardId shard, Connection connection, ServerIdentity found) throws SQLException {
        String address = connections.servers(shard).primary().source().address();
        Claim claim = found.claim();
        return new Reading(
                shard,
                address,
                found,
                claim == null ? null : tables.read(connection, claim.cluster(), Reading.described(shard, address)));
    }
}
