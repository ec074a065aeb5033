package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.Router;
import java.util.Map;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lookups of a factory whose mapping has some. Safe for any number of threads. */
public final class EntityLookups {
    private static final Logger LOG = LoggerFactory.getLogger(EntityLookups.class);

    private final LookupWriter writer;

    private EntityLookups(LookupTables tables, Router router) {
        writer = new LookupWriter(tables, router);
    }

    /**
     * Refuses a mode in which rows on two shards cannot be written together.
     *
     * @throws ShardingException if there are lookups
     */
    public static void check(ShardMapping mapping, TransactionMode mode) {
        if (mode == TransactionMode.SINGLE_SHARD && !mapping.lookups().isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    mapping.lookups().iterator().next() + " has @GlobalUnique or @ShardLookup, whose rows are on other"
                            + " shards than the entity's, and " + ShardSettings.TRANSACTION_MODE + " = "
                            + mode.setting() + " allows no transaction to write two; set it to "
                            + TransactionMode.TWO_PHASE.setting());
        }
    }

    /** Has the lookups kept from now on. */
    public static EntityLookups start(
            SessionFactoryImplementor factory, Router router, Map<ShardId, JdbcCatalog> catalogs) {
        LookupListener.register(factory, router);
        LookupTables tables = new LookupTables(catalogs);
        for (ShardId shard : catalogs.keySet()) {
            try {
                tables.make(shard);
            } catch (ShardingException e) {
                LOG.warn("the lookup tables of shard \"{}\" are made when they are needed: {}", shard, e.getMessage());
            }
        }
        return new EntityLookups(tables, router);
    }

    /** What a session changes. */
    public PendingLookups pendingOf(LookupSession session) {
        return new PendingLookups(writer, session);
    }
}
