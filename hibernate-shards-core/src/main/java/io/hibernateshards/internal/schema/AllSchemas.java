package io.hibernateshards.internal.schema;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import jakarta.persistence.SchemaValidationException;
import java.util.HashMap;
import java.util.Map;
import org.hibernate.boot.model.relational.Namespace;
import org.hibernate.boot.model.relational.Sequence;
import org.hibernate.cfg.MappingSettings;
import org.hibernate.cfg.SchemaToolingSettings;
import org.hibernate.mapping.Table;
import org.hibernate.relational.SchemaManager;
import org.hibernate.tool.schema.Action;
import org.hibernate.tool.schema.internal.DefaultSchemaFilterProvider;
import org.hibernate.tool.schema.spi.SchemaFilter;
import org.hibernate.tool.schema.spi.SchemaFilterProvider;

/** Hibernate's {@link SchemaManager} for all shards together. */
record AllSchemas(ShardSchemas shards, Map<String, Object> overrides) implements SchemaManager {
    private void run(Action action, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(overrides);
        all.putAll(more);
        shards.run(action, all);
    }

    @Override
    public void exportMappedObjects(boolean createSchemas) {
        run(Action.CREATE_ONLY, Map.of(SchemaToolingSettings.JAKARTA_HBM2DDL_CREATE_SCHEMAS, createSchemas));
    }

    @Override
    public void dropMappedObjects(boolean dropSchemas) {
        run(Action.DROP, Map.of(SchemaToolingSettings.JAKARTA_HBM2DDL_CREATE_SCHEMAS, dropSchemas));
    }

    @Override
    public void validateMappedObjects() {
        run(Action.VALIDATE, Map.of());
    }

    @Override
    public void truncateMappedObjects() {
        run(Action.TRUNCATE, Map.of());
    }

    @Override
    public void truncateTable(String tableName) {
        Map<String, Object> noScript = new HashMap<>();
        noScript.put(SchemaToolingSettings.HBM2DDL_SKIP_DEFAULT_IMPORT_FILE, true);
        noScript.put(SchemaToolingSettings.JAKARTA_HBM2DDL_LOAD_SCRIPT_SOURCE, null);
        noScript.put("javax.persistence.sql-load-script-source", null);
        noScript.put("hibernate.hbm2ddl.import_files", "");
        noScript.put(SchemaToolingSettings.HBM2DDL_FILTER_PROVIDER, new OneTable(tableName));
        run(Action.TRUNCATE, noScript);
    }

    @Override
    public void populate() {
        run(Action.POPULATE, Map.of());
    }

    @Override
    public void resynchronizeGenerators() {
        run(Action.SYNCHRONIZE, Map.of());
    }

    @Override
    public SchemaManager forSchema(String schemaName) {
        Map<String, Object> more = new HashMap<>(overrides);
        more.put(MappingSettings.DEFAULT_SCHEMA, schemaName);
        return new AllSchemas(shards, more);
    }

    @Override
    public SchemaManager forCatalog(String catalogName) {
        throw new ShardingException(
                ShardErrorCode.OPERATION_REFUSED,
                "SchemaManager.forCatalog(\"" + catalogName + "\"): each shard's URL says which database it is, and"
                        + " PostgreSQL reaches no other; configure a shard with the other database's URL");
    }

    @Override
    public void create(boolean createSchemas) {
        exportMappedObjects(createSchemas);
    }

    @Override
    public void drop(boolean dropSchemas) {
        dropMappedObjects(dropSchemas);
    }

    @Override
    public void validate() throws SchemaValidationException {
        try {
            validateMappedObjects();
        } catch (ShardingException e) {
            throw new SchemaValidationException(e.getMessage(), e);
        }
    }

    @Override
    public void truncate() {
        truncateMappedObjects();
    }

    /** Only truncates: every other action takes all tables. */
    private record OneTable(String name) implements SchemaFilterProvider, SchemaFilter {
        @Override
        public boolean includeNamespace(Namespace namespace) {
            return true;
        }

        @Override
        public boolean includeTable(Table table) {
            return table.getName().equals(name);
        }

        @Override
        public boolean includeSequence(Sequence sequence) {
            return false;
        }

        @Override
        public SchemaFilter getTruncatorFilter() {
            return this;
        }

        @Override
        public SchemaFilter getCreateFilter() {
            return DefaultSchemaFilterProvider.INSTANCE.getCreateFilter();
        }

        @Override
        public SchemaFilter getDropFilter() {
            return DefaultSchemaFilterProvider.INSTANCE.getDropFilter();
        }

        @Override
        public SchemaFilter getMigrateFilter() {
            return DefaultSchemaFilterProvider.INSTANCE.getMigrateFilter();
        }

        @Override
        public SchemaFilter getValidateFilter() {
            return DefaultSchemaFilterProvider.INSTANCE.getValidateFilter();
        }
    }
}
