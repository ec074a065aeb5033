package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes the topology that settings describe. */
public final class Assignments {
    private static final String PIN = "pin.";

    private final List<ShardId> shards;
    private final Map<String, String> settings;
    private final List<String> problems = new ArrayList<>();

    private Assignments(List<ShardId> shards, Map<String, String> settings) {
        this.shards = shards;
        this.settings = new TreeMap<>(settings);
    }

    /**
     * The topology of settings.
     *
     * @param settings below {@code hibernate.shards.}: {@code assignment}, {@code assignment.virtual-nodes}, {@code
     *     shard.<name>.weight}, {@code shard.<name>.buckets}, {@code pin.<buckets>}
     * @throws IllegalArgumentException with a line for each problem
     */
    public static Topology topology(long version, List<ShardId> shards, Map<String, String> settings) {
        return topology(version, shards, settings, null);
    }

    /** As above; what was in force before keeps most of its buckets where it is, if the assignment cares. */
    static Topology topology(
            long version, List<ShardId> shards, Map<String, String> settings, @Nullable Topology previous) {
        Assignments reader = new Assignments(shards, settings);
        Assignment assignment = reader.assignment();
        Map<Buckets, Integer> pins = reader.pins();
        int[] owners = new int[Buckets.COUNT];
        try {
            owners = assignment.assign(shards, previous);
        } catch (IllegalArgumentException e) {
            reader.problems.add(String.valueOf(e.getMessage()));
        }
        if (!reader.problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", reader.problems));
        }
        for (Map.Entry<Buckets, Integer> pin : pins.entrySet()) {
            for (int bucket : pin.getKey().toArray()) {
                owners[bucket] = pin.getValue();
            }
        }
        return Topology.of(version, shards, owners);
    }

    private Assignment assignment() {
        String name = settings.getOrDefault("assignment", "even");
        return switch (name) {
            case "even" -> new EvenAssignment();
            case "consistent-hash" -> new ConsistentHashAssignment(virtualNodes(), weights());
            case "explicit" -> new ExplicitAssignment(explicit());
            default -> {
                problems.add("hibernate.shards.assignment = " + name + ": use even, consistent-hash or explicit");
                yield new EvenAssignment();
            }
        };
    }

    private int virtualNodes() {
        String text = settings.get("assignment.virtual-nodes");
        if (text == null) {
            return ConsistentHashAssignment.VIRTUAL_NODES;
        }
        try {
            int nodes = Integer.parseInt(text.trim());
            if (nodes > 0) {
                return nodes;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        problems.add("hibernate.shards.assignment.virtual-nodes = " + text + ": use a whole number above 0");
        return 1;
    }

    private Map<ShardId, Double> weights() {
        Map<ShardId, Double> weights = new HashMap<>();
        for (ShardId shard : shards) {
            String text = settings.get("shard." + shard + ".weight");
            if (text != null) {
                weights.put(shard, weight(shard, text));
            }
        }
        return weights;
    }

    private double weight(ShardId shard, String text) {
        try {
            double weight = Double.parseDouble(text.trim());
            if (weight >= 0 && weight <= 1000) {
                return weight;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        problems.add("hibernate.shards.shard." + shard + ".weight = " + text + ": use a number from 0 to 1000");
        return 1;
    }

    private Map<ShardId, Buckets> explicit() {
        Map<ShardId, Buckets> explicit = new HashMap<>();
        for (ShardId shard : shards) {
            String name = "shard." + shard + ".buckets";
            String text = settings.get(name);
            if (text != null) {
                explicit.put(shard, buckets("hibernate.shards." + name, text));
            }
        }
        return explicit;
    }

    private Map<Buckets, Integer> pins() {
        Map<Buckets, Integer> pins = new HashMap<>();
        Buckets pinned = Buckets.NONE;
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            if (!setting.getKey().startsWith(PIN)) {
                continue;
            }
            String name = "hibernate.shards." + setting.getKey();
            Buckets buckets = buckets(name, setting.getKey().substring(PIN.length()));
            if (pinned.and(buckets).size() > 0) {
                problems.add(name + ": buckets " + pinned.and(buckets) + " are pinned twice");
            }
            pinned = pinned.or(buckets);
            int shard = shards.stream()
                    .map(ShardId::name)
                    .toList()
                    .indexOf(setting.getValue().trim());
            if (shard < 0) {
                problems.add(name + " = " + setting.getValue() + ": there is no such shard; there are " + shards);
            } else {
                pins.put(buckets, shard);
            }
        }
        return pins;
    }

    private Buckets buckets(String name, String text) {
        try {
            return Entries.buckets(text);
        } catch (IllegalArgumentException e) {
            problems.add(name + ": " + e.getMessage());
            return Buckets.NONE;
        }
    }
}
