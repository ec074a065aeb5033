package io.hibernateshards;

import org.hibernate.StatelessSessionBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Opens a {@link ShardedStatelessSession} with options of its own.
 *
 * @since 0.1
 */
public interface ShardedStatelessSessionBuilder extends StatelessSessionBuilder {
    /**
     * Whether the session only reads. It may then read from replicas, and refuses what would write.
     *
     * @param readOnly whether it only reads
     * @return this
     */
    @Override
    ShardedStatelessSessionBuilder readOnly(boolean readOnly);

    /**
     * How fresh what the session reads while it only reads must be.
     *
     * @param consistency null for that of {@link ShardSettings#CONSISTENCY}
     * @return this
     */
    ShardedStatelessSessionBuilder consistency(@Nullable Consistency consistency);

    /**
     * Has the session read at least what is written up to there.
     *
     * @param token of another session
     * @return this
     * @see ShardedStatelessSession#acceptConsistencyToken
     */
    ShardedStatelessSessionBuilder consistencyToken(ConsistencyToken token);

    @Override
    ShardedStatelessSession openStatelessSession();
}
