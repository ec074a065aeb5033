package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits whose connections broke before they were answered. The server goes on with such a commit for as long as it takes,
 * be it for a trigger or a standby, and nobody hears of it. So its process is looked at until it is idle or gone.
 */
final class UnansweredCommits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UnansweredCommits.class);

    private static final long PAUSE_MILLIS = 500;

    private static final String AT_WORK =
            """
            select pid from pg_stat_activity
            where pid = any (?) and state <> 'idle' and backend_type = 'client backend'""";

    private final DecisionLogs logs;
    private final Map<ShardId, Set<Integer>> processes = new HashMap<>();
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, task -> {
        Thread daemon = new Thread(task, "hibernate-shards-unanswered");
        daemon.setDaemon(true);
        return daemon;
    });

    UnansweredCommits(DecisionLogs logs) {
        this.logs = logs;
        thread.setKeepAliveTime(30, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
    }

    /**
     * Calls back, on a thread of its own, once the server is not at work on the commit any more. Never after {@link #close}.
     *
     * @param backend the process of the server
     * @param ended called once for several that have ended by the same time
     */
    void watch(ShardId shard, int backend, Runnable ended) {
        synchronized (processes) {
            Set<Integer> known = processes.get(shard);
            if (known != null) {
                known.add(backend);
                return;
            }
            processes.put(shard, new HashSet<>(Set.of(backend)));
        }
        later(shard, ended);
    }

    private void later(ShardId shard, Runnable ended) {
        try {
            var unused = thread.schedule(() -> look(shard, ended), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            LOG.debug("shard \"{}\": closed before unanswered commits were known to have ended", shard);
        }
    }

    private void look(ShardId shard, Runnable ended) {
        Set<Integer> looked;
        synchronized (processes) {
            looked = Set.copyOf(Objects.requireNonNull(processes.get(shard)));
        }
        Set<Integer> over = new HashSet<>(looked);
        try {
            over.removeAll(atWork(shard, looked));
        } catch (RuntimeException e) {
            LOG.debug("shard \"{}\": whether processes {} are still at work is not known", shard, looked, e);
            over.clear();
        }
        if (!over.isEmpty()) {
            ended.run();
        }
        synchronized (processes) {
            Set<Integer> left = Objects.requireNonNull(processes.get(shard));
            left.removeAll(over);
            if (left.isEmpty()) {
                processes.remove(shard);
                return;
            }
        }
        later(shard, ended);
    }

    private Set<Integer> atWork(ShardId shard, Set<Integer> looked) {
        return logs.catalog(shard).autoCommitted(connection -> {
            Set<Integer> found = new HashSet<>();
            try (PreparedStatement look = connection.prepareStatement(AT_WORK)) {
                look.setArray(1, connection.createArrayOf("int", looked.toArray()));
                try (ResultSet row = look.executeQuery()) {
                    while (row.next()) {
                        found.add(row.getInt(1));
                    }
                }
            }
            return found;
        });
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
