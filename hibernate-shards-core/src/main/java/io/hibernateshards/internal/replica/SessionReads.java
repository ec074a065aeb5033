package io.hibernateshards.internal.replica;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.connection.ReadLease;
import io.hibernateshards.internal.connection.ShardConnectionProvider.Lender;
import io.hibernateshards.internal.connection.Work;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.ReadRoute;
import io.hibernateshards.internal.transaction.ShardedTransaction;
import java.sql.Connection;
import org.hibernate.resource.jdbc.spi.LogicalConnectionImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Where one session reads, at one level. A branch that holds a connection keeps it while a transaction is open on it, and as
 * long as its server is fresh enough.
 */
public final class SessionReads implements ReadRoute {
    private final Readers readers;
    private final Consistency level;
    private final ConsistencyToken token;

    public SessionReads(Readers readers, Consistency level, ConsistencyToken token) {
        this.readers = readers;
        this.level = level;
        this.token = token;
    }

    @Override
    public void connect(Branch<?> branch) {
        LogicalConnectionImplementor held = branch.held();
        ReadLease lease = branch.lease();
        if (held.isPhysicallyConnected()) {
            if (branch.isBusy() || lease != null && suits(lease, level(branch), position(branch))) {
                return;
            }
            branch.disconnect();
        }
        reading(branch, held::getPhysicalConnection);
    }

    /** A replica cannot tell which of the transactions that it shows depend on each other. */
    private Consistency level(Branch<?> branch) {
        ShardedTransaction transaction = branch.transaction();
        return transaction.isolation() == Connection.TRANSACTION_SERIALIZABLE && transaction.isActive()
                ? Consistency.STRONG
                : level;
    }

    private @Nullable Position position(Branch<?> branch) {
        return token.at(branch.shard()).orElse(null);
    }

    @Override
    public <T extends @Nullable Object, E extends Exception> T reading(Branch<?> branch, Work<T, E> work) throws E {
        return readers.connections().lending(new BranchLender(branch), work);
    }

    private final class BranchLender implements Lender {
        private final Branch<?> branch;

        BranchLender(Branch<?> branch) {
            this.branch = branch;
        }

        @Override
        public ShardId shard() {
            return branch.shard();
        }

        @Override
        public ReadLease lend() {
            ReadLease chosen = readers.lend(branch.shard(), level(branch), position(branch));
            branch.lent(chosen);
            return chosen;
        }
    }

    /** The primary always does, while it is the primary. */
    private static boolean suits(ReadLease lease, Consistency level, @Nullable Position position) {
        return lease.server().isPrimary()
                || !level.equals(Consistency.STRONG)
                        && lease.server().isStandby()
                        && Readers.suits(lease.server(), level, position);
    }
}
