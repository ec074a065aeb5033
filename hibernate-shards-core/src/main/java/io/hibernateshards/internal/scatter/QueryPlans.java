package io.hibernateshards.internal.scatter;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.ShardMapping;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.query.sqm.tree.SqmStatement;

/** The plans of the HQL queries that are used most; those of criteria queries last as long as the query object. */
public final class QueryPlans {
    private static final int MOST = 2048; // as many as Hibernate keeps of its own

    private record Key(String hql, Class<?> resultType) {}

    private final Cache<Key, QueryPlan> plans =
            Caffeine.newBuilder().maximumSize(MOST).build();
    private final TextOrder textOrder = new TextOrder();
    private final ShardMapping mapping;
    private final SessionFactoryImplementor factory;

    public QueryPlans(ShardMapping mapping, SessionFactoryImplementor factory) {
        this.mapping = mapping;
        this.factory = factory;
    }

    QueryPlan ofHql(String hql, Class<?> resultType, SqmStatement<?> statement) {
        Key key = new Key(hql, resultType);
        QueryPlan known = plans.getIfPresent(key);
        return known != null ? known : plans.get(key, k -> new QueryPlan(statement, hql, mapping, factory));
    }

    QueryPlan ofCriteria(SqmStatement<?> statement) {
        return new QueryPlan(statement, "", mapping, factory);
    }

    /** Whether every shard has a copy of it. */
    boolean isReference(String entityName) {
        return mapping.of(entityName) instanceof EntityPlacement.Reference;
    }

    TextOrder textOrder() {
        return textOrder;
    }
}
