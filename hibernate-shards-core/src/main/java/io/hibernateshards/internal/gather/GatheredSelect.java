package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.mapping.EntityPlacement.Single;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.target.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.hibernate.engine.spi.EntityKey;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.query.spi.QueryOptions;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.spi.SqlOmittingQueryOptions;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.sql.exec.internal.BaseExecutionContext;
import org.hibernate.sql.exec.spi.JdbcSelect;
import org.hibernate.sql.results.internal.RowTransformerArrayImpl;
import org.hibernate.sql.results.spi.ListResultsConsumer.UniqueSemantic;
import org.jspecify.annotations.Nullable;

/** A select of HQL or criteria over the rows of several shards, run on one of them. */
public final class GatheredSelect {
    /**
     * How many rows may leave their shards.
     *
     * @param gathered the most in all
     * @param inlined the most that are sent within the SQL; more are copied into temporary tables
     */
    public record Limits(int gathered, int inlined) {}

    private final Shards shards;
    private final Router router;
    private final ShardedTables tables;
    private final List<ShardId> asked;
    private final QueryParameterBindings values;
    private final String query;
    private final Refusal otherwise;

    /**
     * Prepares it. Nothing is sent.
     *
     * @param asked whose rows it needs
     * @param query for errors
     * @param otherwise why it is not run in another way
     */
    public GatheredSelect(
            Shards shards,
            Router router,
            ShardedTables tables,
            List<ShardId> asked,
            QueryParameterBindings values,
            String query,
            Refusal otherwise) {
        this.shards = shards;
        this.router = router;
        this.tables = tables;
        this.asked = asked;
        this.values = values;
        this.query = query;
        this.otherwise = otherwise;
    }

    /**
     * Its rows, as arrays of what was selected.
     *
     * @param uniqueAs the type of results, if an entity that joins repeat is to be one row of a query for it alone
     * @param page cuts the rows after that; null if the query itself does
     */
    public List<Object[]> list(
            SqmSelectStatement<?> select,
            DomainParameterXref parameters,
            QueryOptions options,
            Limits limits,
            @Nullable Class<?> uniqueAs,
            @Nullable UnaryOperator<List<Object[]>> page) {
        EntityRows rows = rows(select);
        if (page != null) {
            rows.tree().getQueryPart().setOffset(null);
            rows.tree().getQueryPart().setFetch(null);
        }
        DomainParameterXref own = rows.parameters(parameters);
        List<Object[]> all = run(rows.tree(), own, rows.values(values, own), options, limits);
        if (uniqueAs != null && rows.isOnly(uniqueAs)) {
            all = once(all, rows.entities().get(0).entity());
        }
        return load(rows, page == null ? all : page.apply(all), options);
    }

    /** How many rows it would have. */
    public long count(
            SqmSelectStatement<?> select, DomainParameterXref parameters, QueryOptions options, Limits limits) {
        return ((Number) run(select.createCountQuery(), parameters, values, options, limits)
                        .get(0)[0])
                .longValue();
    }

    private EntityRows rows(SqmSelectStatement<?> select) {
        EntityRows rows = new EntityRows(select, shards.template().getFactory());
        refuse(rows.refusal());
        return rows;
    }

    private List<Object[]> run(
            SqmSelectStatement<?> tree,
            DomainParameterXref parameters,
            QueryParameterBindings bound,
            QueryOptions options,
            Limits limits) {
        ShardId some = shards.gatherOn(asked);
        Translation translation = translate(tree, parameters, bound, options, shards.child(some));
        refuse(translation.refusal());
        ShardId destination = destination(translation, some);
        Gather gather = new Gather(
                shards,
                translation.tables(),
                translation.references(),
                translation.keys(),
                limits.gathered(),
                query,
                options.getTimeout());
        int most = Math.min(limits.inlined(), limits.gathered());
        InlineRows inline = new InlineRows(shards, tables.columnTypes(), destination, most, options.getTimeout());
        List<Object[]> rows = gather.connected(destination, () -> {
            JdbcSelect select = inline.of(translation);
            return select == null ? null : list(select, translation, shards.child(destination), bound, options);
        });
        return rows != null
                ? rows
                : gather.run(
                        destination,
                        session -> list(unique(translation.select()), translation, session, bound, options));
    }

    /** SQL that no connection has prepared: a prepared statement would read the tables that are hidden now. */
    private static JdbcSelect unique(JdbcSelect select) {
        return new RewrittenSelect(select, UniqueSql.of(select.getSqlString()), select.getParameterBinders());
    }

    private List<Object[]> list(
            JdbcSelect select,
            Translation translation,
            SharedSessionContractImplementor session,
            QueryParameterBindings bound,
            QueryOptions options) {
        return session.getJdbcServices()
                .getJdbcSelectExecutor()
                .list(
                        select,
                        translation.bindings(),
                        new Run(session, bound, options, select),
                        RowTransformerArrayImpl.instance(),
                        Object[].class,
                        UniqueSemantic.NEVER);
    }

    private Translation translate(
            SqmSelectStatement<?> tree,
            DomainParameterXref parameters,
            QueryParameterBindings bound,
            QueryOptions options,
            SharedSessionContractImplementor session) {
        return Translation.of(tree, parameters, bound, options, asked, tables, session);
    }

    /** Any shard will do, but for tables that others do not have. */
    private ShardId destination(Translation translation, ShardId otherwise) {
        for (CopiedTable table : translation.tables()) {
            if (tables.of(table.name()) instanceof Single single) {
                return single.shard();
            }
        }
        return otherwise;
    }

    private void refuse(@Nullable Refusal refusal) {
        if (refusal != null) {
            throw new Refusal(
                            otherwise.construct(),
                            otherwise.reason() + "; and the rows cannot be gathered on one shard for "
                                    + refusal.construct() + ": " + refusal.reason(),
                            refusal.rewrite())
                    .over(query, asked);
        }
    }

    private static List<Object[]> once(List<Object[]> rows, EntityPersister entity) {
        Set<Object> seen = new HashSet<>();
        List<Object[]> once = new ArrayList<>(rows);
        once.removeIf(row -> !seen.add(row[0] == null ? "" : new EntityKey(row[0], entity)));
        return once;
    }

    // ---- entities

    /** Rows whose entity has gone in between are left out, as they would be by a query run a moment later. */
    private List<Object[]> load(EntityRows rows, List<Object[]> all, QueryOptions options) {
        Map<EntityColumn, Map<EntityKey, Object>> loaded = new LinkedHashMap<>();
        EntityLoad load = new EntityLoad(shards, router, asked, options);
        for (EntityColumn column : rows.entities()) {
            Set<EntityKey> ids = new LinkedHashSet<>();
            for (Object[] row : all) {
                if (row[column.position()] != null) {
                    ids.add(column.key(row[column.position()]));
                }
            }
            loaded.put(column, ids.isEmpty() ? Map.of() : load.load(column, ids));
        }
        List<Object[]> whole = new ArrayList<>(all.size());
        for (Object[] row : all) {
            @Nullable Object[] one = Arrays.copyOf(row, rows.width());
            boolean there = true;
            for (Map.Entry<EntityColumn, Map<EntityKey, Object>> entry : loaded.entrySet()) {
                EntityColumn column = entry.getKey();
                Object id = row[column.position()];
                if (id != null) {
                    Object entity = entry.getValue().get(column.key(id));
                    there &= entity != null;
                    one[column.position()] = entity;
                }
            }
            if (there) {
                whole.add(rows.output(one));
            }
        }
        return whole;
    }

    // ---- telling about it

    /**
     * For people: the tables that are copied, a line each. Nothing is sent.
     *
     * @throws io.hibernateshards.ShardingException if it cannot be run over gathered rows
     */
    public String describe(SqmSelectStatement<?> select, DomainParameterXref parameters, QueryOptions options) {
        EntityRows rows = rows(select);
        DomainParameterXref own = rows.parameters(parameters);
        Translation translation = translate(rows.tree(), own, rows.values(values, own), options, shards.template());
        refuse(translation.refusal());
        StringBuilder text = new StringBuilder();
        for (EntityColumn column : rows.entities()) {
            text.append("Load ").append(column.entity().getJpaEntityName()).append(" by id\n");
        }
        text.append("Gather on one of shards ").append(asked);
        translation.tables().forEach(table -> text.append('\n').append(table.describe()));
        return text.toString();
    }

    private final class Run extends BaseExecutionContext {
        private final QueryParameterBindings bound;
        private final QueryOptions options;

        Run(
                SharedSessionContractImplementor session,
                QueryParameterBindings bound,
                QueryOptions options,
                JdbcSelect select) {
            super(session);
            this.bound = bound;
            this.options = SqlOmittingQueryOptions.omitSqlQueryOptions(options, select);
        }

        @Override
        public QueryOptions getQueryOptions() {
            return options;
        }

        @Override
        public QueryParameterBindings getQueryParameterBindings() {
            return bound;
        }

        @Override
        public String getQueryIdentifier(String sql) {
            return query;
        }
    }
}
