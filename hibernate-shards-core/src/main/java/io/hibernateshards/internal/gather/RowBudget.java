package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** How many rows one query may still copy, counted by all legs together. */
final class RowBudget {
    private final long limit;
    private final String query;
    private final Map<String, AtomicLong> rows = new LinkedHashMap<>();

    RowBudget(long limit, String query, List<CopiedTable> tables) {
        this.limit = limit;
        this.query = query;
        tables.forEach(table -> rows.put(table.name(), new AtomicLong()));
    }

    private long used() {
        return rows.values().stream().mapToLong(AtomicLong::get).sum();
    }

    /** The most rows to read at once: one more than are allowed, so that too many are noticed. */
    long most() {
        return Math.max(0, limit - used()) + 1;
    }

    /** Of a table. */
    long rows(CopiedTable table) {
        return counter(table).get();
    }

    /**
     * Counts rows.
     *
     * @throws ShardingException if they are too many
     */
    void take(CopiedTable table, long count) {
        counter(table).addAndGet(count);
        if (used() > limit) {
            throw new ShardingException(
                    ShardErrorCode.QUERY_BUDGET,
                    "the query needs more than " + limit
                            + " rows of several shards on one of them, which is the limit: so far "
                            + rows + ", those of " + table.name()
                            + " not complete. Restrict it by the shard key or by the columns of one table, or raise "
                            + ShardSettings.QUERY_GATHER_LIMIT + ", as a setting or as a hint of this query. Query: "
                            + query);
        }
    }

    private AtomicLong counter(CopiedTable table) {
        AtomicLong counter = rows.get(table.name());
        if (counter == null) {
            throw new IllegalArgumentException("not a table of this query: " + table.name());
        }
        return counter;
    }
}
