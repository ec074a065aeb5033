package io.hibernateshards.spring.migration;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import io.hibernateshards.spring.migration.MigrationTool.Stopped;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Migrates all shards at the same time, so that they end where they are the same. A shard that is behind, as one that is
 * new or where an earlier run failed, catches up. Shards whose histories contradict each other are left as they are. Once
 * one shard fails, the others stop before their next change.
 */
final class ShardMigration {
    private static final Logger LOG = LoggerFactory.getLogger(ShardMigration.class);
    private static final int AT_A_TIME = 16;

    private final MigrationTool tool;
    private final List<ShardDatabase> shards;
    private final Map<ShardId, Throwable> failures = new LinkedHashMap<>();

    private ShardMigration(MigrationTool tool, List<ShardDatabase> shards) {
        this.tool = tool;
        this.shards = shards;
    }

    /**
     * Migrates.
     *
     * @return where each shard is now
     * @throws ShardingException that tells of every shard, if they are not the same in the end
     */
    static Map<ShardId, String> run(MigrationTool tool, List<ShardDatabase> shards) {
        return new ShardMigration(tool, shards).run();
    }

    private Map<ShardId, String> run() {
        Map<ShardId, History> before = onEach(tool::history);
        if (!failures.isEmpty()) {
            throw report(
                    "could not read what has been done on " + failures.size(),
                    before,
                    "Nothing was changed. Correct what the message says and start again");
        }
        refuseContradictions(before);
        before.forEach((shard, history) -> {
            List<String> missing = history.missing(before.values());
            if (!missing.isEmpty()) {
                LOG.warn("{}: shard \"{}\" is behind others and catches up: it lacks {}", tool.name(), shard, missing);
            }
        });
        AtomicBoolean stop = new AtomicBoolean();
        onEach(shard -> migrate(shard, stop));
        Map<ShardId, History> after = onEach(tool::history);
        boolean same = after.values().stream()
                .allMatch(history -> history.missing(after.values()).isEmpty());
        if (!failures.isEmpty() || !same) {
            throw report(
                    failures.isEmpty()
                            ? "ended, and the shards are not the same"
                            : "failed on "
                                    + failures.values().stream()
                                            .filter(failure -> !(failure instanceof Stopped))
                                            .count(),
                    after,
                    "Correct what the message says and start again: every shard goes on from where it is");
        }
        Map<ShardId, String> versions = new LinkedHashMap<>();
        after.forEach((shard, history) -> versions.put(shard, history.version()));
        LOG.info("{}: the shards are at {}", tool.name(), versions);
        return versions;
    }

    private Boolean migrate(ShardDatabase shard, AtomicBoolean stop) throws Exception {
        if (stop.get()) {
            throw new Stopped("it began");
        }
        boolean done = false;
        try {
            tool.migrate(shard, stop::get);
            done = true;
            return done;
        } finally {
            if (!done) {
                stop.set(true);
            }
        }
    }

    /** The first failure of a shard is what is told of it. */
    private <T> Map<ShardId, T> onEach(Work<T> work) {
        ClassLoader application = Thread.currentThread().getContextClassLoader();
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(AT_A_TIME, shards.size()), task -> {
            // Liquibase keeps its state by thread, and threads that inherit it share what is not safe to share
            Thread thread = new Thread(null, task, "migration of shards", 0, false);
            thread.setContextClassLoader(application);
            thread.setDaemon(true);
            return thread;
        });
        try {
            Map<ShardId, Future<T>> running = new LinkedHashMap<>();
            for (ShardDatabase shard : shards) {
                Callable<T> one = () -> work.on(shard);
                running.put(shard.shard(), threads.submit(one));
            }
            Map<ShardId, T> results = new LinkedHashMap<>();
            running.forEach((shard, future) -> {
                try {
                    results.put(shard, future.get());
                } catch (ExecutionException e) {
                    Throwable failure = e.getCause() == null ? e : e.getCause();
                    failures.putIfAbsent(shard, Stopped.orItself(failure));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while shards are migrated", e);
                }
            });
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    private interface Work<T> {
        T on(ShardDatabase shard) throws Exception;
    }

    private void refuseContradictions(Map<ShardId, History> before) {
        List<String> lines = new ArrayList<>();
        List<ShardId> all = List.copyOf(before.keySet());
        for (int i = 1; i < all.size(); i++) {
            for (int other = 0; other < i; other++) {
                History mine = history(before, all.get(i));
                List<String> conflicts = mine.conflictsWith(
                        history(before, all.get(other)), all.get(other).name());
                if (!conflicts.isEmpty()) {
                    lines.add("shard \"" + all.get(i) + "\": " + String.join("; ", conflicts));
                    break; // of the shards before they are the same, or it has been told of them
                }
            }
        }
        if (!lines.isEmpty()) {
            throw new ShardingException(
                    ShardErrorCode.SCHEMA,
                    tool.name() + " has changed nothing, as the shards' histories contradict each other\n  "
                            + String.join("\n  ", lines)
                            + "\n  Find out which shards have what the application expects, and mend the others");
        }
    }

    private static History history(Map<ShardId, History> histories, ShardId shard) {
        History history = histories.get(shard);
        if (history == null) {
            throw new IllegalStateException("no history of shard " + shard);
        }
        return history;
    }

    private ShardingException report(String what, Map<ShardId, History> now, String cure) {
        StringBuilder text = new StringBuilder(tool.name())
                .append(' ')
                .append(what)
                .append(failures.isEmpty() ? "" : " of " + shards.size() + " shards");
        for (ShardDatabase shard : shards) {
            text.append("\n  shard \"").append(shard.shard()).append("\": ");
            Throwable failure = failures.get(shard.shard());
            History history = now.get(shard.shard());
            if (failure != null) {
                text.append(message(failure)).append(history == null ? "" : "; ");
            }
            if (history != null) {
                List<String> missing = history.missing(now.values());
                text.append("it is at ")
                        .append(history.version())
                        .append(missing.isEmpty() ? "" : " and lacks what others have: " + String.join(", ", missing));
            }
        }
        List<Throwable> causes = failures.values().stream()
                .filter(failure -> !(failure instanceof Stopped))
                .toList();
        ShardingException report = new ShardingException(
                ShardErrorCode.SCHEMA,
                text.append("\n  ").append(cure).toString(),
                causes.isEmpty() ? null : causes.get(0));
        causes.stream().skip(1).forEach(report::addSuppressed);
        return report;
    }

    /** In a line, with the server's own words if there are any. */
    private static String message(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof SQLException)) {
            cause = cause.getCause();
        }
        String own = line(failure);
        String root = line(cause);
        return own.contains(root) ? own : own + ": " + root;
    }

    private static String line(Throwable failure) {
        String message = failure.getMessage();
        return message == null
                ? failure.getClass().getName()
                : message.strip().replaceAll("-{4,}", "").replaceAll("\\s+", " ");
    }
}
