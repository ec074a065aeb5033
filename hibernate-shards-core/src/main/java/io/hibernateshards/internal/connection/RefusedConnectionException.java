package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardingException;
import java.sql.SQLException;

/** Refuses a new connection, because the database behind it is not the shard that the settings say it is. */
final class WrongShardException extends SQLException {
    private static final long serialVersionUID = 1L;

    private final ShardingException refusal;

    WrongShardException(ShardingException refusal) {
        super(refusal.getMessage(), "HS004", refusal);
        this.refusal = refusal;
    }

    /** The refusal as an error of its own for each caller. */
    ShardingException refusal() {
        String message = String.valueOf(refusal.getMessage());
        return new ShardingException(
                refusal.code(), message.substring(refusal.code().code().length() + 1), this);
    }
}
