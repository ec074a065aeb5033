package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import org.jspecify.annotations.Nullable;

/** Failures for which a server cannot help, or does not answer. */
public final class Unavailable {
    private Unavailable() {}

    /** Whether the shard, and not the query, is the reason. */
    public static boolean isReasonOf(Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            boolean unavailable =
                    e instanceof ShardingException known && known.code() == ShardErrorCode.SHARD_UNAVAILABLE
                            || e instanceof IOException
                            || e instanceof SQLTimeoutException
                            || e instanceof org.hibernate.QueryTimeoutException
                            || e instanceof SQLException sql && isLost(sql.getSQLState());
            if (unavailable) {
                return true;
            }
        }
        return false;
    }

    /** Connection exceptions, and servers that shut down or start up. */
    private static boolean isLost(@Nullable String state) {
        return state != null && (state.startsWith("08") || state.startsWith("57P"));
    }
}
