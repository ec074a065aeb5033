package io.hibernateshards.internal.identity;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.topology.FunctionText;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares the recorded topology with settings and mapping. The recorded one is the truth: the order of names is its order,
 * and as long as the settings for the assignment are those that it was made from, the owners are its owners. What cannot
 * move a row is recorded anew.
 */
final class TopologyComparison {
    private final RecordedTopology recorded;
    private final Declared declared;
    private final List<String> findings = new ArrayList<>();

    /** Tables whose rows another rule places now, as far as one can tell; those that are there decide. */
    private final Set<String> otherRules = new TreeSet<>();

    private final RecordedTopology next;

    private TopologyComparison(RecordedTopology recorded, Declared declared) {
        this.recorded = recorded;
        this.declared = declared;
        Topology owners = owners();
        catalogShard();
        functions();
        tables();
        next = new RecordedTopology(
                recorded.cluster(),
                owners,
                recorded.catalogShard(),
                declared.assignment(),
                merged(recorded.functions(), declared.functions()),
                merged(recorded.tables(), declared.tables()),
                recorded.pending());
    }

    static TopologyComparison of(RecordedTopology recorded, Declared declared) {
        return new TopologyComparison(recorded, declared);
    }

    /** What the settings would place elsewhere, a line each. */
    List<String> findings() {
        return findings;
    }

    Set<String> otherRules() {
        return otherRules;
    }

    /** The topology in force, with all that settings and mapping add; only of use if there are no findings. */
    RecordedTopology next() {
        return next;
    }

    boolean changes() {
        return !next.equals(recorded) || next.topology() != recorded.topology();
    }

    private static Map<String, String> merged(Map<String, String> one, Map<String, String> other) {
        Map<String, String> merged = new TreeMap<>(one);
        merged.putAll(other);
        return merged;
    }

    private Topology owners() {
        Topology truth = recorded.topology();
        Topology wanted = declared.topology();
        Set<ShardId> names = new LinkedHashSet<>(truth.shards());
        Set<ShardId> added = new LinkedHashSet<>(wanted.shards());
        added.removeAll(names);
        Set<ShardId> removed = new LinkedHashSet<>(names);
        removed.removeAll(wanted.shards());
        if (added.isEmpty() && removed.isEmpty()) {
            if (!declared.assignment().equals(recorded.assignment())) {
                compare(truth, declared.inOrderOf(truth.shards()));
            }
            return truth;
        }
        for (ShardId shard : removed) {
            if (truth.bucketsOf(shard).size() > 0) {
                findings.add(
                        "shard \"" + shard + "\" owns " + truth.bucketsOf(shard).size()
                                + " buckets in the databases, and " + ShardSettings.SHARDS + " = "
                                + names(wanted.shards()) + " does not name it: name it again");
            }
        }
        for (ShardId shard : added) {
            if (wanted.bucketsOf(shard).size() > 0) {
                findings.add("shard \"" + shard + "\" would own "
                        + wanted.bucketsOf(shard).size()
                        + " buckets by the settings, and the databases have only the shards "
                        + names(truth.shards()) + ": remove it from " + ShardSettings.SHARDS);
            }
        }
        if (findings.isEmpty()) {
            compare(truth, wanted);
        }
        return findings.isEmpty() ? RecordedTopology.copy(truth.version() + 1, wanted.shards(), truth) : truth;
    }

    private static String names(List<ShardId> shards) {
        return String.join(",", shards.stream().map(ShardId::name).toList());
    }

    private void compare(Topology truth, Topology wanted) {
        for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
            ShardId owner = truth.shardOf(bucket);
            ShardId other = wanted.shardOf(bucket);
            if (!owner.equals(other)) {
                findings.add("the databases were set up with [" + recorded.assignment() + "], the settings say ["
                        + declared.assignment() + "]: " + RecordedTopology.moved(truth, wanted) + " of "
                        + Buckets.COUNT + " buckets would have another shard, such as bucket " + bucket
                        + ", which is on \"" + owner + "\" and would be on \"" + other + "\". Set them back");
                return;
            }
        }
    }

    private void catalogShard() {
        ShardId known = recorded.catalogShard();
        boolean there = declared.topology().shards().contains(known);
        if (!there || declared.catalogShardSet() && !declared.catalogShard().equals(known)) {
            findings.add(ShardSettings.CATALOG_SHARD + " is \"" + declared.catalogShard()
                    + "\", and worker numbers and directories are on shard \"" + known + "\": "
                    + (there ? "set it to " + known : "name that shard again"));
        }
    }

    private void functions() {
        declared.functions().forEach((name, now) -> {
            String before = recorded.functions().get(name);
            if (before != null && !FunctionText.isExtended(before, now)) {
                findings.add("bucket function \"" + name + "\" is [" + now.replace("\n", "; ")
                        + "], and rows were placed by [" + before.replace("\n", "; ")
                        + "]: set it back, or give the new function another name");
            }
        });
    }

    private void tables() {
        declared.tables().forEach((table, now) -> {
            String before = recorded.tables().get(table);
            // versions before this one have recorded no rule of reference entities
            boolean unknown = before == null && !now.equals(Declared.EVERYWHERE);
            if (unknown || before != null && !Objects.equals(before, now)) {
                otherRules.add(table);
            }
        });
    }

    /** Says what was recorded of a table and what the mapping says. */
    String rules(String table) {
        String before = recorded.tables().get(table);
        return "table " + table + ": "
                + (before == null ? "the databases do not know its rule" : "its rows were placed by [" + before + "]")
                + ", the mapping says ["
                + declared.tables().get(table) + "]";
    }
}
