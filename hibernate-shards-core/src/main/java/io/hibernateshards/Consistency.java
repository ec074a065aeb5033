package io.hibernateshards;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How fresh the rows must be that a session or query reads which only reads. Replicas follow their primary with a delay;
 * this says which of them, if any, may be asked.
 *
 * @since 0.1
 */
public final class Consistency {
    /** All that has been committed, by anybody, before the read began: only the primary is asked. */
    public static final Consistency STRONG = new Consistency("strong", null);

    /**
     * At least what the session's {@linkplain ShardedSession#getConsistencyToken() token} says: what it has written itself,
     * and what it was told of by other sessions. The default.
     */
    public static final Consistency SESSION = new Consistency("session", null);

    /** Whatever a replica has, however old. */
    public static final Consistency EVENTUAL = new Consistency("eventual", null);

    private final String name;
    private final @Nullable Duration staleness;

    private Consistency(String name, @Nullable Duration staleness) {
        this.name = name;
        this.staleness = staleness;
    }

    /**
     * All that had been committed some time before the read began.
     *
     * @param staleness that time, a millisecond or more; a bound shorter than {@link ShardSettings#REPLICA_PROBE_INTERVAL}
     *     has replicas asked more often
     * @return such a level
     * @throws IllegalArgumentException if it is shorter
     */
    public static Consistency bounded(Duration staleness) {
        if (staleness.toMillis() < 1) {
            throw new IllegalArgumentException("staleness " + staleness + ": use a millisecond or more");
        }
        return new Consistency("bounded", staleness);
    }

    /**
     * The level that a setting or hint names.
     *
     * @param value a level, or {@code strong}, {@code session}, {@code eventual} or {@code bounded:<milliseconds>}, in any
     *     case; or null
     * @return null for null
     * @throws IllegalArgumentException if there is no such level
     */
    public static @Nullable Consistency of(@Nullable Object value) {
        if (value == null || value instanceof Consistency) {
            return (Consistency) value;
        }
        String text = value.toString().trim().toLowerCase(Locale.ROOT);
        return switch (text) {
            case "strong" -> STRONG;
            case "session" -> SESSION;
            case "eventual" -> EVENTUAL;
            default -> {
                if (!text.matches("bounded:[1-9][0-9]{0,8}")) {
                    throw new IllegalArgumentException("\"" + value
                            + "\" is no consistency: use strong, session, eventual or bounded:<milliseconds>");
                }
                yield bounded(Duration.ofMillis(Long.parseLong(text.substring("bounded:".length()))));
            }
        };
    }

    /**
     * How old what is read may be.
     *
     * @return null unless this is {@linkplain #bounded bounded}
     */
    public @Nullable Duration staleness() {
        return staleness;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Consistency level
                && name.equals(level.name)
                && Objects.equals(staleness, level.staleness);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, staleness);
    }

    /** As settings write it. */
    @Override
    public String toString() {
        return staleness == null ? name : name + ":" + staleness.toMillis();
    }
}
