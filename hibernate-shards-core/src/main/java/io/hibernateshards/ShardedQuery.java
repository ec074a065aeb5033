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
     * The shards whose rows the last answer lacks, as the hint {@link ShardHints#PARTIAL} allowed.
     *
     * @return empty if all shards that were asked have answered
     */
    Set<ShardId> missingShards();
}
