package io.hibernateshards.internal.sql;

import io.hibernateshards.internal.cache.StatelessChanges;
import io.hibernateshards.internal.scatter.ShardAccess;
import java.util.Collection;
import org.hibernate.ScrollMode;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.spi.MutableQueryOptions;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.hibernate.query.spi.SelectQueryPlan;
import org.hibernate.query.sql.internal.NativeQueryImpl;
import org.hibernate.query.sql.spi.NativeSelectQueryPlan;
import org.jspecify.annotations.Nullable;

/** SQL on the session of one shard, with the parameters and the result mapping of the query that the application made. */
final class ChildNativeQuery<R> extends NativeQueryImpl<R> {
    private final ShardAccess access;
    private final @Nullable ShardedNativeQuery<R> whole;
    private final @Nullable MutableQueryOptions options;

    ChildNativeQuery(
            String sql,
            ShardedNativeQuery<R> whole,
            MutableQueryOptions options,
            ShardAccess access,
            SharedSessionContractImplementor child) {
        super(sql, (Class<R>) null, child);
        this.access = access;
        this.whole = whole;
        this.options = options;
    }

    @Override
    public QueryParameterBindings getQueryParameterBindings() {
        return whole == null ? super.getQueryParameterBindings() : whole.getQueryParameterBindings();
    }

    /** The options of its own serve only the constructor of the class above. */
    @Override
    public MutableQueryOptions getQueryOptions() {
        return options == null ? super.getQueryOptions() : options;
    }

    @Override
    public Collection<String> getSynchronizedQuerySpaces() {
        return whole == null ? super.getSynchronizedQuerySpaces() : whole.getSynchronizedQuerySpaces();
    }

    @Override
    protected SelectQueryPlan<R> resolveSelectQueryPlan() {
        return whole == null ? super.resolveSelectQueryPlan() : whole.resolveSelectQueryPlan();
    }

    @Override
    protected NativeSelectQueryPlan<Long> createCountQueryPlan() {
        return whole == null ? super.createCountQueryPlan() : whole.createCountQueryPlan();
    }

    @Override
    protected ScrollableResultsImplementor<R> doScroll(ScrollMode mode) {
        return mode == ScrollMode.FORWARD_ONLY
                ? access.openCursor(getSession(), () -> super.doScroll(mode))
                : super.doScroll(mode); // the driver holds all rows of these
    }

    @Override
    protected int doExecuteUpdate() {
        int changed =
                whole == null ? super.doExecuteUpdate() : whole.updatePlan().executeUpdate(this);
        StatelessChanges.sql(getSession(), getSynchronizedQuerySpaces());
        return changed;
    }
}
