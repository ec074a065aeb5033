package io.hibernateshards.internal.scatter;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.internal.gather.Shards;

/** Transactions in which the servers refuse to write. */
final class ReadOnly {
    private ReadOnly() {}

    /** Makes the session's transaction one on all shards, before anything else is done in it. */
    static void begin(ShardedSession session) {
        for (ShardId shard : session.getFactory().getTopology().shards()) {
            // not the sharded session's own, which takes any work for a write
            ((Shards) session).child(shard).doWork(connection -> connection.setReadOnly(true));
        }
    }
}
