package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.mapping.ShardMapping;
import io.hibernateshards.internal.plan.Clock;
import io.hibernateshards.internal.plan.Functions;
import io.hibernateshards.internal.plan.SelectPlan;
import io.hibernateshards.internal.target.OneShard;
import io.hibernateshards.internal.target.Targeting;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.query.hql.internal.QuerySplitter;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.sqm.tree.SqmDmlStatement;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.domain.SqmPolymorphicRootDescriptor;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.jspecify.annotations.Nullable;

/** What is worked out once for a query: which shards it asks, and how their answers are merged. */
public final class QueryPlan {
    private final SqmStatement<?> statement;
    private final String hql;
    private final @Nullable Class<?> resultType;
    private final @Nullable HqlInterpretation<?> interpretation;
    private final SessionFactoryImplementor factory;
    private final ShardMapping mapping;
    private final Targeting targeting;
    private final SqmSelectStatement<?> @Nullable [] concrete;
    private final AtomicBoolean warned = new AtomicBoolean();
    private volatile @Nullable SelectPlan select;
    private volatile @Nullable Boolean clock;

    QueryPlan(
            SqmStatement<?> statement,
            String hql,
            @Nullable Class<?> resultType,
            @Nullable HqlInterpretation<?> interpretation,
            ShardMapping mapping,
            SessionFactoryImplementor factory) {
        this.interpretation = interpretation;
        this.statement = statement;
        this.hql = hql;
        this.resultType = resultType;
        this.factory = factory;
        this.mapping = mapping;
        targeting = Targeting.of(statement, mapping, factory);
        concrete = isOfEntity(statement) ? null : QuerySplitter.split((SqmSelectStatement<?>) statement);
    }

    private static boolean isOfEntity(SqmStatement<?> statement) {
        return !(statement instanceof SqmSelectStatement<?> select)
                || !(select.getQueryPart() instanceof SqmQuerySpec<?> spec)
                || spec.getRoots().stream()
                        .noneMatch(root -> root.getReferencedPathSource() instanceof SqmPolymorphicRootDescriptor);
    }

    /**
     * The queries that one of a mapped superclass, an interface or a class above entities stands for, one for each entity
     * below it; null for any other.
     */
    SqmSelectStatement<?> @Nullable [] concrete() {
        return concrete;
    }

    /** What queries of this HQL are made from; null for criteria and named queries, which bring their own. */
    public @Nullable HqlInterpretation<?> interpretation() {
        return interpretation;
    }

    /** Of the entity that it asks for or writes, of several the first; null if it has none. */
    @Nullable
    String entityName() {
        if (statement instanceof SqmDmlStatement<?> write) {
            return write.getTarget().getEntityName();
        }
        var roots = ((SqmSelectStatement<?>) statement)
                .getQueryPart()
                .getFirstQuerySpec()
                .getFromClause()
                .getRoots();
        return roots.isEmpty() ? null : roots.get(0).getEntityName();
    }

    public boolean isSelect() {
        return statement instanceof SqmSelectStatement;
    }

    /** Whether the application is told now that this query asks several shards: it is told once. */
    boolean warns() {
        return !warned.getAndSet(true);
    }

    /** Whether it reads the current time, which must be the same on all shards. */
    boolean readsClock() {
        Boolean known = clock;
        if (known == null) {
            known = Clock.isReadBy(statement);
            clock = known;
        }
        return known;
    }

    Targeting targeting() {
        return targeting;
    }

    /**
     * Worked out when several shards are asked for the first time: most queries never need it.
     *
     * @param aggregates the names of the servers' aggregates
     */
    SelectPlan select(Supplier<Set<String>> aggregates) {
        SelectPlan known = select;
        if (known == null) {
            known = SelectPlan.of(
                    (SqmSelectStatement<?>) statement,
                    hql,
                    resultType,
                    new OneShard(mapping, factory),
                    new Functions(aggregates),
                    factory);
            select = known;
        }
        return known;
    }
}
