package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardingException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the servers and databases of shards are such that they can be used, as they say themselves when the application starts. */
public final class ServerCheck {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCheck.class);

    private static final int OLDEST = 150_000;

    /**
     * Settings that a database reports for itself and for sessions without settings of their own.
     *
     * @param version as {@code server_version_num}
     * @param idleTimeout {@code idle_in_transaction_session_timeout} in milliseconds
     */
    record Facts(
            int version,
            String versionName,
            String encoding,
            boolean standardStrings,
            boolean readOnly,
            boolean rowSecurity,
            long idleTimeout) {
        private static final String ASK =
                """
                select current_setting('server_version_num')::int, current_setting('server_version'),
                       current_setting('server_encoding'), current_setting('standard_conforming_strings')::boolean,
                       current_setting('default_transaction_read_only')::boolean and not pg_is_in_recovery(),
                       current_setting('row_security')::boolean,
                       (select setting::bigint from pg_settings where name = 'idle_in_transaction_session_timeout')""";

        static Facts on(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(ASK)) {
                row.next();
                return new Facts(
                        row.getInt(1),
                        row.getString(2),
                        row.getString(3),
                        row.getBoolean(4),
                        row.getBoolean(5),
                        row.getBoolean(6),
                        row.getLong(7));
            }
        }

        /** What cannot work, with the cure. */
        List<String> problems() {
            List<String> problems = new ArrayList<>();
            if (version < OLDEST) {
                problems.add("runs PostgreSQL " + versionName + ": upgrade it to 15 or newer");
            }
            if (!encoding.equals("UTF8")) {
                problems.add(
                        "has the encoding " + encoding + ", in which text is neither ordered nor hashed as in Java:"
                                + " create the database anew with encoding 'UTF8'");
            }
            if (!standardStrings) {
                problems.add(
                        "has standard_conforming_strings = off, so that a backslash in a value could end a string: set"
                                + " it to on in postgresql.conf, and for the database, the user and the URL's options");
            }
            return problems;
        }

        /** With the cure; null if rows can be written. */
        @Nullable
        String readOnlyProblem() {
            return readOnly
                    ? "has default_transaction_read_only = on, so nothing can be written: set it to off in"
                            + " postgresql.conf, and for the database, the user and the URL's options; sessions that only"
                            + " read are opened by readOnly(true)"
                    : null;
        }

        List<String> warnings() {
            List<String> warnings = new ArrayList<>();
            if (!rowSecurity) {
                warnings.add("has row_security = off, so queries fail that a policy would filter: set it to on");
            }
            if (idleTimeout > 0 && idleTimeout < 10_000) {
                warnings.add("has idle_in_transaction_session_timeout = " + idleTimeout + " ms, which ends transactions"
                        + " whose other shards take that long: use 10 s or more");
            }
            return warnings;
        }
    }

    private ServerCheck() {}

    /**
     * Asks all primaries at the same time; those that cannot be reached are passed over.
     *
     * @return what cannot be written, which is no matter for an application that only reads, once its tables and the catalog
     *     are there: for {@link #refuse} if something is to be written
     * @throws ShardingException with all that cannot work
     */
    public static List<String> run(Collection<ShardServers> shards) {
        Map<ShardSource, CompletableFuture<@Nullable Facts>> answers = new LinkedHashMap<>();
        for (ShardServers shard : shards) {
            CompletableFuture<@Nullable Facts> answer = new CompletableFuture<>();
            answers.put(shard.primary().source(), answer);
            Daemons.run("shards-check-" + shard.shard(), () -> answer.complete(ask(shard)));
        }
        Map<ShardSource, Facts> servers = new LinkedHashMap<>();
        answers.forEach((source, answer) -> {
            Facts facts = answer.join();
            if (facts != null) {
                servers.put(source, facts);
            }
        });
        return judge(servers);
    }

    /**
     * Checks a server that could not be reached at the start.
     *
     * @param connection which commits by itself
     * @throws ShardingException with all that cannot work
     */
    static void run(ShardSource source, Connection connection) throws SQLException {
        judge(Map.of(source, Facts.on(connection)));
    }

    /** Warns of what may fail, refuses what cannot work, and returns what cannot be written. */
    private static List<String> judge(Map<ShardSource, Facts> servers) {
        List<String> problems = new ArrayList<>();
        List<String> readOnly = new ArrayList<>();
        servers.forEach((source, facts) -> {
            String name = source.described() + " ";
            facts.problems().forEach(problem -> problems.add(name + problem));
            facts.warnings().forEach(warning -> LOG.warn("{}{}", name, warning));
            String unwritable = facts.readOnlyProblem();
            if (unwritable != null) {
                readOnly.add(name + unwritable);
            }
        });
        refuse(problems);
        readOnly.forEach(LOG::warn);
        return readOnly;
    }

    /**
     * Refuses to go on with such databases.
     *
     * @param problems none if there is nothing to refuse
     * @throws ShardingException if there is a problem
     */
    public static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.CONFIGURATION,
                    problems.size() + (problems.size() == 1 ? " database" : " databases") + " cannot be used:\n  "
                            + String.join("\n  ", problems));
        }
    }

    private static @Nullable Facts ask(ShardServers shard) {
        try (Connection connection = shard.connection(Server::catalog)) {
            return Facts.on(connection);
        } catch (SQLException | RuntimeException e) {
            LOG.debug("shard \"{}\" is not checked", shard.shard(), e);
            return null;
        }
    }
}
