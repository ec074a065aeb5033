package io.hibernateshards.internal.scatter;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.hibernateshards.internal.gather.ShardedTables;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.merge.TextOrder;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.jspecify.annotations.Nullable;

/** The plans of the HQL queries that are used most; those of criteria queries last as long as the query object. */
public final class QueryPlans {
    private static final int MOST = 2048; // as many as Hibernate keeps of its own

    private record Key(String hql, @Nullable Class<?> resultType) {}

    private final Cache<Key, QueryPlan> plans =
            Caffeine.newBuilder().maximumSize(MOST).build();
    private final TextOrder textOrder = new TextOrder();
    private final ShardMapping mapping;
    private final QueryBudget budget;
    private final CursorSigner cursors;
    private final SessionFactoryImplementor factory;
    private @Nullable ShardedTables tables;
    private final Map<String, String> columnTypes = new ConcurrentHashMap<>();
    private volatile @Nullable Set<String> aggregates;

    public QueryPlans(
            ShardMapping mapping, QueryBudget budget, CursorSigner cursors, SessionFactoryImplementor factory) {
        this.cursors = cursors;
        this.mapping = mapping;
        this.budget = budget;
        this.factory = factory;
    }

    /**
     * The plan of HQL, interpreted at its first use.
     *
     * @throws RuntimeException if Hibernate cannot interpret it
     */
    public QueryPlan ofHql(String hql, @Nullable Class<?> resultType) {
        Key key = new Key(hql, resultType);
        QueryPlan known = plans.getIfPresent(key);
        if (known == null || known.interpretation() == null) {
            HqlInterpretation<?> interpretation = factory.getQueryEngine().interpretHql(hql, resultType);
            known = new QueryPlan(interpretation.getSqmStatement(), hql, resultType, interpretation, mapping, factory);
            plans.put(key, known);
        }
        return known;
    }

    /** The plan of a named query, which Hibernate has interpreted. */
    QueryPlan ofNamed(String hql, @Nullable Class<?> resultType, SqmStatement<?> statement) {
        Key key = new Key(hql, resultType);
        QueryPlan known = plans.getIfPresent(key);
        return known != null
                ? known
                : plans.get(key, k -> new QueryPlan(statement, hql, resultType, null, mapping, factory));
    }

    QueryPlan ofCriteria(SqmStatement<?> statement) {
        return new QueryPlan(statement, "", null, null, mapping, factory);
    }

    /** Whether every shard has a copy of it. */
    boolean isReference(String entityName) {
        return mapping.of(entityName) instanceof EntityPlacement.Reference;
    }

    /** Where the rows of each table live. */
    public synchronized ShardedTables tables() {
        if (tables == null) {
            tables = new ShardedTables(factory, mapping);
        }
        return tables;
    }

    /** What queries without hints may cost. */
    public QueryBudget budget() {
        return budget;
    }

    /** The server's types of columns, by table and column, as far as queries have needed them. */
    Map<String, String> columnTypes() {
        return columnTypes;
    }

    /** The names of all aggregates and window functions, read from some shard once. */
    Set<String> aggregates(Supplier<SharedSessionContractImplementor> some) {
        Set<String> known = aggregates;
        if (known == null) {
            known = some.get().doReturningWork(connection -> {
                Set<String> names = new HashSet<>();
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery(
                                "select distinct proname::text from pg_proc where prokind in ('a', 'w')")) {
                    while (rows.next()) {
                        names.add(rows.getString(1));
                    }
                }
                return Set.copyOf(names);
            });
            aggregates = known;
        }
        return known;
    }

    CursorSigner cursors() {
        return cursors;
    }

    TextOrder textOrder() {
        return textOrder;
    }
}
