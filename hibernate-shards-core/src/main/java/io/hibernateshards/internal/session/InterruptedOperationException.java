package io.hibernateshards.internal.session;

import org.hibernate.HibernateException;
import org.jspecify.annotations.Nullable;

/** The thread of an operation on several shards was interrupted, and what the shards were doing for it was cancelled. */
final class InterruptedOperationException extends HibernateException {
    private static final long serialVersionUID = 1L;

    InterruptedOperationException(@Nullable Throwable cause) {
        super(
                "the thread was interrupted while it waited for several shards; what they were doing was cancelled",
                cause);
    }
}
