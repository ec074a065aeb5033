package io.hibernateshards.internal.lookup;

import io.hibernateshards.Lookups;
import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.connection.JdbcCatalog;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lookups of a factory whose mapping has some. Safe for any number of threads. */
public final class EntityLookups implements Lookups {
    private static final Logger LOG = LoggerFactory.getLogger(EntityLookups.class);

    private final ShardMapping mapping;
    private final LookupTables tables;
    private final LookupStates states;
    private final Router router;
    private final OwnerSessions owners;
    private final OwnerProof proof;
    private final LookupHealing healing;
    private final LookupWriter writer;
    private final LookupReader reader;

    private EntityLookups(Tables known, Router router, SessionFactoryImplementor factory) {
        this.router = router;
        mapping = router.mapping();
        tables = known.tables;
        states = known.states;
        owners = new OwnerSessions(factory);
        proof = new OwnerProof(owners);
        healing = new LookupHealing(tables, proof, router);
        writer = new LookupWriter(tables, healing, router);
        reader = new LookupReader(tables, router);
    }

    /** The tables of the lookups that a mapping has, before there is a factory. */
    public static final class Tables {
        private final ShardMapping mapping;
        private final LookupTables tables;
        private final LookupStates states;

        /**
         * Those of a mapping that has some.
         *
         * @param catalogs of all shards
         * @param common the one that all JVMs share
         */
        public Tables(ShardMapping mapping, Map<ShardId, JdbcCatalog> catalogs, JdbcCatalog common) {
            this.mapping = mapping;
            tables = new LookupTables(catalogs);
            states = new LookupStates(common, mapping);
        }

        /** All entities are about to be removed: their rows are before, so that none is missing whatever fails. */
        public void empty() {
            states.forgetAll();
            List<String> attributes =
                    mapping.lookups().stream().map(LookupAttribute::name).toList();
            tables.shards().forEach(shard -> {
                tables.make(shard);
                tables.catalog(shard).inTransaction(connection -> {
                    for (LookupTable table : tables.both()) {
                        table.clear(connection, attributes);
                    }
                    return true;
                });
            });
        }
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
    public static EntityLookups start(Tables known, SessionFactoryImplementor factory, Router router) {
        LookupListener.register(factory, router);
        EntityLookups lookups = new EntityLookups(known, router, factory);
        for (ShardId shard : known.tables.shards()) {
            try {
                known.tables.make(shard);
            } catch (ShardingException e) {
                LOG.warn("the lookup tables of shard \"{}\" are made when they are needed: {}", shard, e.getMessage());
            }
        }
        known.states.refresh(lookups.owners, router);
        return lookups;
    }

    /** What a session changes. */
    public PendingLookups pendingOf(LookupSession session) {
        return new PendingLookups(writer, session);
    }

    /** Finds out again which lookups are ready. */
    public void refresh() {
        states.refresh(owners, router);
    }

    /** Whether it is known of each value of an attribute where the entities are that have it. */
    public boolean isReady(LookupAttribute attribute) {
        return states.isReady(attribute, owners, router);
    }

    /**
     * The shards of the entities that have one of some values of a lookup that is ready.
     *
     * @return null for all
     */
    public @Nullable Target shardsOf(LookupAttribute attribute, Collection<?> values, LookupSession session) {
        return reader.shardsOf(attribute, values, session);
    }

    /** The attributes of an entity that have lookups. */
    public List<LookupAttribute> of(String entityName) {
        return mapping.lookups(entityName);
    }

    /** A value of a lookup that is ready has led to nothing. */
    public void foundNothing(LookupAttribute attribute, Object value, LookupSession session) {
        healing.afterNothing(attribute, value, session);
    }

    // ---- Lookups

    private LookupAttribute attribute(Class<?> entityClass, String attribute) {
        EntityPersister persister = owners.factory().getMappingMetamodel().findEntityDescriptor(entityClass);
        return Stream.ofNullable(persister)
                .flatMap(entity -> mapping.lookups(entity.getEntityName()).stream())
                .filter(known -> known.path().equals(attribute))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(entityClass.getName() + "." + attribute
                        + " has neither @GlobalUnique nor @ShardLookup; there are " + mapping.lookups()));
    }

    @Override
    public boolean isReady(Class<?> entityClass, String attribute) {
        return isReady(attribute(entityClass, attribute));
    }

    @Override
    public void backfill(Class<?> entityClass, String attribute, Consumer<Progress> progress) {
        LookupAttribute found = attribute(entityClass, attribute);
        LookupSweep sweep = sweep(found, progress);
        sweep.overEntities();
        List<Duplicate> duplicates = sweep.report().duplicates();
        if (!duplicates.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.LOOKUP,
                    found + " has @GlobalUnique, but " + duplicates.size()
                            + " of its values are not unique, such as those"
                            + " of "
                            + duplicates.stream()
                                    .limit(20)
                                    .map(EntityLookups::described)
                                    .toList()
                            + "; change them and fill the lookup again");
        }
        states.becomeReady(found);
        states.refresh(owners, router);
    }

    private static String described(Duplicate duplicate) {
        return duplicate.first() + " on shard \"" + duplicate.firstShard() + "\" and " + duplicate.second()
                + " on shard \"" + duplicate.secondShard() + "\"";
    }

    @Override
    public Report check(Class<?> entityClass, String attribute, Consumer<Progress> progress) {
        LookupAttribute found = attribute(entityClass, attribute);
        LookupSweep sweep = sweep(found, progress);
        sweep.overRows();
        sweep.overEntities();
        return sweep.report();
    }

    private LookupSweep sweep(LookupAttribute attribute, Consumer<Progress> progress) {
        return new LookupSweep(attribute, router, owners, proof, tables, writer, healing, progress);
    }

    @Override
    public long healed() {
        return healing.healed();
    }
}
