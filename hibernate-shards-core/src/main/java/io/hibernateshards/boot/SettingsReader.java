package io.hibernateshards.boot;

import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.Topology;
import io.hibernateshards.internal.connection.PoolSettings;
import io.hibernateshards.internal.connection.ShardSource;
import io.hibernateshards.internal.id.IdSettings;
import io.hibernateshards.internal.schema.ShardSchemas.Guard;
import io.hibernateshards.internal.topology.Assignments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads {@code hibernate.shards.*}. Goes on after a problem, so that one start tells all of them. */
final class SettingsReader {
    private static final Set<String> NAMES = Set.of(
            "shards",
            "username",
            "password",
            "assignment",
            "assignment.virtual-nodes",
            "catalog.shard",
            "catalog.schema",
            "id.worker",
            "id.lease",
            "id.clock-wait",
            "guard.database",
            "query.parallelism");
    private static final Set<String> OF_A_SHARD = Set.of("url", "username", "password", "weight", "buckets");

    private final Map<String, String> settings = new TreeMap<>();
    private final List<String> problems;

    /**
     * @param all of Hibernate's settings
     * @param problems takes a line for each problem
     */
    SettingsReader(Map<String, ?> all, List<String> problems) {
        this.problems = problems;
        all.forEach((name, value) -> {
            if (name.startsWith(ShardSettings.PREFIX) && value != null) {
                settings.put(
                        name.substring(ShardSettings.PREFIX.length()),
                        value.toString().trim());
            }
        });
    }

    /** The settings, or null if there are problems. */
    @Nullable
    Settings read() {
        List<ShardId> shards = shards();
        if (shards.isEmpty()) {
            return null;
        }
        unknown(shards);
        List<ShardSource> sources = new ArrayList<>();
        for (ShardId shard : shards) {
            sources.add(source(shard));
        }
        Topology topology = topology(shards);
        Settings read = topology == null
                ? null
                : new Settings(
                        sources,
                        topology,
                        below("function."),
                        catalogShard(shards),
                        settings.getOrDefault("catalog.schema", "hibernate_shards"),
                        ids(),
                        guard(),
                        parallelism(shards.size()));
        return problems.isEmpty() ? read : null;
    }

    private List<ShardId> shards() {
        Set<ShardId> shards = new LinkedHashSet<>();
        String text = settings.getOrDefault("shards", "");
        for (String name : Arrays.stream(text.split(","))
                .map(String::trim)
                .filter(s -> !s.isEmpty())
                .toList()) {
            try {
                if (!shards.add(ShardId.of(name))) {
                    problem("shards", "names \"" + name + "\" twice");
                }
            } catch (IllegalArgumentException e) {
                problem("shards", e.getMessage());
            }
        }
        if (shards.isEmpty() && problems.isEmpty()) {
            problem(
                    "shards",
                    "is missing: name the shards, such as \"east,west\", and give each its URL as "
                            + ShardSettings.SHARD + ".<name>.url");
        }
        return List.copyOf(shards);
    }

    private void unknown(List<ShardId> shards) {
        for (String name : settings.keySet()) {
            boolean known = NAMES.contains(name)
                    || name.startsWith("pin.")
                    || name.startsWith("function.")
                    || name.startsWith("pool.") && isPool(name.substring("pool.".length()))
                    || name.startsWith("shard.") && isOfShard(name.substring("shard.".length()), shards);
            if (!known) {
                problem(name, "there is no such setting; the class ShardSettings documents all of them");
            }
        }
    }

    private static boolean isPool(String property) {
        return PoolSettings.NAMES.contains(PoolSettings.name(property));
    }

    private boolean isOfShard(String rest, List<ShardId> shards) {
        int dot = rest.indexOf('.');
        if (dot < 0) {
            return false;
        }
        String shard = rest.substring(0, dot);
        String name = rest.substring(dot + 1);
        if (shards.stream().noneMatch(known -> known.name().equals(shard))) {
            problem(
                    "shard." + rest,
                    "there is no shard \"" + shard + "\"; " + ShardSettings.SHARDS + " names " + shards);
            return true;
        }
        return OF_A_SHARD.contains(name) || name.startsWith("pool.") && isPool(name.substring("pool.".length()));
    }

    private ShardSource source(ShardId shard) {
        String prefix = "shard." + shard + ".";
        String url = settings.getOrDefault(prefix + "url", "");
        if (url.isEmpty()) {
            problem(
                    prefix + "url",
                    "is missing: give the JDBC URL of the shard, such as jdbc:postgresql://host/database");
        } else if (!url.startsWith("jdbc:postgresql:")) {
            // the value may hold a password, so it is not repeated
            problem(prefix + "url", "must begin with jdbc:postgresql:");
        }
        Map<String, String> pool = new TreeMap<>();
        pool("pool.", pool);
        pool(prefix + "pool.", pool);
        return new ShardSource(
                shard,
                url,
                settings.getOrDefault(prefix + "username", settings.get("username")),
                settings.getOrDefault(prefix + "password", settings.get("password")),
                pool);
    }

    private void pool(String prefix, Map<String, String> into) {
        below(prefix).forEach((written, value) -> {
            String name = PoolSettings.name(written);
            if (PoolSettings.NAMES.contains(name)) {
                PoolSettings.problem(name, value)
                        .map(problem -> ShardSettings.PREFIX + prefix + written + " = " + value + ": " + problem)
                        .filter(problem -> !problems.contains(problem)) // those for all shards are read for each
                        .ifPresent(problems::add);
                into.put(name, value);
            }
        });
    }

    private @Nullable Topology topology(List<ShardId> shards) {
        try {
            return Assignments.topology(1, shards, settings);
        } catch (IllegalArgumentException e) {
            problems.addAll(String.valueOf(e.getMessage()).lines().toList());
            return null;
        }
    }

    private ShardId catalogShard(List<ShardId> shards) {
        String name = settings.get("catalog.shard");
        if (name == null) {
            return shards.get(0);
        }
        return shards.stream()
                .filter(shard -> shard.name().equals(name))
                .findFirst()
                .orElseGet(() -> {
                    problem("catalog.shard", "there is no shard \"" + name + "\"; there are " + shards);
                    return shards.get(0);
                });
    }

    private IdSettings ids() {
        int worker = number("id.worker", 0, IdSettings.WORKERS - 1, -1);
        int lease = number("id.lease", 300, Integer.MAX_VALUE, 60_000);
        int clockWait = number("id.clock-wait", 0, Integer.MAX_VALUE, 100);
        return new IdSettings(
                worker < 0 ? OptionalInt.empty() : OptionalInt.of(worker),
                Duration.ofMillis(lease),
                Duration.ofMillis(clockWait));
    }

    private Guard guard() {
        String text = settings.getOrDefault("guard.database", "none");
        try {
            return Guard.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            problem("guard.database", "is \"" + text + "\": use none or check");
            return Guard.NONE;
        }
    }

    private int parallelism(int shards) {
        return number("query.parallelism", 1, 10_000, Math.min(4 * shards, 64));
    }

    private int number(String name, int least, int most, int otherwise) {
        String text = settings.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        problem(
                name,
                "is \"" + text + "\": use a whole number "
                        + (most == Integer.MAX_VALUE ? "of at least " + least : "from " + least + " to " + most));
        return least;
    }

    private Map<String, String> below(String prefix) {
        Map<String, String> below = new TreeMap<>();
        settings.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                below.put(name.substring(prefix.length()), value);
            }
        });
        return below;
    }

    private void problem(String name, @Nullable String what) {
        problems.add(ShardSettings.PREFIX + name + " " + what);
    }
}
