package io.hibernateshards.internal.scatter;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.gather.Shards;
import io.hibernateshards.internal.mapping.LookupAttribute;
import io.hibernateshards.internal.route.Router;
import io.hibernateshards.internal.route.Target;
import io.hibernateshards.spi.ShardObserver.Operation;
import io.hibernateshards.spi.ShardObserver.Tier;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.CacheMode;
import org.hibernate.FlushMode;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.internal.scrollable.AbstractScrollableResults;
import org.hibernate.query.spi.ScrollableResultsImplementor;
import org.jspecify.annotations.Nullable;

/** What queries need of the session that they belong to. */
public interface ShardAccess extends Shards {
    /** Whether the shard cannot be reached, in an operation that may do without it. */
    default boolean isMissing(ShardId shard) {
        return false;
    }

    /**
     * Does something with several shards that has so much time and no more, whatever steps it takes; past it, or when the
     * thread is interrupted, its statements are cancelled.
     *
     * @param millis {@link Integer#MAX_VALUE} for no end
     * @param what the message of the exception
     * @throws jakarta.persistence.QueryTimeoutException if it takes longer
     * @throws org.hibernate.HibernateException if the thread was interrupted; it still is
     */
    <T> T within(long millis, Supplier<String> what, Supplier<T> work);

    /**
     * Does what only reads. Where no transaction binds the session to the primaries, replicas may be asked.
     *
     * @param level how fresh it must be, null for the session's
     */
    <T> T reading(@Nullable Consistency level, Supplier<T> work);

    /** Reads on one child: on another server if the one that was asked is lost before it answers. */
    <T extends @Nullable Object> T read(
            SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, T> leg);

    /** Whether somebody wants to know what the session does. */
    boolean isObserved();

    /** Does one operation, of which the observer is told, if there is one. */
    <T> T observed(Operation operation, @Nullable String entityName, int shards, Supplier<T> work);

    /** The query that is on its way is answered so. */
    void answered(Tier tier);

    /**
     * Opens a cursor in a child. Outside a transaction too, the driver has one only while a transaction is open on the
     * server, and would hold all rows at once; that transaction ends with the cursor.
     */
    <R> ScrollableResultsImplementor<R> openCursor(
            SharedSessionContractImplementor child, Supplier<ScrollableResultsImplementor<R>> open);

    /** Hibernate's own part of an opened cursor, for one who reads its columns; the cursor itself is to be closed. */
    <R> AbstractScrollableResults<R> rowsOf(ScrollableResultsImplementor<R> cursor);

    /** Writes on one child: a leg of the operation that is on its way. */
    <T> T write(SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, T> leg);

    /** Changes rows by a statement on one child, in the way of {@link #write}; on another connection while cursors are open. */
    int executeUpdate(SharedSessionContractImplementor child, Function<SharedSessionContractImplementor, Integer> leg);

    /** Some child, for what every shard can answer. */
    SharedSessionContractImplementor anyChild();

    Router router();

    /** The shard that the surroundings of the session give all work to, unless a query says otherwise; or null. */
    @Nullable
    ShardId scope();

    /**
     * What is left of the shards in that scope.
     *
     * @throws io.hibernateshards.ShardingException if nothing is
     */
    Target inScope(Target target, String what);

    /**
     * Asks the lookups, once all is sent that they must know of; null if they do not know.
     *
     * @param mode the flush mode of the query
     */
    @Nullable
    Target byLookup(LookupAttribute attribute, List<Object> values, @Nullable FlushMode mode);

    /** Whether {@link #byLookup} would ask. */
    boolean isReady(LookupAttribute attribute);

    /** The shard of the child that holds an entity, or null if none does. */
    @Nullable
    ShardId attachedShard(Object entity);

    /** What has been worked out for queries so far. */
    QueryPlans plans();

    /**
     * Refuses a closed session.
     *
     * @throws IllegalStateException if it is closed
     */
    void checkOpen();

    /**
     * Before several shards are asked: sends what the answer must see, on the caller's thread.
     *
     * @param mode the flush mode of the query, its own or the session's
     */
    void flushBefore(Target target, @Nullable FlushMode mode);

    /** The flush mode of queries that have none of their own; null if the session has none. */
    @Nullable
    FlushMode flushMode();

    /** The cache mode of queries that have none of their own. */
    CacheMode cacheMode();

    /** Whether queries that do not say so read entities that are not to be changed. */
    boolean readsOnlyEntities();

    /**
     * Refuses a statement that would write more shards than one transaction may; nothing of it has been sent.
     *
     * @throws io.hibernateshards.ShardingException if it would
     */
    void beforeWrites(Target target, String statement);

    /** Marks the transaction, if there is one, as JPA wants after a query that could not be made. */
    void markRollbackOnly();
}
