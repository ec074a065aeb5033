package io.hibernateshards.internal.gather;

import io.hibernateshards.ShardId;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/** The shards as one session sees them, its own uncommitted writes included. */
public interface Shards {
    /** A session that is never used for I/O. */
    SharedSessionContractImplementor template();

    /** The child session of a shard. */
    SharedSessionContractImplementor child(ShardId shard);

    /**
     * The child session of a shard, which holds its connection from now on: a leg that waited for one, while others of its
     * transaction hold theirs, could wait for another transaction that waits for it. So the legs of an operation are made
     * in the topology's order, each with this.
     */
    SharedSessionContractImplementor connected(ShardId shard);

    /** The session's transaction makes temporary tables on a shard, which shapes how it can commit. */
    void makesTemporaryTables(ShardId shard);

    /**
     * The shard of these to gather rows on: the one where the session's transaction has done so before, as two with temporary
     * tables could not commit together; else one that it has neither written nor locked.
     */
    ShardId gatherOn(List<ShardId> asked);

    /** Rows are gathered on a shard from now on, or no longer: whatever is done there meanwhile is rolled back to a savepoint. */
    void gathers(ShardId shard, boolean now);

    /** Works with a child whose statements are within one transaction of the server meanwhile, outside a transaction too. */
    <T> T cursor(SharedSessionContractImplementor child, Supplier<T> work);

    /**
     * Works with a shard in a session of its own, on a connection of its own that sees nothing of this session's
     * transaction and is rolled back afterwards. It may be taken while all others are held, for no work in it waits for
     * more.
     */
    <T> T apart(ShardId shard, Function<SharedSessionContractImplementor, T> work);

    /** Runs one leg a shard at the same time; each is made on the caller's thread, and may be run before the next is made. */
    <T extends @Nullable Object> List<T> inParallel(int count, IntFunction<? extends Callable<? extends T>> leg);
}
