package io.hibernateshards;

import org.jspecify.annotations.Nullable;

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
     * The mode that a setting or hint names.
     *
     * @param value a mode, its {@link #setting()} in any case, or null
     * @return null for null
     * @throws IllegalArgumentException if there is no such mode
     */
    public static @Nullable TransactionMode of(@Nullable Object value) {
        if (value == null || value instanceof TransactionMode) {
            return (TransactionMode) value;
        }
        for (TransactionMode mode : values()) {
            if (mode.setting.equalsIgnoreCase(value.toString())) {
                return mode;
            }
        }
        throw new IllegalArgumentException(
                "\"" + value + "\" is no transaction mode: use two-phase, single-shard or best-effort");
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
