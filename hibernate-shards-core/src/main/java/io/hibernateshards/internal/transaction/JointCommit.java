package io.hibernateshards.internal.transaction;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.resource.transaction.backend.jdbc.spi.JdbcResourceTransaction;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One commit of several branches. Hibernate commits a session in three steps: what is to be done before, the commit of the
 * connection, what is to be done after, which tells listeners and fills the second-level cache. Here the second step of each
 * branch is to commit the next, and that of the last to decide for all. So nothing is decided before every branch is ready,
 * and nobody is told before it is decided.
 */
final class JointCommit {
    private static final Logger LOG = LoggerFactory.getLogger(JointCommit.class);

    private final List<? extends Branch<?>> open;
    private final ShardedTransaction transaction;
    private final TwoPhase protocol;
    private final Map<Branch<?>, JdbcResourceTransaction> connections = new LinkedHashMap<>();
    private final Set<Branch<?>> ended = new LinkedHashSet<>();
    private TransactionStatus outcome = TransactionStatus.ACTIVE;
    private @Nullable Throwable first;
    private boolean deciding;

    /**
     * @param open all branches
     * @param transaction which knows those that have written once everything has been flushed
     */
    JointCommit(List<? extends Branch<?>> open, ShardedTransaction transaction, TwoPhase protocol) {
        this.open = List.copyOf(open);
        this.transaction = transaction;
        this.protocol = protocol;
    }

    /**
     * Commits.
     *
     * @throws RuntimeException the first failure; {@link #outcome} tells whether it is committed all the same
     */
    void run() {
        try {
            next();
        } catch (RuntimeException | Error e) {
            note(e);
        }
        if (first instanceof Error error) {
            throw error;
        }
        if (first != null) {
            throw (RuntimeException) first;
        }
    }

    private void note(Throwable failure) {
        if (first == null) {
            first = failure;
        }
    }

    /** COMMITTED, FAILED_COMMIT if nobody knows, or ROLLED_BACK. */
    TransactionStatus outcome() {
        return switch (outcome) {
            case COMMITTED, FAILED_COMMIT -> outcome;
            default -> TransactionStatus.ROLLED_BACK;
        };
    }

    /** Whether the failure is one of the connections, which Hibernate has not put into the application's terms. */
    boolean failedDeciding() {
        return deciding && outcome != TransactionStatus.COMMITTED;
    }

    private void next() {
        if (connections.size() < open.size()) {
            open.get(connections.size()).commitIn(this);
        } else {
            deciding = true;
            decide();
        }
    }

    /** Commits all the branches after this one, then ends it as they did. */
    TransactionStatus committing(Branch<?> branch, JdbcResourceTransaction connection) {
        connections.put(branch, connection);
        try {
            next();
        } catch (RuntimeException | Error e) {
            note(e);
            end(branch);
            if (outcome != TransactionStatus.COMMITTED) {
                throw e;
            } // else a listener failed after it was decided: thrown once all have been told
            return outcome();
        }
        end(branch);
        return outcome();
    }

    private void decide() {
        CommitOrder order = new CommitOrder(open, transaction);
        commitReaders(order);
        if (!order.isOneAlone()) {
            order.checkHolders(arePrepared(order.holders()));
        }
        List<Branch<?>> written = order.written();
        if (written.size() > 1) {
            outcome = TransactionStatus.COMMITTING;
            protocol.commit(written, order.holders(), this);
            release(order.holders());
            return;
        }
        written.forEach(this::commit);
        if (written.isEmpty()) {
            order.holders().forEach(this::commit);
        }
        outcome = TransactionStatus.COMMITTED;
        release(order.holders());
    }

    /** Whether all will be prepared in any case, which shows whether they are still there. */
    private boolean arePrepared(List<Branch<?>> holders) {
        return transaction.writers().size() > 1 && holders.stream().noneMatch(Branch::hasTemporaryTables);
    }

    /** Those that have written all the same are not committed, and counted as such, if others may have written as well. */
    private void commitReaders(CommitOrder order) {
        boolean alone = transaction.writers().isEmpty() && order.holders().isEmpty();
        for (Branch<?> branch : List.copyOf(order.readers())) {
            if (alone) {
                commit(branch);
            } else if (branch.commitUnwritten(connection(branch))) {
                ended.add(branch);
            } else {
                order.hasWritten(branch);
            }
        }
    }

    /** Nothing that happens to a lock now changes what was decided. */
    private void release(List<Branch<?>> holders) {
        for (Branch<?> branch : holders) {
            if (!ended.contains(branch)) {
                try {
                    commit(branch);
                } catch (RuntimeException e) {
                    LOG.debug("shard \"{}\" has released the locks of a committed transaction by itself", branch, e);
                }
            }
        }
    }

    /** Commits a branch's own connection. */
    void commit(Branch<?> branch) {
        ended.add(branch); // Hibernate rolls back what it could not commit
        branch.commit(connection(branch));
    }

    void rollback(Branch<?> branch) {
        if (ended.add(branch)) {
            connection(branch).rollback();
        }
    }

    void decided(TransactionStatus how) {
        outcome = how;
    }

    private JdbcResourceTransaction connection(Branch<?> branch) {
        JdbcResourceTransaction connection = connections.get(branch);
        if (connection == null) {
            throw new IllegalStateException("shard \"" + branch + "\" is not ready");
        }
        return connection;
    }

    /** What is left to do is done on the client alone for a branch that was prepared; its connection may be gone. */
    private void end(Branch<?> branch) {
        if (!ended.add(branch)) {
            return;
        }
        try {
            if (outcome == TransactionStatus.COMMITTED) {
                connection(branch).commit();
            } else {
                connection(branch).rollback();
            }
        } catch (RuntimeException | Error e) {
            if (first != null && first != e) {
                first.addSuppressed(e);
            }
        }
    }
}
