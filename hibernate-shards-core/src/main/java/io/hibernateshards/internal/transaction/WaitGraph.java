package io.hibernateshards.internal.transaction;

import io.hibernateshards.ShardId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom on all shards. What is known to be one transaction is one, whatever processes work for it; any other
 * process, of another JVM or of a transaction on one shard, stands for itself.
 */
final class WaitGraph {
    /** A process that belongs to no watched transaction. */
    private record Stranger(ShardId shard, int number) {}

    /**
     * One step of a cycle.
     *
     * @param waiting null if it is not watched
     */
    record Step(@Nullable Watched waiting, LockWait lockWait, int blocker) {
        boolean isSame(Step other) {
            return waiting == other.waiting && blocker == other.blocker && lockWait.isSame(other.lockWait);
        }
    }

    private final Map<ShardId, Map<Integer, Watched>> owners = new HashMap<>();
    private final Map<Object, List<Step>> steps = new LinkedHashMap<>();

    WaitGraph(Collection<Watched> watched, Collection<LockWait> waits) {
        for (Watched one : watched) {
            one.legs().forEach((shard, leg) -> owners.computeIfAbsent(shard, key -> new HashMap<>())
                    .put(leg.process(), one));
        }
        for (LockWait wait : waits) {
            Watched waiting = owner(wait.shard(), wait.process());
            for (int blocker : wait.blockers()) {
                steps.computeIfAbsent(node(wait.shard(), wait.process()), key -> new ArrayList<>())
                        .add(new Step(waiting, wait, blocker));
            }
        }
    }

    @Nullable
    Watched owner(ShardId shard, int process) {
        return owners.getOrDefault(shard, Map.of()).get(process);
    }

    private Object node(ShardId shard, int process) {
        Watched owner = owner(shard, process);
        return owner == null ? new Stranger(shard, process) : owner;
    }

    /** A cycle over more than one shard, in its order; empty if there is none. One on a single shard is seen by its server. */
    List<Step> cycle() {
        Set<Object> done = new HashSet<>();
        for (Object node : steps.keySet()) {
            List<Step> cycle = visit(node, new ArrayList<>(), new ArrayList<>(), done);
            if (!cycle.isEmpty()) {
                return cycle;
            }
        }
        return List.of();
    }

    private List<Step> visit(Object node, List<Object> nodes, List<Step> path, Set<Object> done) {
        int seen = nodes.indexOf(node);
        if (seen >= 0) {
            List<Step> cycle = path.subList(seen, path.size());
            boolean several = cycle.stream()
                            .map(step -> step.lockWait().shard())
                            .distinct()
                            .count()
                    > 1;
            return several ? List.copyOf(cycle) : List.of();
        }
        if (done.contains(node)) {
            return List.of();
        }
        nodes.add(node);
        for (Step step : steps.getOrDefault(node, List.of())) {
            path.add(step);
            List<Step> cycle = visit(node(step.lockWait().shard(), step.blocker()), nodes, path, done);
            path.remove(path.size() - 1);
            if (!cycle.isEmpty()) {
                return cycle;
            }
        }
        nodes.remove(nodes.size() - 1);
        done.add(node);
        return List.of();
    }
}
