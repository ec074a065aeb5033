package io.hibernateshards.internal.schema;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.hibernate.boot.model.relational.QualifiedSequenceName;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.boot.registry.selector.spi.StrategySelector;
import org.hibernate.cfg.SchemaToolingSettings;
import org.hibernate.engine.jdbc.env.spi.JdbcEnvironment;
import org.hibernate.resource.transaction.spi.DdlTransactionIsolator;
import org.hibernate.service.ServiceRegistry;
import org.hibernate.service.spi.ServiceRegistryImplementor;
import org.hibernate.tool.schema.extract.internal.CachingDatabaseInformationImpl;
import org.hibernate.tool.schema.extract.internal.InformationExtractorPostgreSQLImpl;
import org.hibernate.tool.schema.extract.internal.SequenceInformationImpl;
import org.hibernate.tool.schema.extract.spi.DatabaseInformation;
import org.hibernate.tool.schema.extract.spi.ExtractionContext;
import org.hibernate.tool.schema.extract.spi.InformationExtractor;
import org.hibernate.tool.schema.extract.spi.SequenceInformation;
import org.hibernate.tool.schema.internal.DefaultSchemaFilterProvider;
import org.hibernate.tool.schema.internal.GroupedSchemaMigratorImpl;
import org.hibernate.tool.schema.internal.HibernateSchemaManagementTool;
import org.hibernate.tool.schema.spi.ExtractionTool;
import org.hibernate.tool.schema.spi.SchemaFilter;
import org.hibernate.tool.schema.spi.SchemaFilterProvider;
import org.hibernate.tool.schema.spi.SchemaMigrator;
import org.jspecify.annotations.Nullable;

/**
 * Hibernate's schema tool, made to see one schema only. Its own takes a sequence of any schema for the one it looks for,
 * and an underscore in a schema's or table's name for any character; with a shard in each schema of one database it would
 * find on one shard what exists on another.
 */
final class SchemaTool extends HibernateSchemaManagementTool {
    SchemaTool(ServiceRegistry registry) {
        injectServices((ServiceRegistryImplementor) registry);
    }

    SchemaFilterProvider filters(Map<String, Object> settings) {
        return getServiceRegistry()
                .requireService(StrategySelector.class)
                .resolveDefaultableStrategy(
                        SchemaFilterProvider.class,
                        settings.get(SchemaToolingSettings.HBM2DDL_FILTER_PROVIDER),
                        DefaultSchemaFilterProvider.INSTANCE);
    }

    DatabaseInformation information(DdlTransactionIsolator isolator, SqlStringGenerationContext context) {
        ServiceRegistry registry = getServiceRegistry();
        JdbcEnvironment environment = registry.requireService(JdbcEnvironment.class);
        try {
            return new OneSchema(registry, environment, context, isolator, this);
        } catch (SQLException e) {
            throw environment.getSqlExceptionHelper().convert(e, "the schema could not be read");
        }
    }

    @Override
    public SchemaMigrator getSchemaMigrator(Map<String, Object> settings) {
        return new Migrator(this, filters(settings).getMigrateFilter());
    }

    @Override
    public ExtractionTool getExtractionTool() {
        ExtractionTool standard = super.getExtractionTool();
        return new ExtractionTool() {
            @Override
            public ExtractionContext createExtractionContext(
                    ServiceRegistry registry,
                    JdbcEnvironment environment,
                    SqlStringGenerationContext context,
                    DdlTransactionIsolator isolator,
                    ExtractionContext.DatabaseObjectAccess access) {
                return standard.createExtractionContext(registry, environment, context, isolator, access);
            }

            @Override
            public InformationExtractor createInformationExtractor(ExtractionContext context) {
                return new ExactNames(context);
            }
        };
    }

    private static final class Migrator extends GroupedSchemaMigratorImpl {
        private final SchemaTool exact;

        Migrator(SchemaTool tool, SchemaFilter filter) {
            super(tool, filter);
            exact = tool;
        }

        @Override
        protected DatabaseInformation buildDatabaseInformation(
                DdlTransactionIsolator isolator, SqlStringGenerationContext context) {
            return exact.information(isolator, context);
        }
    }

    /** Looks sequences up where the mapping has them. */
    private static final class OneSchema extends CachingDatabaseInformationImpl {
        OneSchema(
                ServiceRegistry registry,
                JdbcEnvironment environment,
                SqlStringGenerationContext context,
                DdlTransactionIsolator isolator,
                SchemaTool tool)
                throws SQLException {
            super(registry, environment, context, isolator, tool);
        }

        @Override
        public @Nullable SequenceInformation getSequenceInformation(QualifiedSequenceName name) {
            Connection connection = extractionContext.getJdbcConnection();
            // quoting says whether PostgreSQL folds the names
            try (PreparedStatement statement = connection.prepareStatement(
                    "select s.seqincrement from pg_sequence s" + " where s.seqrelid = to_regclass(?)")) {
                statement.setString(1, context.format(name));
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? new SequenceInformationImpl(name, null, null, null, row.getLong(1)) : null;
                }
            } catch (SQLException e) {
                throw jdbcEnvironment.getSqlExceptionHelper().convert(e, "the sequences could not be read");
            }
        }
    }

    /** JDBC's metadata takes patterns; these are names as SQL quotes them, without the quotes around them. */
    private static final class ExactNames extends InformationExtractorPostgreSQLImpl {
        ExactNames(ExtractionContext context) {
            super(context);
        }

        private static @Nullable String exact(@Nullable String name) {
            return name == null || name.equals("%")
                    ? name
                    : name.replace("\"\"", "\"").replaceAll("([\\\\_%])", "\\\\$1");
        }

        @Override
        protected <T> T processSchemaResultSet(
                String catalog, @Nullable String schema, ExtractionContext.ResultSetProcessor<T> processor)
                throws SQLException {
            return super.processSchemaResultSet(catalog, exact(schema), processor);
        }

        @Override
        protected <T> T processTableResultSet(
                String catalog,
                @Nullable String schema,
                @Nullable String table,
                String[] types,
                ExtractionContext.ResultSetProcessor<T> processor)
                throws SQLException {
            return super.processTableResultSet(catalog, exact(schema), exact(table), types, processor);
        }

        @Override
        protected <T> T processColumnsResultSet(
                String catalog,
                @Nullable String schema,
                @Nullable String table,
                @Nullable String column,
                ExtractionContext.ResultSetProcessor<T> processor)
                throws SQLException {
            return super.processColumnsResultSet(catalog, exact(schema), exact(table), exact(column), processor);
        }
    }
}
