package io.hibernateshards.internal.transaction;

import org.hibernate.resource.jdbc.spi.JdbcSessionOwner;
import org.hibernate.resource.jdbc.spi.PhysicalConnectionHandlingMode;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.hibernate.resource.transaction.backend.jdbc.internal.JdbcResourceLocalTransactionCoordinatorBuilderImpl;
import org.hibernate.resource.transaction.backend.jdbc.spi.JdbcResourceTransaction;
import org.hibernate.resource.transaction.backend.jdbc.spi.JdbcResourceTransactionAccess;
import org.hibernate.resource.transaction.spi.DdlTransactionIsolator;
import org.hibernate.resource.transaction.spi.TransactionCoordinator;
import org.hibernate.resource.transaction.spi.TransactionCoordinatorBuilder;
import org.hibernate.resource.transaction.spi.TransactionCoordinatorOwner;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.hibernate.tool.schema.internal.exec.JdbcContext;
import org.jspecify.annotations.Nullable;

/**
 * Hibernate's own resource-local coordinators, but that the commit of the connection, which they do between the work before
 * completion and the work after it, is left to the {@link Branch} where several of them commit together.
 */
public final class BranchCoordinators implements TransactionCoordinatorBuilder {
    private static final long serialVersionUID = 1L;

    private static final TransactionCoordinatorBuilder HIBERNATES =
            JdbcResourceLocalTransactionCoordinatorBuilderImpl.INSTANCE;

    @Override
    public TransactionCoordinator buildTransactionCoordinator(TransactionCoordinatorOwner owner, Options options) {
        return HIBERNATES.buildTransactionCoordinator(new Owner(owner), options);
    }

    @Override
    public boolean isJta() {
        return false;
    }

    @Override
    public PhysicalConnectionHandlingMode getDefaultConnectionHandlingMode() {
        return HIBERNATES.getDefaultConnectionHandlingMode();
    }

    @Override
    public DdlTransactionIsolator buildDdlTransactionIsolator(JdbcContext jdbcContext) {
        return HIBERNATES.buildDdlTransactionIsolator(jdbcContext);
    }

    /** A session, but for the transaction of its connection. */
    private record Owner(TransactionCoordinatorOwner session)
            implements TransactionCoordinatorOwner, JdbcResourceTransactionAccess {
        @Override
        public JdbcResourceTransaction getResourceLocalTransaction() {
            return new Local(session, ((JdbcResourceTransactionAccess) session).getResourceLocalTransaction());
        }

        @Override
        public boolean isActive() {
            return session.isActive();
        }

        @Override
        public void startTransactionBoundary() {
            session.startTransactionBoundary();
        }

        @Override
        public void afterTransactionBegin() {
            session.afterTransactionBegin();
        }

        @Override
        public void beforeTransactionCompletion() {
            session.beforeTransactionCompletion();
        }

        @Override
        public void afterTransactionCompletion(boolean successful, boolean delayed) {
            session.afterTransactionCompletion(successful, delayed);
        }

        @Override
        public JdbcSessionOwner getJdbcSessionOwner() {
            return session.getJdbcSessionOwner();
        }

        @Override
        public void setTransactionTimeOut(int seconds) {
            session.setTransactionTimeOut(seconds);
        }

        @Override
        public void flushBeforeTransactionCompletion() {
            session.flushBeforeTransactionCompletion();
        }
    }

    /** The transaction of a connection. */
    private static final class Local implements JdbcResourceTransaction {
        private final TransactionCoordinatorOwner session;
        private final JdbcResourceTransaction connection;
        private @Nullable TransactionStatus told;

        Local(TransactionCoordinatorOwner session, JdbcResourceTransaction connection) {
            this.session = session;
            this.connection = connection;
        }

        @Override
        public void begin() {
            told = null;
            connection.begin();
        }

        @Override
        public void commit() {
            StatementInspector inspector =
                    session.getJdbcSessionOwner().getJdbcSessionContext().getStatementInspector();
            if (!(inspector instanceof Branch<?> branch)) {
                connection.commit();
            } else if (branch.isJoined()) {
                told = branch.commitJointly(connection);
            } else {
                branch.commit(connection);
            }
        }

        @Override
        public void rollback() {
            connection.rollback();
        }

        @Override
        public TransactionStatus getStatus() {
            return told == null ? connection.getStatus() : told;
        }

        @Override
        public void markRollbackOnly() {
            connection.markRollbackOnly();
        }
    }
}
