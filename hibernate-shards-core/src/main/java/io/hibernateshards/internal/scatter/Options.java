package io.hibernateshards.internal.scatter;

import org.hibernate.FlushMode;
import org.hibernate.query.internal.QueryOptionsImpl;
import org.hibernate.query.spi.MutableQueryOptions;
import org.hibernate.query.spi.QueryOptions;

/** The options of a partial query: those of the whole, but for what is done after the merge, or before it. */
@SuppressWarnings({"deprecation", "removal"})
public final class Options {
    private Options() {}

    /**
     * Those of one shard's part.
     *
     * @param rows the most rows to ask a shard for; negative for all of them
     */
    public static MutableQueryOptions partial(QueryOptions whole, int rows, boolean planCached) {
        return partial(whole, 0, rows, planCached);
    }

    /**
     * The same, of rows behind others.
     *
     * @param skip how many of its first rows a shard leaves out
     */
    static MutableQueryOptions partial(QueryOptions whole, int skip, int rows, boolean planCached) {
        QueryOptionsImpl part = new QueryOptionsImpl();
        part.setFlushMode(FlushMode.MANUAL); // flushed already, and this may be another thread
        if (whole.getTimeout() != null) {
            part.setTimeout(whole.getTimeout());
        }
        if (whole.getFetchSize() != null) {
            part.setFetchSize(whole.getFetchSize());
        }
        part.setComment(whole.getComment());
        whole.getDatabaseHints().forEach(part::addDatabaseHint);
        part.setCacheRetrieveMode(whole.getCacheRetrieveMode());
        part.setCacheStoreMode(whole.getCacheStoreMode());
        if (Boolean.TRUE.equals(whole.isResultCachingEnabled())) {
            part.setResultCachingEnabled(true);
            if (whole.getResultCacheRegionName() != null) {
                part.setResultCacheRegionName(whole.getResultCacheRegionName());
            }
        }
        if (whole.isReadOnly() != null) {
            part.setReadOnly(whole.isReadOnly());
        }
        part.setQueryPlanCachingEnabled(planCached ? whole.getQueryPlanCachingEnabled() : Boolean.FALSE);
        part.getLockOptions().overlay(whole.getLockOptions());
        var graph = whole.getAppliedGraph();
        if (graph != null && graph.getGraph() != null) {
            part.applyGraph(graph.getGraph(), graph.getSemantic());
        }
        profiles(whole, part);
        if (skip > 0) {
            part.getLimit().setFirstRow(skip);
        }
        if (rows >= 0) {
            part.getLimit().setMaxRows(rows);
        }
        return part;
    }

    private static void profiles(QueryOptions whole, QueryOptionsImpl part) {
        var enabled = whole.getEnabledFetchProfiles();
        if (enabled != null) {
            enabled.forEach(part::enableFetchProfile);
        }
        var disabled = whole.getDisabledFetchProfiles();
        if (disabled != null) {
            disabled.forEach(part::disableFetchProfile);
        }
    }
}
