package io.hibernateshards.internal.transaction;

import io.hibernateshards.Consistency;
import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ShardId;
import io.hibernateshards.internal.observe.Observation;
import java.util.List;
import org.hibernate.engine.spi.ExceptionConverter;
import org.jspecify.annotations.Nullable;

/** What a logical transaction asks of the session that it belongs to. */
public interface Branches {
    /** The branches opened so far, in order of opening. */
    List<? extends Branch<?>> open();

    /**
     * Flushes what has changed if the flush mode asks for it, all on the caller's thread, until nothing is left to flush.
     * Called before a commit of more than one branch, or of one if its flush {@linkplain #flushOpensBranches() may} need
     * another.
     *
     * @return whether all branches are flushed; false if the session is closed, as its children know what to do then
     * @throws io.hibernateshards.ShardingException if that would write a second shard, which has been sent nothing then
     */
    boolean flushBeforeCommit();

    /** Whether something was written since the last flush that {@link #flushBeforeCommit()} would send. */
    boolean isFlushDue();

    /** Whether what is flushed on one branch may have to be written on another, too. */
    boolean flushOpensBranches();

    /** A transaction begins: what an earlier one has left is of no use. */
    void begins();

    /**
     * A branch that had written has committed.
     *
     * @param position after the commit in the write-ahead log of its shard, or null if unknown
     */
    void committed(ShardId shard, ConsistencyToken.@Nullable Position position);

    /** How fresh what it reads must be, while it only does that. */
    Consistency getConsistency();

    /** What it must see of others. */
    ConsistencyToken acceptedToken();

    /** Where it reads, while it only does that; null if it may write. */
    @Nullable
    ReadRoute readRoute();

    /** A shard is about to be written without a commit that tells its position: outside a transaction, or in another's. */
    void wroteUnasked(ShardId shard);

    /** Turns errors into what the application's way of starting promises: JPA's exceptions or Hibernate's. */
    ExceptionConverter exceptionConverter();

    /** Whether JPA is to be followed to the letter: then the commit of what can only be rolled back fails. */
    boolean failsCommitOfRollbackOnly();

    /** Is told what the session does; null if nobody wants to know. */
    @Nullable
    Observation observation();

    /** Names the entities behind a write, for people: from the statement, such as {@code Order (insert into orders)}. */
    String describeWrite(String sql);
}
