package io.hibernateshards.internal.connection;

import java.sql.Connection;

/**
 * A connection for a session that only reads, and the server that it is of.
 *
 * @param isReplica whether that was a replica
 * @param freshAt when all had been committed that can be seen there, at least, as {@link System#nanoTime}; {@link
 *     Long#MIN_VALUE} if that is not known
 */
public record ReadLease(Server server, Connection connection, boolean isReplica, long freshAt) {}
