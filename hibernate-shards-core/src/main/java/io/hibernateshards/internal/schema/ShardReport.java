package io.hibernateshards.internal.schema;

import io.hibernateshards.ShardErrorCode;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardingException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What came of one action on all shards. */
final class ShardReport {
    private final String action;
    private final Map<ShardId, List<String>> failed = new TreeMap<>();
    private final List<ShardId> done = new ArrayList<>();
    private final List<Throwable> causes = new ArrayList<>();

    ShardReport(String action) {
        this.action = action;
    }

    synchronized void done(ShardId shard) {
        done.add(shard);
    }

    /**
     * @param lines what went wrong or differs
     * @param cause if it was an exception
     */
    synchronized void failed(ShardId shard, List<String> lines, @Nullable Throwable cause) {
        failed.put(shard, lines);
        if (cause != null) {
            causes.add(cause);
        }
    }

    /** Throws one exception that names every shard that failed, what was wrong there, and which shards are done. */
    synchronized void throwIfFailed(String cure) {
        if (failed.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder(action)
                .append(" failed on ")
                .append(failed.size())
                .append(" of ")
                .append(failed.size() + done.size())
                .append(" shards");
        failed.forEach((shard, lines) -> {
            text.append("\n  shard \"").append(shard).append("\":");
            lines.forEach(line -> text.append("\n    ").append(line));
        });
        if (!done.isEmpty()) {
            text.append("\n  done on ").append(done.stream().sorted().toList());
        }
        text.append("\n  ").append(cure);
        ShardingException report =
                new ShardingException(ShardErrorCode.SCHEMA, text.toString(), causes.isEmpty() ? null : causes.get(0));
        causes.stream().skip(1).forEach(report::addSuppressed);
        throw report;
    }

    /** What the exception says, and the database's own words if they are another's. */
    static String text(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof SQLException)) {
            cause = cause.getCause();
        }
        return cause == failure ? line(failure) : line(failure) + ": " + line(cause);
    }

    static String line(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getName() : message.replaceAll("\\s*\n\\s*", " ");
    }
}
