package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import io.hibernateshards.internal.transaction.DecisionLog.Held;
import io.hibernateshards.internal.transaction.DecisionLog.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which shards hold which decision logs, at one moment. Shards are split by copying one, and restored from copies, so several
 * may hold the same decisions. A decision that is there proves the commit, in whichever copy. That there is none proves
 * something only in the log that decides: the one under whose id new transactions are decided, if one shard claims that.
 */
final class LogHolders {
    private static final Logger LOG = LoggerFactory.getLogger(LogHolders.class);

    /**
     * How a transaction ends.
     *
     * @param why nobody can tell now; empty if its outcome is known
     * @param decidedOn a shard that has the decision; null if none has
     */
    record Verdict(Outcome outcome, String why, @Nullable ShardId decidedOn) {
        Verdict(Outcome outcome) {
            this(outcome, "", null);
        }

        Verdict(Outcome outcome, String why) {
            this(outcome, why, null);
        }
    }

    private final DecisionLogs logs;
    private final Map<ShardId, Held> held;
    private final Map<String, List<ShardId>> current = new LinkedHashMap<>();
    private final Map<String, List<ShardId>> former = new LinkedHashMap<>();

    /**
     * @param held of the shards that can be reached
     */
    LogHolders(DecisionLogs logs, Map<ShardId, Held> held) {
        this.logs = logs;
        this.held = held;
        held.forEach((shard, here) -> {
            if (here.current() != null) {
                add(current, here.current(), shard);
            }
            here.former().forEach(id -> add(former, id, shard));
        });
        current.forEach((id, shards) -> {
            if (shards.size() > 1) {
                LOG.error(
                        "shards {} all decide under the id {} of one decision log, so one is a copy of another's files"
                                + " (a snapshot, pg_basebackup, a promoted standby). A transaction of that log whose decision"
                                + " none of them has stays in doubt. Declare the copies, on each but the original: update"
                                + " {}.transaction_log set current = false where id = '{}'",
                        shards,
                        id,
                        logs.catalog(shards.get(0)).schema(),
                        id);
            }
        });
    }

    /** Shards that are schemas of one database have one log. */
    private void add(Map<String, List<ShardId>> holders, String id, ShardId shard) {
        List<ShardId> others = holders.computeIfAbsent(id, key -> new ArrayList<>());
        if (others.stream().noneMatch(other -> logs.of(other).isSameAs(logs.of(shard)))) {
            others.add(shard);
        }
    }

    /** The ids of all logs that can be reached. */
    Collection<String> ids() {
        Set<String> ids = new LinkedHashSet<>(current.keySet());
        ids.addAll(former.keySet());
        return ids;
    }

    /** Those that a shard holds. */
    Collection<String> idsOf(ShardId shard) {
        Held here = held.getOrDefault(shard, Held.NONE);
        Set<String> ids = new LinkedHashSet<>(here.former());
        if (here.current() != null) {
            ids.add(here.current());
        }
        return ids;
    }

    /**
     * Returns whether the branch of a shard, known by the id of its log, would have been seen by a look at some shards: at the
     * one that has the log, or at all if only copies of it can be reached.
     */
    boolean covers(Set<ShardId> looked, String id) {
        List<ShardId> original = current.getOrDefault(id, List.of());
        return original.isEmpty()
                ? former.containsKey(id) && looked.containsAll(logs.shards())
                : looked.containsAll(original);
    }

    /** Shards whose log can be reached, each log once. */
    Collection<ShardId> deciding() {
        return current.values().stream().flatMap(List::stream).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * How a transaction ends of which a prepared branch has been seen.
     *
     * @param log the id of the log that rules it
     * @param age of the branch
     * @param wait for a deciding branch that lives, in milliseconds
     */
    Verdict outcome(String transaction, String log, Duration age, int wait) {
        List<ShardId> claims = current.getOrDefault(log, List.of());
        List<ShardId> copies = former.getOrDefault(log, List.of());
        if (claims.isEmpty() && copies.isEmpty()) {
            return new Verdict(
                    Outcome.OPEN, "the shard that decides cannot be reached, or belongs to another application");
        }
        Outcome absent = Outcome.ABORTED;
        for (ShardId shard : all(claims, copies)) {
            Outcome outcome = logs.of(shard).outcome(transaction, log, age, wait);
            switch (outcome) {
                case COMMITTED -> {
                    return new Verdict(outcome, "", shard);
                }
                case OPEN -> {
                    return new Verdict(outcome, "it is being decided on shard \"" + shard + "\"");
                }
                case FORGOTTEN -> absent = claims.isEmpty() || claims.contains(shard) ? outcome : absent;
                case ABORTED -> {}
            }
        }
        return absent == Outcome.ABORTED ? absent(claims, copies) : forgotten(all(claims, copies));
    }

    private static List<ShardId> all(List<ShardId> claims, List<ShardId> copies) {
        List<ShardId> all = new ArrayList<>(claims);
        all.addAll(copies);
        return all;
    }

    /** None that can be reached has the decision. */
    private Verdict absent(List<ShardId> claims, List<ShardId> copies) {
        if (claims.size() > 1) {
            return new Verdict(
                    Outcome.OPEN,
                    "shards " + claims + " claim to decide it, as one is a copy of another, and none has the decision");
        }
        if (claims.size() == 1) {
            return new Verdict(Outcome.ABORTED);
        }
        if (held.size() < logs.shards().size()) {
            return new Verdict(
                    Outcome.OPEN,
                    "shards " + copies + " hold copies of the log that decides it, without the decision, and not all"
                            + " shards can be reached");
        }
        return copies.size() == 1
                ? new Verdict(Outcome.ABORTED)
                : new Verdict(
                        Outcome.OPEN,
                        "shards " + copies + " hold copies of the log that decides it, without the decision, and none"
                                + " holds the original");
    }

    private static Verdict forgotten(List<ShardId> shards) {
        return new Verdict(
                Outcome.OPEN,
                "shards " + shards + " have no decision of it, but have removed decisions that were made since it was"
                        + " prepared. Look on the transaction's other shards whether it is committed, and end the branch"
                        + " by hand in the same way");
    }
}
