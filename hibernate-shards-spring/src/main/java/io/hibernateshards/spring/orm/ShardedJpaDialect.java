package io.hibernateshards.spring.orm;

import io.hibernateshards.ShardedSession;
import jakarta.persistence.EntityManager;
import org.hibernate.FlushMode;
import org.hibernate.Transaction;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.datasource.ConnectionHandle;
import org.springframework.orm.jpa.vendor.HibernateJpaDialect;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.ResourceTransactionDefinition;

/**
 * Begins Spring's transactions on sharded sessions.
 *
 * <ul>
 *   <li>A read-only one only reads: it may read from replicas, changes to entities are not flushed, and statements that
 *       would write are refused. Afterwards the session is as before.
 *   <li>A time-out is that of every shard's part, and so is an isolation level.
 *   <li>A transaction has a connection for each shard that it uses, so there is none to expose to JDBC code.
 *   <li>A {@link io.hibernateshards.ShardingException} becomes the {@link DataAccessException} that says the same.
 * </ul>
 *
 * @since 0.1
 */
public class ShardedJpaDialect extends HibernateJpaDialect {
    private static final long serialVersionUID = 1L;

    /** A dialect without options. */
    public ShardedJpaDialect() {}

    @Override
    public Object beginTransaction(EntityManager entityManager, TransactionDefinition definition) {
        ShardedSession session = entityManager.unwrap(ShardedSession.class);
        SessionState before = SessionState.of(session);
        Transaction transaction = session.getTransaction();
        if (definition.getTimeout() != TransactionDefinition.TIMEOUT_DEFAULT) {
            transaction.setTimeout(definition.getTimeout());
        }
        if (definition.isReadOnly()) {
            session.setReadsOnly(true);
        }
        try {
            transaction.begin();
            if (definition.getIsolationLevel() != TransactionDefinition.ISOLATION_DEFAULT) {
                session.setTransactionIsolation(definition.getIsolationLevel()); // the constants are JDBC's
            }
            prepareFlushMode(session, definition.isReadOnly());
            if (definition.isReadOnly()
                    && definition instanceof ResourceTransactionDefinition resource
                    && resource.isLocalResource()) {
                session.setDefaultReadOnly(true); // spares the copies that changes are found by
            }
        } catch (RuntimeException | Error e) {
            if (transaction.isActive()) {
                transaction.rollback();
            }
            before.restore();
            throw e;
        }
        return before;
    }

    @Override
    public Object prepareTransaction(EntityManager entityManager, boolean readOnly, @Nullable String name) {
        ShardedSession session = entityManager.unwrap(ShardedSession.class);
        SessionState before = SessionState.of(session);
        prepareFlushMode(session, readOnly);
        return before;
    }

    @Override
    public void cleanupTransaction(@Nullable Object transactionData) {
        if (transactionData instanceof SessionState before) {
            before.restore();
        }
    }

    /**
     * None.
     *
     * @return null
     */
    @Override
    @SuppressWarnings("NullAway") // what it overrides always has one; the interface allows none
    public @Nullable ConnectionHandle getJdbcConnection(EntityManager entityManager, boolean readOnly) {
        return null;
    }

    @Override
    public @Nullable DataAccessException translateExceptionIfPossible(RuntimeException ex) {
        DataAccessException sharding = ShardingExceptions.translate(ex);
        return sharding != null ? sharding : super.translateExceptionIfPossible(ex);
    }

    /** What a transaction changes of its session, which may live on. */
    private record SessionState(ShardedSession session, FlushMode flushMode, boolean readsOnly) {
        static SessionState of(ShardedSession session) {
            return new SessionState(session, session.getHibernateFlushMode(), session.isReadsOnly());
        }

        void restore() {
            if (!session.isOpen()) {
                return;
            }
            Transaction transaction = session.getTransaction();
            if (transaction.getTimeout() != null) {
                transaction.setTimeout(TransactionDefinition.TIMEOUT_DEFAULT); // else it would be that of the next, too
            }
            if (session.getHibernateFlushMode() != flushMode) {
                session.setHibernateFlushMode(flushMode);
            }
            if (session.isReadsOnly() != readsOnly && !session.isJoinedToTransaction()) {
                session.setReadsOnly(readsOnly);
            }
        }
    }
}
