package io.hibernateshards.internal.connection;

import io.hibernateshards.ShardSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the servers allow as many connections as all pools of all JVMs may open. Replicas are not asked: PostgreSQL wants
 * them to allow at least as many as their primary.
 */
public final class ConnectionBudget {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionBudget.class);

    /** As HikariCP has it. */
    private static final int POOL = 10;

    /** Beside the pool of sessions: two pools of two, for work apart and for the catalog, a probe and a listener. */
    private static final int BESIDE = 6;

    private ConnectionBudget() {}

    /** Warns, once the servers have answered; nobody waits for it, and a server that is down is not looked at. */
    public static void check(Collection<ShardServers> shards, int jvms) {
        Daemons.run("shards-connection-budget", () -> {
            try {
                problems(shards, jvms).forEach(LOG::warn);
            } catch (RuntimeException e) {
                LOG.debug("how many connections servers allow is not known", e);
            }
        });
    }

    /** What is wrong, a line for each server. */
    static List<String> problems(Collection<ShardServers> shards, int jvms) {
        Map<String, List<ShardServers>> byServer = new LinkedHashMap<>();
        for (ShardServers shard : shards) {
            byServer.computeIfAbsent(server(shard), first -> new ArrayList<>()).add(shard);
        }
        List<String> problems = new ArrayList<>();
        byServer.forEach((server, of) -> {
            int each = of.stream().mapToInt(ConnectionBudget::most).sum();
            int allowed = allowed(of.get(0));
            if ((long) jvms * each > allowed) {
                problems.add("server " + server + " allows " + allowed + " connections, but " + jvms
                        + (jvms == 1 ? " JVM" : " JVMs") + " with pools for " + of.size()
                        + (of.size() == 1 ? " shard" : " shards") + " there may open " + (long) jvms * each + ", "
                        + each
                        + " each: raise its max_connections, lower hibernate.shards.pool.maximum-pool-size, or put"
                        + " a connection pooler between. How many JVMs there are is said by " + ShardSettings.JVMS);
            }
        });
        return problems;
    }

    /** Host and port of the primary. */
    private static String server(ShardServers shard) {
        String address = shard.primary().source().address().replaceFirst("^jdbc:postgresql:(//)?", "");
        int path = address.indexOf('/');
        return path < 0 ? address : address.substring(0, path);
    }

    private static int most(ShardServers shard) {
        String pool = shard.primary().source().pool().get("maximumPoolSize");
        return (pool == null ? POOL : Integer.parseInt(pool.trim())) + BESIDE;
    }

    /** Not counting those that only superusers get. */
    private static int allowed(ShardServers shard) {
        try (Connection connection = shard.connection(Server::catalog);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select current_setting('max_connections')::int"
                        + " - current_setting('superuser_reserved_connections')::int")) {
            row.next();
            return row.getInt(1);
        } catch (SQLException | RuntimeException e) {
            LOG.debug("shard \"{}\" does not say how many connections it allows", shard.shard(), e);
            return Integer.MAX_VALUE;
        }
    }
}
