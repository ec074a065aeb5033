package io.hibernateshards.internal.connection;

import static com.zaxxer.hikari.SQLExceptionOverride.Override.CONTINUE_EVICT;
import static com.zaxxer.hikari.SQLExceptionOverride.Override.DO_NOT_EVICT;
import static com.zaxxer.hikari.SQLExceptionOverride.Override.MUST_EVICT;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Sees every error of a shard's connections on its way to the application. Writes the shard into it, which neither the
 * server nor the driver names, and keeps connections that HikariCP would take for broken though they are as good as
 * before.
 */
public final class ServerErrors implements SQLExceptionOverride {
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

    /** Returns where an error of a connection came from, such as {@code on shard "east" (jdbc:…)}; empty if nobody knows. */
    public static Optional<String> place(SQLException e) {
        return Arrays.stream(e.getSuppressed())
                .filter(OnShard.class::isInstance)
                .map(Throwable::getMessage)
                .findFirst();
    }

    @java.lang.Override
    public SQLExceptionOverride.Override adjudicate(SQLException e) {
        if (place(e).isEmpty()) {
            e.addSuppressed(new OnShard(server.source()));
        }
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
