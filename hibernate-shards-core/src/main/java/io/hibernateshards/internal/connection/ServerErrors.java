package io.hibernateshards.internal.connection;

import static com.zaxxer.hikari.SQLExceptionOverride.Override.CONTINUE_EVICT;
import static com.zaxxer.hikari.SQLExceptionOverride.Override.DO_NOT_EVICT;
import static com.zaxxer.hikari.SQLExceptionOverride.Override.MUST_EVICT;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Sees every error of a shard's connections on its way to the application. Writes the shard into it, which neither the
 * server nor the driver names, and keeps connections that HikariCP would take for broken though they are as good as
 * before.
 */
final class ServerErrors implements SQLExceptionOverride {
    private static final String READ_ONLY = "25006";
    private static final String FEATURE_NOT_SUPPORTED = "0A000";

    /** Where an error came from, as a stack trace shows it. */
    private static final class OnShard extends SQLException {
        private static final long serialVersionUID = 1L;

        OnShard(ShardSource source) {
            super("on " + source.described());
        }

        @java.lang.Override
        public synchronized Throwable fillInStackTrace() {
            return this; // where it happened is said by the error it is added to
        }
    }

    private final Server server;

    ServerErrors(Server server) {
        this.server = server;
    }

    @java.lang.Override
    public SQLExceptionOverride.Override adjudicate(SQLException e) {
        for (Throwable known : e.getSuppressed()) {
            if (known instanceof OnShard) {
                return verdict(e);
            }
        }
        e.addSuppressed(new OnShard(server.source()));
        return verdict(e);
    }

    private SQLExceptionOverride.Override verdict(SQLException e) {
        if (READ_ONLY.equals(e.getSQLState()) && server.isPrimary()) {
            server.probe().soon(); // it may be a standby now, with another primary in its place
            return MUST_EVICT;
        }
        return FEATURE_NOT_SUPPORTED.equals(e.getSQLState()) ? DO_NOT_EVICT : CONTINUE_EVICT;
    }
}
