package io.hibernateshards;

import jakarta.persistence.TypedQueryReference;
import jakarta.persistence.criteria.CriteriaQuery;
import java.sql.Connection;
import java.util.Set;
import org.hibernate.Session;
import org.hibernate.jdbc.ReturningWork;
import org.jspecify.annotations.Nullable;

/**
 * A Hibernate session over all shards. Each operation goes to the shard that holds the entity; the session opens an
 * ordinary Hibernate session a shard as it needs one, and all of them share one logical transaction.
 *
 * <p>Like any session, it must be used by one thread at a time.
 *
 * @since 0.1
 */
public interface ShardedSession extends Session {
    /**
     * The shard of an entity that is attached to this session, or else the shard that its key or id names.
     *
     * @param entity an instance or a proxy, never of a reference entity
     * @return where its row lives or would be stored
     * @throws ShardingException if neither its key nor its id tells
     */
    ShardId shardOf(Object entity);

    /**
     * The shards that this session has used so far.
     *
     * @return a copy
     */
    Set<ShardId> usedShards();

    /**
     * Work on the JDBC connection of one shard, within this session's transaction.
     *
     * @param <T> what it returns
     * @param shard whose connection
     * @param work what to do; whatever it may write counts as a write to that shard
     * @return what the work returned
     */
    <T> T doReturningWork(ShardId shard, ReturningWork<T> work);

    /**
     * The JDBC connection of one shard, for libraries that want one which outlives a call. What is done on it is part of this
     * session's transaction, and counts as a write as that of {@link #doReturningWork(ShardId, ReturningWork)} does. Ask for it
     * anew before each statement, as a session may change its connections.
     *
     * @param shard whose connection
     * @return this session's own: neither close it nor end its transaction
     */
    Connection connection(ShardId shard);

    /**
     * How many shards the transactions of this session may write: the one that is active, if any, and those to come, until
     * this is called again.
     *
     * @param mode null for that of {@link ShardSettings#TRANSACTION_MODE}
     * @throws IllegalStateException if the transaction has written a second shard already
     * @throws ShardingException if the mode is two-phase and a server has {@code max_prepared_transactions = 0}
     */
    void setTransactionMode(@Nullable TransactionMode mode);

    /**
     * The isolation level that each shard's part of one transaction has: of the active one, or else of the next that begins. It
     * is that of the pools again once that transaction has ended, and so are the connections. No shard's part sees a snapshot
     * of another's.
     *
     * @param level of {@link Connection}, such as {@link Connection#TRANSACTION_REPEATABLE_READ}. At
     *     {@link Connection#TRANSACTION_SERIALIZABLE} what only reads asks primaries, as PostgreSQL's replicas refuse that
     * @throws IllegalStateException if the active transaction has been sent a statement, at another level
     * @throws IllegalArgumentException if JDBC knows no such level
     * @throws ShardingException if transactions are JTA's
     */
    void setTransactionIsolation(int level);

    /**
     * Has this session only read from now on, or write as well. One that only reads may read from replicas, and refuses what
     * would write.
     *
     * @param readsOnly whether it only reads
     * @throws IllegalStateException if a transaction is active
     */
    void setReadsOnly(boolean readsOnly);

    /**
     * Whether this session only reads.
     *
     * @return false unless {@link #setReadsOnly} or the session's builder has said so
     */
    boolean isReadsOnly();

    /**
     * How fresh what this session reads while it only reads must be.
     *
     * @param consistency null for that of {@link ShardSettings#CONSISTENCY}
     */
    void setConsistency(@Nullable Consistency consistency);

    /**
     * How fresh what this session reads while it only reads must be.
     *
     * @return what was set, or that of {@link ShardSettings#CONSISTENCY}
     */
    Consistency getConsistency();

    /**
     * What this session has written so far, and what it has accepted: a session that accepts it, of this JVM or another,
     * reads at least that, from replicas too. A commit tells its position in its own round trip; only for what was written
     * outside a transaction the shard is asked now.
     *
     * @return {@link ConsistencyToken#NONE} if it has written no shard that has replicas
     */
    ConsistencyToken getConsistencyToken();

    /**
     * Has this session read at least what is written up to there.
     *
     * @param token of another session; shards that do not exist here are left out
     */
    void acceptConsistencyToken(ConsistencyToken token);

    @Override
    ShardedSessionFactory getSessionFactory();

    @Override
    ShardedSessionFactory getFactory();

    @Override
    <R> ShardedQuery<R> createQuery(String queryString, Class<R> resultClass);

    @Override
    <R> ShardedQuery<R> createQuery(TypedQueryReference<R> typedQueryReference);

    @Override
    <R> ShardedQuery<R> createQuery(CriteriaQuery<R> criteriaQuery);
}
