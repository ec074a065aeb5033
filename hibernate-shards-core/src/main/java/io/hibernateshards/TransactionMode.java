package io.hibernateshards;

/**
 * What one transaction may write, as {@link ShardSettings#TRANSACTION_MODE} sets it.
 *
 * @since 0.1
 */
public enum TransactionMode {
    /**
     * Any number of shards, committed on all of them or on none, whatever crashes, by PostgreSQL's two-phase commit. The
     * servers must have {@code max_prepared_transactions} above 0.
     */
    TWO_PHASE("two-phase"),

    /** One shard. A write to a second one is refused before anything of it is sent. */
    SINGLE_SHARD("single-shard"),

    /**
     * Any number of shards, committed one after the other once all of them have checked what they were sent. If a commit
     * fails all the same, those before it stay: {@link ShardErrorCode#PARTIAL_COMMIT} says which.
     */
    BEST_EFFORT("best-effort");

    private final String setting;

    TransactionMode(String setting) {
        this.setting = setting;
    }

    /**
     * The mode as settings write it.
     *
     * @return such as {@code single-shard}
     */
    public String setting() {
        return setting;
    }
}
