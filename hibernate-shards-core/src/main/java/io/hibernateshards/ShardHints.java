package io.hibernateshards;

/**
 * The hints that {@code setHint} of a query takes beside Hibernate's own. A hint holds for that query object alone and goes
 * before the setting of the same name. One that does not exist, or a value that cannot be used, is an {@link
 * IllegalArgumentException}.
 *
 * @since 0.1
 */
public final class ShardHints {
    /**
     * Whether the query may ask several shards.
     *
     * <p>Expects {@code allow}, {@code warn} or {@code deny}. Defaults to {@link ShardSettings#QUERY_SCATTER}.
     */
    public static final String SCATTER = ShardSettings.QUERY_SCATTER;

    /**
     * The most shards that the query may ask.
     *
     * <p>Expects a whole number above 0. Defaults to {@link ShardSettings#QUERY_MAX_SHARDS}.
     */
    public static final String MAX_SHARDS = ShardSettings.QUERY_MAX_SHARDS;

    /**
     * The most rows that the query may take from all shards together.
     *
     * <p>Expects a whole number above 0. Defaults to {@link ShardSettings#QUERY_MAX_ROWS}.
     */
    public static final String MAX_ROWS = ShardSettings.QUERY_MAX_ROWS;

    private ShardHints() {}
}
