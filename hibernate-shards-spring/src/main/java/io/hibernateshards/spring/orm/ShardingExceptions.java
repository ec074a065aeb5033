package io.hibernateshards.spring.orm;

import io.hibernateshards.ShardingException;
import jakarta.persistence.PersistenceException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.dao.InvalidDataAccessResourceUsageException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.orm.jpa.JpaSystemException;

/** What an error of the sharding layer is in Spring's terms. */
final class ShardingExceptions {
    private ShardingExceptions() {}

    /** Null for any other error. */
    static @Nullable DataAccessException translate(RuntimeException failure) {
        ShardingException sharding = shardingIn(failure);
        if (sharding == null) {
            return null;
        }
        String message = sharding.getMessage();
        return switch (sharding.code()) {
            case SHARD_UNAVAILABLE, IDENTITY, TOPOLOGY, FACTORY_CLOSED, ID_GENERATION ->
                new DataAccessResourceFailureException(message, failure);
            case CROSS_SHARD_DEADLOCK -> new CannotAcquireLockException(message, failure);
            case LOCK_LOST -> new PessimisticLockingFailureException(message, failure);
            case MISPLACED_ROW, SHARD_KEY_CHANGED, CROSS_SHARD_REFERENCE, LOOKUP ->
                new DataIntegrityViolationException(message, failure);
            case SHARD_KEY_MISSING,
                    CROSS_SHARD_TRANSACTION,
                    QUERY_REFUSED,
                    OPERATION_REFUSED,
                    ROUTE_MISSING,
                    ROUTE_CONFLICT,
                    INVALID_CURSOR -> new InvalidDataAccessApiUsageException(String.valueOf(message), failure);
            case QUERY_BUDGET, NOT_PREPARED, CONFIGURATION, MAPPING, SCHEMA, IMPORT ->
                new InvalidDataAccessResourceUsageException(message, failure);
            // whether anything is stored is what Spring's finer classes would say, and these do not
            case PARTIAL_COMMIT, IN_DOUBT, BRANCH_LOST, BRANCH_ENDED -> new JpaSystemException(failure);
        };
    }

    private static @Nullable ShardingException shardingIn(RuntimeException failure) {
        if (failure instanceof ShardingException sharding) {
            return sharding;
        }
        // JPA's own wrapping, of flushes and commits; Hibernate's errors have a meaning of their own
        return failure.getClass().getName().startsWith("jakarta.persistence.")
                        && failure instanceof PersistenceException
                        && failure.getCause() instanceof ShardingException sharding
                ? sharding
                : null;
    }
}
