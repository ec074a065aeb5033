package io.hibernateshards.internal.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.hibernate.boot.Metadata;
import org.hibernate.boot.model.naming.Identifier;
import org.hibernate.boot.model.relational.Namespace;
import org.hibernate.boot.model.relational.Sequence;
import org.hibernate.boot.model.relational.SqlStringGenerationContext;
import org.hibernate.dialect.Dialect;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.Table;
import org.hibernate.tool.schema.extract.spi.ColumnInformation;
import org.hibernate.tool.schema.extract.spi.DatabaseInformation;
import org.hibernate.tool.schema.extract.spi.SequenceInformation;
import org.hibernate.tool.schema.extract.spi.TableInformation;
import org.hibernate.tool.schema.internal.GroupedSchemaValidatorImpl;
import org.hibernate.tool.schema.spi.ContributableMatcher;
import org.hibernate.tool.schema.spi.ExecutionOptions;
import org.hibernate.tool.schema.spi.SchemaFilter;
import org.hibernate.tool.schema.spi.SchemaManagementException;
import org.jspecify.annotations.Nullable;

/** Hibernate's validation of one schema, carried on after the first difference, and with the lengths compared too. */
final class Differences extends GroupedSchemaValidatorImpl {
    private final SchemaTool exact;
    private final SqlStringGenerationContext context;
    private final List<String> lines = new ArrayList<>();

    Differences(SchemaTool tool, SchemaFilter filter, SqlStringGenerationContext context) {
        super(tool, filter);
        exact = tool;
        this.context = context;
    }

    /** What differs, a line each, with the statement that cures it. */
    List<String> lines() {
        return lines;
    }

    @Override
    public void doValidation(Metadata metadata, ExecutionOptions options, ContributableMatcher included) {
        var jdbc = exact.resolveJdbcContext(options.getConfigurationValues());
        try (var isolator = exact.getDdlTransactionIsolator(jdbc)) {
            DatabaseInformation found = exact.information(isolator, context);
            try {
                performValidation(metadata, found, options, included, jdbc.getDialect());
            } finally {
                found.cleanup();
            }
        }
    }

    @Override
    protected void validateTables(
            Metadata metadata,
            DatabaseInformation found,
            ExecutionOptions options,
            ContributableMatcher included,
            Dialect dialect,
            Namespace namespace) {
        var tables = found.getTablesInformation(namespace);
        for (Table table : namespace.getTables()) {
            if (table.isPhysicalTable() && schemaFilter.includeTable(table) && included.matches(table)) {
                validateTable(table, tables.getTableInformation(table), metadata, options, dialect);
            }
        }
    }

    @Override
    protected void validateTable(
            Table table,
            @Nullable TableInformation found,
            Metadata metadata,
            ExecutionOptions options,
            Dialect dialect) {
        String name = context.format(table.getQualifiedTableName());
        if (found == null) {
            lines.add(name + ": the table is missing");
            return;
        }
        int before = lines.size();
        for (Column column : table.getColumns()) {
            String columnName = column.getQuotedName(dialect);
            String needed = column.getSqlType(metadata).toLowerCase(Locale.ROOT);
            ColumnInformation there = found.getColumn(Identifier.toIdentifier(column.getQuotedName()));
            if (there == null) {
                lines.add(name + ": column " + columnName + " is missing, the mapping needs " + needed
                        + ": alter table " + name + " add column " + columnName + " " + needed);
            } else if (!fits(table, column, there, metadata, dialect) || ColumnTypes.holdsLess(there, needed)) {
                lines.add(name + ": column " + columnName + " is " + ColumnTypes.text(there)
                        + ", the mapping needs " + needed
                        + ": alter table " + name + " alter column " + columnName + " type " + needed);
            }
        }
        if (lines.size() == before) {
            validateConstraints(name, table, found, metadata, options, dialect);
        }
    }

    private boolean fits(Table table, Column column, ColumnInformation there, Metadata metadata, Dialect dialect) {
        try {
            validateColumnType(table, column, there, metadata, dialect);
            return true;
        } catch (SchemaManagementException e) {
            return false;
        }
    }

    /** Indexes and unique keys, if the settings ask for it; all columns are known to be there. */
    private void validateConstraints(
            String name,
            Table table,
            TableInformation found,
            Metadata metadata,
            ExecutionOptions options,
            Dialect dialect) {
        try {
            super.validateTable(table, found, metadata, options, dialect);
        } catch (SchemaManagementException e) {
            lines.add(name + ": " + e.getMessage());
        }
    }

    @Override
    protected void validateSequence(Sequence sequence, @Nullable SequenceInformation found) {
        String name = context.format(sequence.getName());
        int needed = sequence.getIncrementSize();
        if (found == null) {
            lines.add("sequence " + name + " is missing: create sequence " + name + " start with "
                    + sequence.getInitialValue() + " increment by " + needed);
        } else if (found.getIncrementValue() != null
                && found.getIncrementValue().longValue() != needed) {
            lines.add("sequence " + name + " counts by " + found.getIncrementValue() + ", the mapping needs " + needed
                    + ": alter sequence " + name + " increment by " + needed);
        }
    }
}
