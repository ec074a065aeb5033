package io.hibernateshards;

import org.jspecify.annotations.Nullable;

/**
 * What the surroundings of a session say about it, such as an annotation on the method that the calling thread is in. Given to
 * {@link ShardedSessionFactory#setScope}; used by many threads at a time.
 *
 * @since 0.1
 */
public interface SessionScope {
    /**
     * The shard that what the calling thread does now is for. Asked at each operation of a session.
     *
     * <ul>
     *   <li>SQL and procedures without a hint run there.
     *   <li>HQL and criteria without a hint ask that shard alone, as if there were no other; a query whose conditions lead to
     *       other shards only is refused with {@code HS-035}.
     *   <li>New entities that any shard could have are stored there. What belongs to another shard is neither stored nor found
     *       by its id, but refused with {@code HS-035}. An id that does not tell its shard is looked for there alone.
     *   <li>What the session has loaded already may be changed, wherever it lives.
     * </ul>
     *
     * @param factory of the session
     * @return null if it is for all of them
     */
    @Nullable
    ShardId shard(ShardedSessionFactory factory);

    /**
     * A session was opened on the calling thread.
     *
     * @param session has not been used yet
     */
    default void opened(ShardedSession session) {}
}
