package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.plan.Translated;
import io.hibernateshards.internal.target.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.spi.QueryOptions;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.sql.ast.tree.select.SelectStatement;
import org.hibernate.sql.exec.spi.JdbcParameterBindings;
import org.hibernate.sql.exec.spi.JdbcSelect;
import org.jspecify.annotations.Nullable;

/**
 * A select in SQL, with the tables that it reads.
 *
 * @param select what to run
 * @param bindings its parameters
 * @param tables those whose rows are on other shards too
 * @param references those that every shard has
 * @param keys whether it relies on primary keys
 * @param refusal why it cannot be run over gathered rows; null if it can
 */
record Translation(
        JdbcSelect select,
        JdbcParameterBindings bindings,
        List<CopiedTable> tables,
        List<CopiedTable> references,
        boolean keys,
        @Nullable Refusal refusal) {

    static Translation of(
            SqmSelectStatement<?> tree,
            DomainParameterXref parameters,
            QueryParameterBindings values,
            QueryOptions options,
            List<ShardId> shards,
            ShardedTables sharded,
            SharedSessionContractImplementor session) {
        SessionFactoryImplementor factory = session.getFactory();
        Translated translated = Translated.of(tree, parameters, values, options, session);
        JdbcParameterBindings bindings = translated.bindings();
        SelectStatement statement = translated.statement();
        SqlReader reader = new SqlReader(factory, statement, sharded);
        JdbcSelect select = reader.translate(bindings, options);
        Map<String, RowFilter> filters = new RowFilters(factory, reader, bindings).of(statement);
        List<CopiedTable> tables = new ArrayList<>();
        List<CopiedTable> references = new ArrayList<>();
        Refusal refusal = reader.refusal();
        for (String name : reader.tables()) {
            EntityPlacement placement = sharded.of(name);
            if (refusal == null) {
                refusal = refusal(name, placement);
            }
            if (placement != null) {
                List<ShardId> from = placement instanceof Single single ? List.of(single.shard()) : shards;
                CopiedTable table = new CopiedTable(name, reader.columns(name), from, filters.get(name));
                (placement instanceof Reference ? references : tables).add(table);
            }
        }
        for (String name : sharded.names()) {
            if (refusal == null && reader.isCommonTableExpression(name)) {
                refusal = new Refusal(
                        "a common table expression named " + name,
                        "there is a table of that name",
                        "give it another name");
            }
        }
        return new Translation(select, bindings, tables, references, reader.isGrouped(), refusal);
    }

    private static @Nullable Refusal refusal(String name, @Nullable EntityPlacement placement) {
        if (placement == null) {
            return new Refusal(
                    "the table " + name,
                    "no entity is mapped to it, so it is not known where its rows are",
                    "restrict the query to one shard by its key");
        }
        if (placement instanceof Reference) {
            return null;
        }
        return name.startsWith("(")
                ? new Refusal(
                        "the table " + name,
                        "a temporary table can only take the place of one that has a name",
                        "select from a table of an entity")
                : null;
    }
}
