package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.sql.SQLException;

/**
 * Refuses a new connection for a reason that trying again does not end: the database behind it is not the shard that the
 * settings say it is, or the server or the driver rejects what the settings say.
 */
final class RefusedConnectionException extends SQLException {
    private static final long serialVersionUID = 1L;

    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    /** The database allows no connections. */
    private static final String NOT_IN_STATE = "55000";

    private final ShardingException refusal;

    RefusedConnectionException(ShardingException refusal) {
        this(refusal, "HS004");
    }

    private RefusedConnectionException(ShardingException refusal, String state) {
        super(refusal.getMessage(), state, refusal);
        this.refusal = refusal;
    }

    /**
     * Returns the failure to connect to a server, as a refusal if it is one. A server that cannot be reached, is starting, or
     * has too many connections has refused nothing.
     */
    static SQLException orFailure(ShardSource source, SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        String said = source.described() + " refuses connections: " + failure.getMessage();
        if (state.startsWith("28") || state.equals(INSUFFICIENT_PRIVILEGE)) {
            return refused(
                    said + ". Correct username and password of the shard, or have an administrator of the server"
                            + " let the user in",
                    ShardErrorCode.SHARD_UNAVAILABLE,
                    failure);
        }
        if (state.startsWith("3D") || state.equals(NOT_IN_STATE)) {
            return refused(
                    said + ". Correct the database in its URL, or have an administrator create it or open it for"
                            + " connections",
                    ShardErrorCode.SHARD_UNAVAILABLE,
                    failure);
        }
        if (state.startsWith("22") || state.startsWith("42")) {
            return refused(said + ". Correct the parameters of its URL", ShardErrorCode.CONFIGURATION, failure);
        }
        return failure;
    }

    private static RefusedConnectionException refused(String what, ShardErrorCode code, SQLException failure) {
        return new RefusedConnectionException(
                new ShardingException(code, what, failure), String.valueOf(failure.getSQLState()));
    }

    /** The refusal as an error of its own for each caller. */
    ShardingException refusal() {
        String message = String.valueOf(refusal.getMessage());
        return new ShardingException(
                refusal.code(), message.substring(refusal.code().code().length() + 1), this);
    }
}
