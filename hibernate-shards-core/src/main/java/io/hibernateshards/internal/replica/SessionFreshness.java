package io.hibernateshards.internal.replica;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken.Position;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.cache.CacheClock;
import io.hibernateshards.internal.cache.Freshness;
import io.hibernateshards.internal.connection.ReadLease;
import io.hibernateshards.internal.transaction.Branch;
import io.hibernateshards.internal.transaction.Branches;
import java.time.Duration;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * What sessions of a sharded factory may take from the second-level cache and put into it. What was read from a replica is
 * as old as the replica was when its connection was lent. What is cached is as old as the changes that other JVMs have told
 * of, which a session that was given a token, or wants a certain freshness, may have to be ahead of.
 */
public final class SessionFreshness implements Freshness {
    /** How far the changes of other JVMs have arrived. */
    public interface Arrivals {
        /** No other JVM changes anything. */
        Arrivals ALL = new Arrivals() {
            @Override
            public boolean any(ShardId shard) {
                return true;
            }

            @Override
            public boolean until(ShardId shard, Position position) {
                return true;
            }

            @Override
            public boolean since(ShardId shard, long time) {
                return true;
            }

            @Override
            public boolean now(ShardId shard) {
                return true;
            }
        };

        /** Whether anything arrives: if not, nobody knows how old the cache is. */
        boolean any(ShardId shard);

        /** Whether all that was committed up to a position in the write-ahead log has arrived. If not, it is hastened. */
        boolean until(ShardId shard, Position position);

        /** Whether all that was committed before a time, as {@link System#nanoTime}, has. If not, it is hastened. */
        boolean since(ShardId shard, long time);

        /** Whether all that has been committed has: nobody else commits. */
        boolean now(ShardId shard);
    }

    private final Arrivals arrivals;

    public SessionFreshness(Arrivals arrivals) {
        this.arrivals = arrivals;
    }

    @Override
    public long asOf(SharedSessionContractImplementor session) {
        Branch<?> branch = Branch.of(session);
        ReadLease lease = branch == null ? null : branch.lease();
        if (lease == null || !lease.isReplica()) {
            return DATABASE.asOf(session);
        }
        return lease.freshAt() == Long.MIN_VALUE ? Long.MIN_VALUE : CacheClock.at(lease.freshAt());
    }

    @Override
    public boolean mayRead(SharedSessionContractImplementor session) {
        Branch<?> branch = Branch.of(session);
        if (branch == null) { // a session that is not ours
            return !(session.getTenantIdentifierValue() instanceof ShardId shard) || arrivals.any(shard);
        }
        Branches reader = branch.transaction().branches();
        Consistency level = reader.readRoute() == null ? Consistency.SESSION : reader.getConsistency();
        Duration staleness = level.staleness();
        if (staleness != null) {
            return arrivals.since(branch.shard(), System.nanoTime() - staleness.toNanos());
        }
        if (level.equals(Consistency.SESSION)) {
            Position position = reader.acceptedToken().at(branch.shard()).orElse(null);
            return position == null ? arrivals.any(branch.shard()) : arrivals.until(branch.shard(), position);
        }
        return level.equals(Consistency.EVENTUAL) ? arrivals.any(branch.shard()) : arrivals.now(branch.shard());
    }
}
