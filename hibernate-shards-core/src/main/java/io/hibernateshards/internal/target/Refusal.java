package io.hibernateshards.internal.target;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.util.List;

/**
 * Why a query cannot be answered over several shards.
 *
 * @param construct what stands in the way
 * @param reason why it cannot be merged
 * @param rewrite what to do instead
 */
public record Refusal(String construct, String reason, String rewrite) {
    /** The error for a query that would have to ask these shards. */
    public ShardingException over(String query, List<?> shards) {
        return new ShardingException(
                ShardErrorCode.QUERY_REFUSED,
                construct + " over " + (shards.isEmpty() ? "several shards" : "shards " + shards) + ": " + reason + ". "
                        + Character.toUpperCase(rewrite.charAt(0)) + rewrite.substring(1)
                        + ". Nothing was sent. Query: " + query);
    }
}
