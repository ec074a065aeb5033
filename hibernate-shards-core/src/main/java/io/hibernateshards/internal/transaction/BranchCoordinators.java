package io.hibernateshards.internal.transaction;

import org.hibernate.jpa.spi.JpaCompliance;
import org.hibernate.resource.jdbc.spi.JdbcSessionOwner;
import org.hibernate.resource.jdbc.spi.PhysicalConnectionHandlingMode;
import org.hibernate.resource.transaction.backend.jdbc.internal.JdbcResourceLocalTransactionCoordinatorBuilderImpl;
import org.hibernate.resource.transaction.backend.jdbc.spi.JdbcResourceTransaction;
import org.hibernate.resource.transaction.backend.jdbc.spi.JdbcResourceTransactionAccess;
import org.hibernate.resource.transaction.spi.DdlTransactionIsolator;
import org.hibernate.resource.transaction.spi.IsolationDelegate;
import org.hibernate.resource.transaction.spi.SynchronizationRegistry;
import org.hibernate.resource.transaction.spi.TransactionCoordinator;
import org.hibernate.resource.transaction.spi.TransactionCoordinatorBuilder;
import org.hibernate.resource.transaction.spi.TransactionCoordinatorOwner;
import org.hibernate.resource.transaction.spi.TransactionObserver;
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
        TransactionCoordinator hibernates = HIBERNATES.buildTransactionCoordinator(ownerOf(owner), options);
        Branch<?> branch = branchOf(owner);
        return branch == null ? hibernates : new OfBranch(hibernates, branch.transaction());
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

    private static @Nullable Branch<?> branchOf(TransactionCoordinatorOwner session) {
        return session.getJdbcSessionOwner().getJdbcSessionContext().getStatementInspector() instanceof Branch<?> branch
                ? branch
                : null;
    }

    /** The session as its coordinator is to see it: a branch does what is to be done before completion once, and not again. */
    public static TransactionCoordinatorOwner ownerOf(TransactionCoordinatorOwner session) {
        return new Owner(session);
    }

    /**
     * Synchronizations that are registered with a branch, such as by a listener, are those of the logical transaction: they
     * may write to other branches before these end, and are told what has become of all.
     */
    private record OfBranch(TransactionCoordinator hibernates, ShardedTransaction logical)
            implements TransactionCoordinator {
        @Override
        public SynchronizationRegistry getLocalSynchronizations() {
            return logical::registerSynchronization;
        }

        @Override
        public TransactionCoordinatorBuilder getTransactionCoordinatorBuilder() {
            return hibernates.getTransactionCoordinatorBuilder();
        }

        @Override
        public TransactionDriver getTransactionDriverControl() {
            return hibernates.getTransactionDriverControl();
        }

        @Override
        public JpaCompliance getJpaCompliance() {
            return hibernates.getJpaCompliance();
        }

        @Override
        public void explicitJoin() {
            hibernates.explicitJoin();
        }

        @Override
        public boolean isJoined() {
            return hibernates.isJoined();
        }

        @Override
        public void pulse() {
            hibernates.pulse();
        }

        @Override
        public boolean isActive() {
            return hibernates.isActive();
        }

        @Override
        public IsolationDelegate createIsolationDelegate() {
            return hibernates.createIsolationDelegate();
        }

        @Override
        public void addObserver(TransactionObserver observer) {
            hibernates.addObserver(observer);
        }

        @Override
        public void removeObserver(TransactionObserver observer) {
            hibernates.removeObserver(observer);
        }

        @Override
        public void setTimeOut(int seconds) {
            hibernates.setTimeOut(seconds);
        }

        @Override
        public int getTimeOut() {
            return hibernates.getTimeOut();
        }

        @Override
        public boolean isTransactionActive() {
            return hibernates.isTransactionActive();
        }

        @Override
        public void invalidate() {
            hibernates.invalidate();
        }
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
            Branch<?> branch = branchOf(session);
            if (branch == null) {
                session.beforeTransactionCompletion();
            } else {
                branch.beforeCompletion();
            }
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
            Branch<?> branch = branchOf(session);
            if (branch == null) {
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
