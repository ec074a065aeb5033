package io.hibernateshards;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one PostgreSQL server of a shard, and of this JVM's connections to it.
 *
 * @param shard that it belongs to
 * @param name of the replica in the settings; {@code primary} for the server whose URL is the shard's own, whatever it is
 *     now
 * @param role what it serves as
 * @param available whether it was there when it was last asked or used; false too for a replica that has not been reached
 *     yet
 * @param staleness at most how much time's commits a replica lacks; null of a primary, and of a replica of which that is
 *     not known
 * @param problem why it is not available or not used, without its URL's parameters and without any password; null if
 *     nothing is wrong
 * @param weight how much of the reads it should have beside other replicas
 * @param activeConnections of this JVM that sessions have now
 * @param idleConnections of this JVM that wait in the pool
 * @param waitingThreads of this JVM that wait for a connection
 * @param maxConnections that the pool may hold; 0 before its first use
 * @see ShardedSessionFactory#getServers()
 * @since 0.1
 */
public record ServerStatus(
        ShardId shard,
        String name,
        Role role,
        boolean available,
        @Nullable Duration staleness,
        @Nullable String problem,
        int weight,
        int activeConnections,
        int idleConnections,
        int waitingThreads,
        int maxConnections) {
    /**
     * What a server serves as.
     *
     * @since 0.1
     */
    public enum Role {
        /** It is written, and read where that must be exact. */
        PRIMARY,
        /** It is read only. */
        REPLICA,
        /** It can be reached, but must not be used: {@link ServerStatus#problem()} says why. */
        UNUSED
    }

    /**
     * All connections that this JVM's pool has to it.
     *
     * @return those that sessions have, and those that wait
     */
    public int totalConnections() {
        return activeConnections + idleConnections;
    }
}
