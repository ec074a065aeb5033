package io.hibernateshards.internal.jta;

import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.BranchCoordinators;
import org.hibernate.resource.jdbc.spi.JdbcSessionContext;
import org.hibernate.resource.jdbc.spi.PhysicalConnectionHandlingMode;
import org.hibernate.resource.transaction.backend.jdbc.internal.JdbcIsolationDelegate;
import org.hibernate.resource.transaction.backend.jdbc.internal.JdbcResourceLocalTransactionCoordinatorBuilderImpl;
import org.hibernate.resource.transaction.backend.jta.internal.JtaTransactionCoordinatorImpl;
import org.hibernate.resource.transaction.spi.DdlTransactionIsolator;
import org.hibernate.resource.transaction.spi.IsolationDelegate;
import org.hibernate.resource.transaction.spi.SynchronizationRegistry;
import org.hibernate.resource.transaction.spi.TransactionCoordinator;
import org.hibernate.resource.transaction.spi.TransactionCoordinatorBuilder;
import org.hibernate.resource.transaction.spi.TransactionCoordinatorOwner;
import org.hibernate.tool.schema.internal.exec.JdbcContext;

/**
 * Hibernate's own JTA coordinators for the children of a session, which take part in what the session has joined. Sessions
 * that are no session's children work by themselves on a connection of the pool, as if there were no JTA.
 */
public final class JtaCoordinators implements TransactionCoordinatorBuilder {
    private static final long serialVersionUID = 1L;

    private static final TransactionCoordinatorBuilder LOCAL =
            JdbcResourceLocalTransactionCoordinatorBuilderImpl.INSTANCE;

    @Override
    public TransactionCoordinator buildTransactionCoordinator(TransactionCoordinatorOwner owner, Options options) {
        JdbcSessionContext context = owner.getJdbcSessionOwner().getJdbcSessionContext();
        return context.getStatementInspector() instanceof Branch<?> branch
                        && branch.transaction() instanceof JtaTransaction session
                ? new OfBranch(this, owner, new ChildPlatform(session))
                : LOCAL.buildTransactionCoordinator(owner, options);
    }

    @Override
    public boolean isJta() {
        return true;
    }

    @Override
    public PhysicalConnectionHandlingMode getDefaultConnectionHandlingMode() {
        return LOCAL.getDefaultConnectionHandlingMode();
    }

    @Override
    public DdlTransactionIsolator buildDdlTransactionIsolator(JdbcContext jdbcContext) {
        return LOCAL.buildDdlTransactionIsolator(jdbcContext);
    }

    /** Work apart from the transaction needs only another connection: the pool's are in no JTA transaction. */
    private static final class OfBranch extends JtaTransactionCoordinatorImpl {
        private final transient JtaTransaction logical;

        OfBranch(JtaCoordinators builder, TransactionCoordinatorOwner owner, ChildPlatform platform) {
            super(builder, BranchCoordinators.ownerOf(owner), true, platform, false, false);
            logical = platform.session();
        }

        /** Those of a child are the session's: they may write to other shards. */
        @Override
        public SynchronizationRegistry getLocalSynchronizations() {
            return logical::registerSynchronization;
        }

        @Override
        public IsolationDelegate createIsolationDelegate() {
            return new JdbcIsolationDelegate(getTransactionCoordinatorOwner());
        }
    }
}
