package io.hibernateshards;

import org.hibernate.HibernateException;
import org.jspecify.annotations.Nullable;

/**
 * An error of the sharding layer. Its message begins with the {@linkplain #code() code}, names the entity, the shard and
 * what was seen, and never holds a password.
 *
 * @since 0.1
 */
public class ShardingException extends HibernateException {
    private static final long serialVersionUID = 1L;

    /** What kind of error this is. */
    private final ShardErrorCode code;

    /**
     * An error.
     *
     * @param code what kind
     * @param message what was seen and what to do
     */
    public ShardingException(ShardErrorCode code, String message) {
        this(code, message, null);
    }

    /**
     * An error with a cause.
     *
     * @param code what kind
     * @param message what was seen and what to do
     * @param cause what led to it, if anything
     */
    public ShardingException(ShardErrorCode code, String message, @Nullable Throwable cause) {
        super(code.code() + " " + message, cause);
        this.code = code;
    }

    /**
     * What kind of error this is.
     *
     * @return the code
     */
    public ShardErrorCode code() {
        return code;
    }
}
