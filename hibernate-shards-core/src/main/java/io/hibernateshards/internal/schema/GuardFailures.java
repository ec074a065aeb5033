package io.hibernateshards.internal.schema;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.ShardingException;
import io.hibernateshards.internal.connection.ServerErrors;
import java.sql.SQLException;
import org.hibernate.exception.SQLGrammarException;
import org.hibernate.exception.spi.SQLExceptionConverter;

/** Failures of the guard in the database that are not the row's. */
public final class GuardFailures {
    private static final String UNDEFINED_TABLE = "42P01";

    private GuardFailures() {}

    /** Explains that the table is gone in which the guard reads what the shard owns: the server names only the table. */
    public static SQLExceptionConverter converting(SQLExceptionConverter others) {
        return (failure, message, sql) -> {
            if (!UNDEFINED_TABLE.equals(failure.getSQLState())
                    || !String.valueOf(failure.getMessage()).contains(PlacementGuard.BUCKETS)) {
                return others.convert(failure, message, sql);
            }
            ShardingException why = new ShardingException(
                    ShardErrorCode.SCHEMA,
                    ServerErrors.place(failure).orElse("on a shard") + ": " + failure.getMessage()
                            + ". The guard in the database reads there what the shard owns, so no row can be written."
                            + " Start once with hibernate.hbm2ddl.auto = update and " + ShardSettings.GUARD_DATABASE
                            + " = check, or run ShardedSessionFactory.guardScript there: both make it again",
                    failure);
            return new SQLGrammarException(message, new SQLException(why.getMessage(), UNDEFINED_TABLE, why), sql);
        };
    }
}
