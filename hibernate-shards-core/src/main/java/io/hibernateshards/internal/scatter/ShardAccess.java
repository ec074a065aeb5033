package io.hibernateshards.internal.scatter;

import io.hibernateshards.internal.gather.Shards;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** What queries need of the session that they belong to. */
public interface ShardAccess extends Shards {
    /** A session that is never used for I/O: queries are made and their parameters bound on it. */
    SharedSessionContractImplementor template();

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

    /** Marks the transaction, if there is one, as JPA wants after a query that could not be made. */
    void markRollbackOnly();
}
