package io.hibernateshards;

import org.hibernate.SessionBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Opens a {@link ShardedSession} with options of its own.
 *
 * @since 0.1
 */
public interface ShardedSessionBuilder extends SessionBuilder {
    /**
     * Whether the session only reads. It may then read from replicas, and refuses what would write.
     *
     * @param readOnly whether it only reads
     * @return this
     */
    @Override
    ShardedSessionBuilder readOnly(boolean readOnly);

    /**
     * How fresh what the session reads while it only reads must be.
     *
     * @param consistency null for that of {@link ShardSettings#CONSISTENCY}
     * @return this
     */
    ShardedSessionBuilder consistency(@Nullable Consistency consistency);

    /**
     * Has the session read at least what is written up to there.
     *
     * @param token of another session
     * @return this
     * @see ShardedSession#acceptConsistencyToken
     */
    ShardedSessionBuilder consistencyToken(ConsistencyToken token);

    @Override
    ShardedSession openSession();
}
