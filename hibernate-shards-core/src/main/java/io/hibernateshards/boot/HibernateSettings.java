package io.hibernateshards.boot;

import java.util.List;
import java.util.Map;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.cfg.MappingSettings;
import org.hibernate.cfg.QuerySettings;
import org.hibernate.query.sqm.mutation.internal.temptable.GlobalTemporaryTableStrategy;
import org.hibernate.query.sqm.mutation.internal.temptable.LocalTemporaryTableStrategy;
import org.hibernate.query.sqm.mutation.internal.temptable.PersistentTableStrategy;
import org.hibernate.resource.transaction.backend.jdbc.internal.JdbcResourceLocalTransactionCoordinatorBuilderImpl;
import org.hibernate.resource.transaction.backend.jta.internal.JtaTransactionCoordinatorBuilderImpl;
import org.jspecify.annotations.Nullable;

/** Hibernate's own settings, as far as sharding rules them. */
final class HibernateSettings {
    static final String COORDINATOR = "hibernate.transaction.coordinator_class";

    /** Would start what a sharded factory has of its own, or break it. */
    private static final Map<String, String> FORBIDDEN = Map.of(
            "hibernate.multi_tenant_connection_provider",
            "the tenants are the shards, and their connections come from one pool each: remove it",
            "hibernate.tenant_identifier_resolver",
            "the tenant of each child session is its shard: make your tenant a part of the shard key",
            "hibernate.connection.provider_class",
            "connections come from one pool a shard: see hibernate.shards.pool",
            "hibernate.connection.datasource",
            "one data source cannot reach several shards: give each its URL as hibernate.shards.shard.<name>.url");

    /**
     * What makes, changes, checks or fills tables: done on every shard, by the room that knows them. Scripts of the schema
     * that Hibernate only writes need no shard.
     */
    private static final List<String> SCHEMA_ACTIONS = List.of(
            "hibernate.hbm2ddl.auto",
            "jakarta.persistence.schema-generation.database.action",
            "javax.persistence.schema-generation.database.action",
            "hibernate.hbm2ddl.import_files",
            "jakarta.persistence.sql-load-script-source",
            "javax.persistence.sql-load-script-source");

    /** Strategies of bulk statements that keep ids in tables, by their short names. */
    private static final Map<String, Class<?>> KEEP_IDS_IN_TABLES = Map.of(
            LocalTemporaryTableStrategy.SHORT_NAME, LocalTemporaryTableStrategy.class,
            GlobalTemporaryTableStrategy.SHORT_NAME, GlobalTemporaryTableStrategy.class,
            PersistentTableStrategy.SHORT_NAME, PersistentTableStrategy.class);

    private static final List<String> STARTS_WITHOUT_METADATA = List.of(
            JdbcSettings.ALLOW_METADATA_ON_BOOT,
            JdbcSettings.DIALECT,
            JdbcSettings.JAKARTA_HBM2DDL_DB_NAME,
            "javax.persistence.database-product-name");

    private HibernateSettings() {}

    static void check(Map<String, ?> settings, List<String> problems) {
        FORBIDDEN.forEach((name, cure) -> {
            if (settings.get(name) != null) {
                problems.add(name + " cannot be set: " + cure);
            }
        });
        Object keys = settings.get("hibernate.cache.keys_factory");
        if (keys != null && !keys.toString().equals("default")) {
            problems.add("hibernate.cache.keys_factory = " + keys
                    + " leaves the shard out of cache keys: remove it, or use default");
        }
        for (String name : List.of(
                QuerySettings.QUERY_MULTI_TABLE_MUTATION_STRATEGY, QuerySettings.QUERY_MULTI_TABLE_INSERT_STRATEGY)) {
            Object strategy = settings.get(name);
            if (strategy != null && keepsIdsInTables(strategy.toString())) {
                problems.add(
                        name + " = " + strategy + " keeps the ids of a bulk statement in a table: in a temporary one,"
                                + " which PostgreSQL allows in no transaction that commits on several shards, or in one that"
                                + " Hibernate makes on one shard only. Remove it, so that Hibernate uses cte");
            }
        }
        Object coordinator = settings.get(COORDINATOR);
        if (coordinator != null && !isResourceLocal(coordinator) && !isJta(coordinator)) {
            problems.add(COORDINATOR + " = " + coordinator
                    + ": use jdbc or jta; in persistence.xml, transaction-type RESOURCE_LOCAL or JTA");
        }
    }

    private static boolean keepsIdsInTables(String strategy) {
        if (KEEP_IDS_IN_TABLES.containsKey(strategy)) {
            return true;
        }
        try {
            Class<?> type = Coherence.named(strategy, Object.class);
            return KEEP_IDS_IN_TABLES.values().stream().anyMatch(one -> one.isAssignableFrom(type));
        } catch (ReflectiveOperationException | LinkageError e) {
            return false; // Hibernate knows it by a name, or refuses it
        }
    }

    /** A persistence unit's own is given as a class. */
    private static boolean isResourceLocal(Object coordinator) {
        return isNamed(coordinator, "jdbc", JdbcResourceLocalTransactionCoordinatorBuilderImpl.class);
    }

    private static boolean isNamed(Object coordinator, String name, Class<?> implementation) {
        String given = coordinator instanceof Class<?> type ? type.getName() : coordinator.toString();
        return given.equals(name) || given.equals(implementation.getName());
    }

    private static boolean isJta(Object coordinator) {
        return isNamed(coordinator, "jta", JtaTransactionCoordinatorBuilderImpl.class);
    }

    /** The schema of tables without one of their own, without quotes; null for that of the connection. */
    static @Nullable String defaultSchema(Map<String, ?> settings) {
        Object schema = settings.get(MappingSettings.DEFAULT_SCHEMA);
        return schema == null || schema.toString().isBlank()
                ? null
                : schema.toString().trim().replace("\"", "");
    }

    /** Whether a JTA transaction manager has the transactions. */
    static boolean isJta(Map<String, ?> settings) {
        Object coordinator = settings.get(COORDINATOR);
        return coordinator != null && isJta(coordinator);
    }

    /**
     * Makes it an error of the start if no shard answers. Else Hibernate logs that, and the error is that it knows no
     * dialect. Who names the dialect or the product starts without a shard.
     */
    static void askAShardForItsVersion(Map<String, Object> settings) {
        if (STARTS_WITHOUT_METADATA.stream().allMatch(name -> settings.get(name) == null)) {
            settings.put(JdbcSettings.ALLOW_METADATA_ON_BOOT, "require");
        }
    }

    /** Takes the settings away that Hibernate would obey on one connection only. */
    static void takeSchemaActions(Map<String, Object> settings) {
        SCHEMA_ACTIONS.forEach(settings::remove);
    }
}
