package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/** What queries need of the session that they belong to. */
public interface ShardAccess {
    /** A session that is never used for I/O: queries are made and their parameters bound on it. */
    SharedSessionContractImplementor template();

    /** The child session of a shard. */
    SharedSessionContractImplementor child(ShardId shard);

    /** Some child, for what every shard can answer. */
    SharedSessionContractImplementor anyChild();

    Router router();

    /** What has been worked out for queries so far. */
    QueryPlans plans();

    /**
     * Refuses a closed session.
     *
     * @throws IllegalStateException if it is closed
     */
    void checkOpen();

    /** Before several shards are asked: sends what the answer must see, on the caller's thread. */
    void flushBefore(Target target);

    /**
     * Refuses a statement that would write more shards than one transaction may; nothing of it has been sent.
     *
     * @throws io.hibernateshards.ShardingException if it would
     */
    void beforeWrites(Target target, String statement);

    /** Runs one leg a shard at the same time; each is made on the caller's thread, and may be run before the next is made. */
    <T extends @Nullable Object> List<T> inParallel(int count, IntFunction<? extends Callable<? extends T>> leg);

    /** Marks the transaction, if there is one, as JPA wants after a query that could not be made. */
    void markRollbackOnly();
}
