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
import org.hibernate.sql.results.internal.TupleMetadata;
import org.jspecify.annotations.Nullable;

/** A query, or a partial query, on the session of one shard, with the parameters of the query that the application made. */
final class ChildQuery<R> extends SqmQueryImpl<R> {
    private final ShardAccess access;
    private final @Nullable Object cacheKey;
    private final QueryParameterBindings bindings;
    private final @Nullable MutableQueryOptions options;
    private final @Nullable TupleMetadata tuples;

    /**
     * @param text of the query; Hibernate's word for criteria if it is one
     * @param cacheKey of its plan in Hibernate's cache
     * @param tuples how the application's own selections find their values, if its tree is a copy; null for the tree's
     */
    ChildQuery(
            String text,
            Object cacheKey,
            HqlInterpretation<R> interpretation,
            @Nullable Class<R> resultType,
            QueryParameterBindings bindings,
            MutableQueryOptions options,
            @Nullable TupleMetadata tuples,
            ShardAccess access,
            SharedSessionContractImplementor child) {
        super(text, interpretation, resultType, child);
        this.access = access;
        this.cacheKey = cacheKey;
        this.bindings = bindings;
        this.options = options;
        this.tuples = tuples;
    }

    @Override
    public @Nullable TupleMetadata getTupleMetadata() {
        return tuples == null ? super.getTupleMetadata() : tuples;
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
