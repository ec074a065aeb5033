package io.hibernateshards.internal.lookup;

import io.hibernateshards.ShardId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Not in the transaction of a session: each piece of work is one of its own, in the catalog of its shard. */
record CatalogBranches(LookupTables tables) implements LookupSession {
    @Override
    public <T> T onBranch(ShardId shard, String sql, BranchWork<T> work) {
        return tables.catalog(shard).inTransaction(work::on);
    }

    @Override
    public <T> List<T> onOpenBranches(BranchWork<T> work) {
        return List.of();
    }

    @Override
    public @Nullable PendingLookups pendingLookups() {
        return null;
    }

    @Override
    public void markRollbackOnly() {
        // what was committed is right by itself
    }
}
