package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.ShardId;
import io.hibernateshards.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes the topology that settings describe. */
public final class Assignments {
    private static final String PIN = "pin.";

    private final List<ShardId> shards;
    private final Map<String, String> settings;
    private final String assignment;
    private final List<String> problems = new ArrayList<>();

    private Assignments(List<ShardId> shards, Map<String, String> settings) {
        this.shards = List.copyOf(shards);
        this.settings = new TreeMap<>(settings);
        this.assignment = settings.getOrDefault("assignment", "even").trim();
    }

    /**
     * The topology of settings.
     *
     * @param settings below {@code hibernate.shards.}: {@code assignment}, {@code assignment.virtual-nodes}, {@code
     *     shard.<name>.weight}, {@code shard.<name>.buckets}, {@code pin.<buckets>}; others are not looked at
     * @throws IllegalArgumentException with a line for each problem
     */
    public static Topology topology(long version, List<ShardId> shards, Map<String, String> settings) {
        return topology(version, shards, settings, null);
    }

    /**
     * As above.
     *
     * @param previous what is in force: an assignment that cares leaves there as much as it can
     */
    public static Topology topology(
            long version, List<ShardId> shards, Map<String, String> settings, @Nullable Topology previous) {
        return new Assignments(shards, settings).read(version, previous);
    }

    /**
     * The settings that decide which shard owns which buckets, as text that is recorded with a topology: {@code name = value},
     * separated by semicolons.
     *
     * @param settings as above
     */
    public static String text(Map<String, String> settings) {
        Map<String, String> deciding = new TreeMap<>();
        settings.forEach((name, value) -> {
            if (name.startsWith(PIN)
                    || name.startsWith("assignment")
                    || name.startsWith("shard.") && (name.endsWith(".weight") || name.endsWith(".buckets"))) {
                deciding.put(name, value.trim());
            }
        });
        deciding.putIfAbsent("assignment", "even");
        return deciding.entrySet().stream()
                .map(setting -> setting.getKey() + " = " + setting.getValue())
                .collect(Collectors.joining("; "));
    }

    /** Reads buckets as {@link Buckets#toString} writes them. */
    public static Buckets owned(String text) {
        return text.equals(Buckets.NONE.toString()) ? Buckets.NONE : Entries.buckets(text);
    }

    private Topology read(long version, @Nullable Topology previous) {
        Assignment chosen = assignment();
        Map<Buckets, Integer> pins = pins();
        idle("assignment.virtual-nodes", "consistent-hash");
        settings.keySet().stream().filter(name -> name.startsWith("shard.")).forEach(this::checkShard);
        Entries.refuse(problems);
        int[] owners = chosen.assign(shards, previous);
        pins.forEach((buckets, shard) -> {
            for (int bucket : buckets.toArray()) {
                owners[bucket] = shard;
            }
        });
        return Topology.of(version, shards, owners);
    }

    private Assignment assignment() {
        return switch (assignment) {
            case "even" -> new EvenAssignment();
            case "consistent-hash" -> new ConsistentHashAssignment(virtualNodes(), weights());
            case "explicit" -> explicit();
            default -> {
                problem("assignment", "use even, consistent-hash or explicit");
                yield new EvenAssignment();
            }
        };
    }

    /** Settings that would have no effect are mistakes: someone believes that they have one. */
    private void idle(String name, String needed) {
        if (settings.containsKey(name) && !assignment.equals(needed)) {
            problem(name, "only hibernate.shards.assignment = " + needed + " reads it, and that is " + assignment);
        }
    }

    private void checkShard(String setting) {
        int dot = setting.lastIndexOf('.');
        String what = setting.substring(dot + 1);
        if (!what.equals("weight") && !what.equals("buckets")) {
            return;
        }
        String name = dot <= "shard.".length() ? "" : setting.substring("shard.".length(), dot);
        if (shard(name).isEmpty()) {
            problem(setting, "there is no shard \"" + name + "\"; there are " + shards);
        }
        idle(setting, what.equals("weight") ? "consistent-hash" : "explicit");
    }

    private int virtualNodes() {
        String text = settings.getOrDefault(
                "assignment.virtual-nodes", String.valueOf(ConsistentHashAssignment.VIRTUAL_NODES));
        try {
            int nodes = Integer.parseInt(text.trim());
            if (nodes > 0 && nodes <= 10_000) {
                return nodes;
            }
        } catch (NumberFormatException e) {
            // told below, with what is out of bounds
        }
        problem("assignment.virtual-nodes", "use a whole number from 1 to 10000");
        return 1;
    }

    private Map<ShardId, Double> weights() {
        Map<ShardId, Double> weights = new HashMap<>();
        for (ShardId shard : shards) {
            weights.put(shard, weight("shard." + shard + ".weight"));
        }
        if (weights.values().stream().allMatch(weight -> weight == 0)) {
            problems.add("every hibernate.shards.shard.<name>.weight is 0: no bucket has an owner");
        }
        return weights;
    }

    private double weight(String setting) {
        try {
            double weight =
                    Double.parseDouble(settings.getOrDefault(setting, "1").trim());
            if (weight >= 0 && weight <= 1000) {
                return weight;
            }
        } catch (NumberFormatException e) {
            // told below, with what is out of bounds
        }
        problem(setting, "use a number from 0 to 1000");
        return 1;
    }

    private Assignment explicit() {
        Map<ShardId, Buckets> explicit = new HashMap<>();
        int before = problems.size();
        for (ShardId shard : shards) {
            String setting = "shard." + shard + ".buckets";
            String text = settings.get(setting);
            if (text != null) {
                explicit.put(shard, buckets(setting, text));
            }
        }
        ExplicitAssignment assigned = new ExplicitAssignment(explicit);
        boolean readable = problems.size() == before; // else buckets would seem to have no owner
        problems.addAll(assigned.overlaps(shards));
        if (readable && assigned.missing().size() > 0) {
            problems.add("buckets " + assigned.missing()
                    + " belong to no shard; give them to one in hibernate.shards.shard.<name>.buckets");
        }
        return assigned;
    }

    private Map<Buckets, Integer> pins() {
        Map<Buckets, Integer> pins = new HashMap<>();
        Buckets pinned = Buckets.NONE;
        for (String setting : settings.keySet()) {
            if (!setting.startsWith(PIN)) {
                continue;
            }
            Buckets buckets = buckets(setting, setting.substring(PIN.length()));
            if (pinned.and(buckets).size() > 0) {
                problem(setting, "buckets " + pinned.and(buckets) + " are pinned twice");
            }
            pinned = pinned.or(buckets);
            Optional<ShardId> shard = shard(settings.getOrDefault(setting, "").trim());
            if (shard.isEmpty()) {
                problem(setting, "there is no such shard; there are " + shards);
            } else {
                pins.put(buckets, shards.indexOf(shard.get()));
            }
        }
        return pins;
    }

    private Optional<ShardId> shard(String name) {
        return shards.stream().filter(shard -> shard.name().equals(name)).findFirst();
    }

    private Buckets buckets(String setting, String text) {
        try {
            return Entries.buckets(text);
        } catch (IllegalArgumentException e) {
            problem(setting, String.valueOf(e.getMessage()));
            return Buckets.NONE;
        }
    }

    private void problem(String setting, String text) {
        problems.add("hibernate.shards." + setting + " = " + settings.getOrDefault(setting, assignment) + ": " + text);
    }
}
