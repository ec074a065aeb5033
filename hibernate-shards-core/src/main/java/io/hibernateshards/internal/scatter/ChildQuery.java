package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.cache.StatelessChanges;
import org.hibernate.ScrollMode;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.spi.MutableQueryOptions;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.hibernate.query.sqm.internal.SqmQueryImpl;
import org.hibernate.query.sqm.tree.SqmDmlStatement;
import org.jspecify.annotations.Nullable;

/** A query, or a partial query, on the session of one shard, with the parameters of the query that the application made. */
final class ChildQuery<R> extends SqmQueryImpl<R> {
    private final ShardAccess access;
    private final @Nullable Object cacheKey;
    private final QueryParameterBindings bindings;
    private final @Nullable MutableQueryOptions options;

    /**
     * @param text of the query; Hibernate's word for criteria if it is one
     * @param cacheKey of its plan in Hibernate's cache
     */
    ChildQuery(
            String text,
            Object cacheKey,
            HqlInterpretation<R> interpretation,
            @Nullable Class<R> resultType,
            QueryParameterBindings bindings,
            MutableQueryOptions options,
            ShardAccess access,
            SharedSessionContractImplementor child) {
        super(text, interpretation, resultType, child);
        this.access = access;
        this.cacheKey = cacheKey;
        this.bindings = bindings;
        this.options = options;
    }

    @Override
    public Object getQueryStringCacheKey() {
        return cacheKey == null ? super.getQueryStringCacheKey() : cacheKey;
    }

    @Override
    public QueryParameterBindings getQueryParameterBindings() {
        return bindings;
    }

    @Override
    protected ScrollableResultsImplementor<R> doScroll(ScrollMode mode) {
        return mode == ScrollMode.FORWARD_ONLY
                ? access.openCursor(getSession(), () -> super.doScroll(mode))
                : super.doScroll(mode); // the driver holds all rows of these
    }

    /** The options of its own serve only the constructor of the class above. */
    @Override
    public MutableQueryOptions getQueryOptions() {
        return options == null ? super.getQueryOptions() : options;
    }

    @Override
    protected int doExecuteUpdate() {
        int changed = super.doExecuteUpdate();
        if (getSqmStatement() instanceof SqmDmlStatement<?> statement) {
            StatelessChanges.statement(getSession(), statement.getTarget().getEntityName());
        }
        return changed;
    }
}
