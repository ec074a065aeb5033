package io.hibernateshards.internal.stream;

import java.util.Collection;
import org.hibernate.ScrollableResults;
import org.jspecify.annotations.Nullable;

/** Closes cursors, the later ones also when an earlier one fails. */
public final class CloseAll {
    private CloseAll() {}

    public static void of(Collection<? extends ScrollableResults<?>> cursors) {
        RuntimeException failure = null;
        for (ScrollableResults<?> cursor : cursors) {
            failure = close(cursor, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable RuntimeException close(ScrollableResults<?> cursor, @Nullable RuntimeException earlier) {
        try {
            cursor.close();
            return earlier;
        } catch (RuntimeException e) {
            if (earlier == null) {
                return e;
            }
            earlier.addSuppressed(e);
            return earlier;
        }
    }
}
