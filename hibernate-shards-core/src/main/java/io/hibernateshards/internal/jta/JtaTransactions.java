package io.hibernateshards.internal.jta;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.engine.transaction.jta.platform.spi.JtaPlatform;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The transaction manager's transactions, and the branches of those that sessions of one factory take part in. */
public final class JtaTransactions {
    private static final Logger LOG = LoggerFactory.getLogger(JtaTransactions.class);

    private final JtaPlatform platform;
    private final TransactionManager manager;
    private final JtaConnections connections;
    private final Map<Object, XaBranches> joined = new ConcurrentHashMap<>();

    /**
     * Finds the transaction manager.
     *
     * @throws ShardingException if there is none
     */
    public JtaTransactions(JtaPlatform platform, JtaConnections connections) {
        this.platform = platform;
        this.connections = connections;
        TransactionManager found = null;
        RuntimeException failure = null;
        try {
            found = platform.retrieveTransactionManager();
        } catch (RuntimeException e) {
            failure = e;
        }
        if (found == null) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    "transactions are JTA's, but no transaction manager is found"
                            + (failure == null ? "" : " (" + failure.getMessage() + ")")
                            + ": set hibernate.transaction.jta.platform, or have resource-local transactions",
                    failure);
        }
        manager = found;
    }

    TransactionManager manager() {
        return manager;
    }

    JtaConnections connections() {
        return connections;
    }

    /** Whether this thread has a transaction that can be joined. */
    boolean canJoin() {
        return platform.canRegisterSynchronization();
    }

    /** Has this thread's transaction tell of its end. */
    void register(Synchronization synchronization) {
        platform.registerSynchronization(synchronization);
    }

    /** This thread's transaction, or null. */
    @Nullable
    Transaction current() {
        try {
            return manager.getTransaction();
        } catch (SystemException e) {
            throw failed(e);
        }
    }

    /** The key of this thread's active transaction. */
    public Object currentKey() {
        Transaction current = current();
        if (current == null
                || status(current) != Status.STATUS_ACTIVE && status(current) != Status.STATUS_MARKED_ROLLBACK) {
            throw new IllegalStateException("no JTA transaction is in progress");
        }
        return key(current);
    }

    private Object key(Transaction transaction) {
        Object key = platform.getTransactionIdentifier(transaction);
        return key == null ? transaction : key;
    }

    /** The branches of this thread's transaction, which all sessions in it share. */
    XaBranches branchesOf(Transaction transaction) {
        Object key = key(transaction);
        return joined.computeIfAbsent(key, first -> {
            XaBranches branches = new XaBranches(transaction, connections);
            try {
                transaction.registerSynchronization(new Over(key, branches));
            } catch (RollbackException | SystemException e) {
                throw new IllegalStateException("the JTA transaction cannot be joined: " + e.getMessage(), e);
            }
            return branches;
        });
    }

    int status(Transaction transaction) {
        try {
            return transaction.getStatus();
        } catch (SystemException e) {
            throw failed(e);
        }
    }

    static IllegalStateException failed(SystemException e) {
        return new IllegalStateException("the transaction manager failed: " + e.getMessage(), e);
    }

    /** Gives the connections back. */
    private final class Over implements Synchronization {
        private final Object key;
        private final XaBranches branches;

        Over(Object key, XaBranches branches) {
            this.key = key;
            this.branches = branches;
        }

        @Override
        public void beforeCompletion() {}

        @Override
        public void afterCompletion(int status) {
            joined.remove(key);
            try {
                branches.over();
            } catch (SQLException e) {
                LOG.debug("a connection was not closed", e);
            }
        }
    }
}
