package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.gather.GatheredSelect;
import io.hibernateshards.internal.merge.Page;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.internal.target.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.LockMode;
import org.hibernate.query.ResultListTransformer;
import org.hibernate.query.common.FetchClauseType;
import org.hibernate.query.spi.MutableQueryOptions;
import org.hibernate.query.sqm.internal.AppliedGraphs;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.jspecify.annotations.Nullable;

/**
 * One run of a select that the shards cannot answer one by one: over their rows, gathered on one of them, by PostgreSQL
 * itself.
 */
final class Gathered<R> {
    private final ShardedQueryImpl<R> query;
    private final ShardAccess access;
    private final Target target;
    private final GatheredSelect select;
    private final SqmSelectStatement<?> tree;
    private final MutableQueryOptions options;

    /**
     * Prepares it. Nothing is sent.
     *
     * @param refusal why it is not answered in another way
     */
    Gathered(ShardedQueryImpl<R> query, Refusal refusal, Target target, ShardAccess access) {
        this.query = query;
        this.access = access;
        this.target = target;
        if (query.budget().gathered() == 0) {
            throw query.refused(refusal, target);
        }
        if (query.getQueryOptions().getLockOptions().getLockMode().greaterThan(LockMode.READ)) {
            throw refused(
                    refusal.construct() + ", with a lock",
                    refusal.reason() + "; gathered rows are copies, which nobody else sees",
                    "run it without a lock, then lock what it yields");
        }
        tree = (SqmSelectStatement<?>) query.getSqmStatement();
        options = Options.partial(query.getQueryOptions(), -1, false);
        options.setResultCachingEnabled(false); // its SQL is another one each time
        select = new GatheredSelect(
                access,
                access.router(),
                access.plans().tables(),
                target.shards(),
                query.getQueryParameterBindings(),
                query.getQueryString(),
                refusal);
    }

    private RuntimeException refused(String construct, String reason, String rewrite) {
        return query.refused(new Refusal(construct, reason, rewrite), target);
    }

    List<R> list() {
        Class<R> type = query.getResultType();
        List<R> rows = rows(type == null ? Object.class : type);
        @SuppressWarnings("unchecked")
        var transformer = (ResultListTransformer<R>) query.getQueryOptions().getResultListTransformer();
        return transformer == null ? rows : transformer.transformList(rows);
    }

    /** As a stream or a scroll has them, where an entity comes as often as its row. */
    List<R> each() {
        if (fetchesCollections()) {
            throw refused(
                    "a stream or scroll of a query that fetches a collection and is gathered",
                    "Hibernate yields an entity as often as others come between its rows",
                    "use getResultList");
        }
        return rows(null);
    }

    private List<R> rows(@Nullable Class<?> uniqueAs) {
        Page page = query.page();
        boolean inMemory = fetchesCollections() && !page.isAll();
        if (!inMemory) {
            limit();
        } else if (tree.getQueryPart().getFetchExpression() != null
                && tree.getQueryPart().getFetchClauseType() != FetchClauseType.ROWS_ONLY) {
            throw refused("fetch with ties or percent", "a collection is fetched too", "leave the fetch out");
        }
        check();
        if (page.rows() == 0) {
            return new ArrayList<>();
        }
        access.flushBefore(target, query.getHibernateFlushMode());
        List<Object[]> rows = select.list(
                tree,
                query.getDomainParameterXref(),
                options,
                query.budget().gatherLimits(),
                uniqueAs,
                inMemory ? page::of : null);
        var transformer = Rows.of(query);
        List<R> results = new ArrayList<>(rows.size());
        rows.forEach(row -> results.add(transformer.transformRow(row)));
        return results;
    }

    private void limit() {
        var limit = query.getQueryOptions().getLimit();
        if (limit.getFirstRow() != null) {
            options.getLimit().setFirstRow(limit.getFirstRow());
        }
        if (limit.getMaxRows() != null) {
            options.getLimit().setMaxRows(limit.getMaxRows());
        }
    }

    private boolean fetchesCollections() {
        return tree.containsCollectionFetches() || AppliedGraphs.containsCollectionFetches(query.getQueryOptions());
    }

    /** Refuses what cannot be gathered, before anything is sent. */
    private void check() {
        select.describe(tree, query.getDomainParameterXref(), options);
    }

    long count() {
        check();
        access.flushBefore(target, query.getHibernateFlushMode());
        return select.count(
                tree, query.getDomainParameterXref(), options, query.budget().gatherLimits());
    }

    String describe() {
        limit();
        return select.describe(tree, query.getDomainParameterXref(), options);
    }
}
