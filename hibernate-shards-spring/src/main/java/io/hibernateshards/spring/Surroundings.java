package io.hibernateshards.spring;

import io.hibernateshards.ShardedSession;
import org.jspecify.annotations.Nullable;

/**
 * What holds for the sessions that a thread uses. Immutable but for the tokens that it collects.
 *
 * @param route the shard that work is for
 * @param level how fresh what is read must be
 * @param tokens what the sessions have written, if anybody wants to know
 */
record Surroundings(
        @Nullable ShardRoute route, io.hibernateshards.@Nullable Consistency level, @Nullable CollectedTokens tokens) {
    static final Surroundings NOTHING = new Surroundings(null, null, null);

    @SuppressWarnings("ThreadLocalUsage") // set for the time of a call only
    private static final ThreadLocal<@Nullable Surroundings> CURRENT = new ThreadLocal<>();

    static Surroundings current() {
        Surroundings current = CURRENT.get();
        return current == null ? NOTHING : current;
    }

    static void set(Surroundings surroundings) {
        if (surroundings.equals(NOTHING)) {
            CURRENT.remove();
        } else {
            CURRENT.set(surroundings);
        }
    }

    Surroundings with(ShardRoute other) {
        return new Surroundings(other, level, tokens);
    }

    Surroundings with(io.hibernateshards.Consistency other) {
        return new Surroundings(route, other, tokens);
    }

    Surroundings with(CollectedTokens other) {
        return new Surroundings(route, level, other);
    }

    /** Works within these. */
    <T extends @Nullable Object, X extends Exception> T around(ShardContext.Work<T, X> work) throws X {
        Surroundings outer = current();
        set(this);
        try {
            return work.call();
        } finally {
            set(outer);
        }
    }

    void opened(ShardedSession session) {
        if (level != null) {
            session.setConsistency(level);
        }
        if (tokens != null) {
            tokens.opened(session);
        }
    }
}
