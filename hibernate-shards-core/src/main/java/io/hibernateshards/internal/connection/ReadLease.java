package io.hibernateshards.internal.connection;

import java.sql.Connection;

/** A connection for a session that only reads, and the server that it is of. */
public record ReadLease(Server server, Connection connection) {}
