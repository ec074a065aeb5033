package io.hibernateshards.internal.replica;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.internal.connection.ReadLease;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.ReadRoute;
import org.hibernate.resource.jdbc.spi.LogicalConnectionImplementor;

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
        long position = token.position(branch.shard()).orElse(0);
        if (held.isPhysicallyConnected()) {
            if (branch.isBusy() || lease != null && suits(lease, position)) {
                return;
            }
            branch.disconnect();
        }
        ReadLease chosen = readers.lend(branch.shard(), level, position);
        branch.lent(chosen);
        readers.connections().connect(held, chosen);
    }

    /** The primary always does, while it is the primary. */
    private boolean suits(ReadLease lease, long position) {
        return lease.server().isPrimary()
                || !level.equals(Consistency.STRONG)
                        && lease.server().isStandby()
                        && Readers.suits(lease.server(), level, position);
    }
}
