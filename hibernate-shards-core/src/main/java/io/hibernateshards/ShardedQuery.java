package io.hibernateshards;

import java.util.Set;
import org.hibernate.query.Query;

/**
 * An HQL or criteria query over all shards.
 *
 * @param <R> what a row becomes
 * @since 0.1
 */
public interface ShardedQuery<R> extends Query<R> {
    /**
     * How this query would run with the parameters bound so far: the shards it asks, what it asks each, and how the
     * answers are merged. Runs nothing.
     *
     * @return several lines of text for people
     * @throws ShardingException if the query is refused
     */
    String explain();

    /**
     * The first page of the query, whose cursors lead to the others. The query selects one entity and sorts by attributes
     * of it; if the id is not among them it is added as the last.
     *
     * @param size the most rows, at least 1
     * @return the rows in the order of the query
     * @throws ShardingException if rows of the query have no place that their values tell
     */
    CursoredPage<R> getCursoredPage(int size);

    /**
     * The page that a cursor leads to.
     *
     * @param size the most rows, at least 1; it may differ from page to page
     * @param cursor of a page of this query, with whatever values of its parameters
     * @return the rows in the order of the query
     * @throws ShardingException with {@link ShardErrorCode#INVALID_CURSOR} if it is none; also if rows of the query have no
     *     place that their values tell
     */
    CursoredPage<R> getCursoredPage(int size, String cursor);

    /**
     * The shards whose rows the last answer lacks, as the hint {@link ShardHints#PARTIAL} allowed.
     *
     * @return empty if all shards that were asked have answered
     */
    Set<ShardId> missingShards();
}
