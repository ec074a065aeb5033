package io.hibernateshards.boot;

import io.hibernateshards.Consistency;
import io.hibernateshards.ShardId;
import io.hibernateshards.ShardSettings;
import io.hibernateshards.Topology;
import io.hibernateshards.TransactionMode;
import io.hibernateshards.internal.cache.CacheSettings;
import io.hibernateshards.internal.connection.PoolSettings;
import io.hibernateshards.internal.connection.ShardSource;
import io.hibernateshards.internal.connection.UrlParameters;
import io.hibernateshards.internal.hot.HotKeySettings;
import io.hibernateshards.internal.id.IdSettings;
import io.hibernateshards.internal.scatter.CursorSigner;
import io.hibernateshards.internal.scatter.QueryBudget;
import io.hibernateshards.internal.scatter.QueryBudget.Scattering;
import io.hibernateshards.internal.schema.ShardSchemas.Guard;
import io.hibernateshards.internal.topology.Assignments;
import io.hibernateshards.internal.transaction.DecisionRetention;
import io.hibernateshards.spi.ShardObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code hibernate.shards.*}. Goes on after a problem, so that one start tells all of them. */
final class SettingsReader {
    private static final Set<String> NAMES = Set.of(
            "shards",
            "username",
            "password",
            "assignment",
            "assignment.virtual-nodes",
            "adopt",
            "catalog.shard",
            "catalog.schema",
            "id.worker",
            "id.lease",
            "id.clock-wait",
            "guard.database",
            "transaction.mode",
            "transaction.recovery-interval",
            "transaction.decision-retention",
            "transaction.max-decisions",
            "transaction.lock-timeout",
            "consistency",
            "replica.probe-interval",
            "replica.max-wait",
            "jvms",
            "query.parallelism",
            "query.scatter",
            "query.max-shards",
            "query.max-rows",
            "query.max-time",
            "query.gather-limit",
            "query.inline-limit",
            "query.cursor-secret",
            "hot-keys.sample",
            "hot-keys.log-share",
            "hot-keys.log-ids",
            "cache.coherence",
            "observer");
    private static final Pattern OF_A_REPLICA = Pattern.compile("replica\\.([A-Za-z0-9_-]{1,63})\\.(.*)");
    private static final Pattern ADOPTED = Pattern.compile("topology@[0-9a-f]{16}|[A-Za-z0-9_-]{1,63}@[0-9]+/[0-9]+");
    private static final Set<String> OF_A_SHARD =
            Set.of("url", "username", "password", "weight", "buckets", "listen-url");

    private static final Set<String> OF_A_REPLICA_ALONE = Set.of("url", "username", "password", "weight");

    private final Map<String, ?> all;
    private final Map<String, String> settings = new TreeMap<>();
    private final List<String> problems;

    /**
     * @param all of Hibernate's settings
     * @param problems takes a line for each problem
     */
    SettingsReader(Map<String, ?> all, List<String> problems) {
        this.problems = problems;
        this.all = all;
        all.forEach((name, value) -> {
            if (Settings.isOfFactory(name) && value != null) {
                String text = value instanceof Secret secret ? secret.value() : value.toString();
                settings.put(
                        name.substring(ShardSettings.PREFIX.length()),
                        Secret.isPassword(name) ? text : text.trim()); // a password may begin or end with a blank
            }
        });
    }

    /** The settings, of which none may be used if there are problems. */
    Settings read() {
        List<ShardId> shards = shards();
        unknown(shards);
        CacheSettings.read(all, problems);
        List<ShardSource> sources = new ArrayList<>();
        for (ShardId shard : shards) {
            sources.add(source(shard));
            sources.addAll(replicas(shard));
        }
        List<ShardId> someShards = shards.isEmpty() ? List.of(ShardId.of("none")) : shards;
        if (shards.isEmpty()) { // so that the rest can be checked too
            sources.add(new ShardSource(someShards.get(0), "", null, null, Map.of()));
        }
        return new Settings(
                sources,
                shards.isEmpty() ? evenly(someShards) : topology(shards),
                ofShards(shards),
                adopt(),
                below("function."),
                catalogShard(someShards),
                settings.containsKey("catalog.shard"),
                catalogSchema(),
                ids(),
                guard(),
                parallelism(someShards.size()),
                budget(),
                transactions(),
                Duration.ofMillis(number("transaction.recovery-interval", 100, Integer.MAX_VALUE, 60_000)),
                Duration.ofMillis(number("transaction.lock-timeout", 0, Integer.MAX_VALUE, 10_000)),
                new DecisionRetention(
                        Duration.ofHours(number("transaction.decision-retention", 1, Integer.MAX_VALUE, 168)),
                        number("transaction.max-decisions", 1000, Integer.MAX_VALUE, 10_000_000)),
                cursors(),
                hotKeys(),
                consistency(),
                Duration.ofMillis(number("replica.probe-interval", 10, Integer.MAX_VALUE, 250)),
                Duration.ofMillis(number("replica.max-wait", 0, 60_000, 20)),
                number("jvms", 1, 100_000, 1),
                coherence(),
                listenUrls(shards),
                observer());
    }

    private @Nullable ShardObserver observer() {
        Object given = all.get(ShardSettings.OBSERVER);
        if (given == null || given instanceof ShardObserver) {
            return (ShardObserver) given;
        }
        try {
            return Coherence.named(given.toString(), ShardObserver.class)
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | ClassCastException | LinkageError e) {
            problem(
                    "observer",
                    "is \"" + given + "\": use an object, or the name of a class with a public constructor without"
                            + " parameters, that implements " + ShardObserver.class.getName() + " (" + e + ")");
            return null;
        }
    }

    private Consistency consistency() {
        try {
            Consistency given = Consistency.of(settings.get("consistency"));
            return given == null ? Consistency.SESSION : given;
        } catch (IllegalArgumentException e) {
            problem(
                    "consistency",
                    "is \"" + settings.get("consistency")
                            + "\": use strong, session, eventual or bounded:<milliseconds>");
            return Consistency.SESSION;
        }
    }

    private List<String> named() {
        return Arrays.stream(settings.getOrDefault("shards", "").split(","))
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private List<ShardId> shards() {
        Set<ShardId> shards = new LinkedHashSet<>();
        List<String> named = named();
        for (String name : named) {
            try {
                if (!shards.add(ShardId.of(name))) {
                    problem("shards", "names \"" + name + "\" twice");
                }
            } catch (IllegalArgumentException e) {
                problem("shards", e.getMessage());
            }
        }
        if (named.isEmpty()) {
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
                    || name.startsWith("cache.") // read by its own
                    || name.startsWith("function.")
                    || isPoolOf(name)
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
            // a name that cannot be a shard's was reported where it is listed; with no shard at all, that is the
            // problem
            if (!shards.isEmpty() && !named().contains(shard)) {
                problem(
                        "shard." + rest,
                        "there is no shard \"" + shard + "\"; " + ShardSettings.SHARDS + " names " + shards);
            }
            return true;
        }
        Matcher replica = OF_A_REPLICA.matcher(name);
        return OF_A_SHARD.contains(name)
                || isPoolOf(name)
                || replica.matches() && (OF_A_REPLICA_ALONE.contains(replica.group(2)) || isPoolOf(replica.group(2)));
    }

    private static boolean isPoolOf(String name) {
        return name.startsWith("pool.") && isPool(name.substring("pool.".length()));
    }

    private ShardSource source(ShardId shard) {
        String prefix = "shard." + shard + ".";
        return checked(
                prefix,
                new ShardSource(
                        shard,
                        url(prefix, "shard, such as jdbc:postgresql://host/database"),
                        settings.getOrDefault(prefix + "username", settings.get("username")),
                        settings.getOrDefault(prefix + "password", settings.get("password")),
                        pool(List.of("pool.", prefix + "pool."))));
    }

    private ShardSource checked(String prefix, ShardSource source) {
        UrlParameters.problems(source).forEach(problem -> problem(prefix + "url", problem));
        return source;
    }

    /** What a replica does not say of itself is as its shard says. */
    private List<ShardSource> replicas(ShardId shard) {
        String of = "shard." + shard + ".";
        Set<String> names = new TreeSet<>();
        for (String setting : below(of).keySet()) {
            Matcher replica = OF_A_REPLICA.matcher(setting);
            if (replica.matches()) {
                names.add(replica.group(1));
            }
        }
        List<ShardSource> replicas = new ArrayList<>();
        for (String name : names) {
            String prefix = of + "replica." + name + ".";
            replicas.add(checked(
                    prefix,
                    new ShardSource(
                            shard,
                            name,
                            number(prefix + "weight", 1, 1000, 1),
                            url(prefix, "replica, such as jdbc:postgresql://host/database"),
                            first(prefix + "username", of + "username", "username"),
                            first(prefix + "password", of + "password", "password"),
                            pool(List.of("pool.", of + "pool.", prefix + "pool.")))));
        }
        return replicas;
    }

    private @Nullable String first(String... names) {
        for (String name : names) {
            if (settings.containsKey(name)) {
                return settings.get(name);
            }
        }
        return null;
    }

    private String url(String prefix, String of) {
        String url = settings.getOrDefault(prefix + "url", "");
        if (url.isEmpty()) {
            problem(prefix + "url", "is missing: give the JDBC URL of the " + of);
        } else {
            ShardSource.problem(url).ifPresent(problem -> problem(prefix + "url", problem));
        }
        return url;
    }

    /** What all of these say, the later before the earlier. */
    private Map<String, String> pool(List<String> prefixes) {
        Map<String, String> pool = new TreeMap<>();
        boolean readable = true;
        for (String prefix : prefixes) {
            readable &= pool(prefix, pool);
        }
        if (readable) {
            PoolSettings.unused(pool).forEach((name, problem) -> {
                String written = name;
                for (String prefix : prefixes) {
                    written = written(prefix, name).orElse(written);
                }
                add(ShardSettings.PREFIX + written + " = " + pool.get(name) + ": " + problem);
            });
        }
        return pool;
    }

    /** Whether all of them can be read. */
    private boolean pool(String prefix, Map<String, String> into) {
        boolean readable = true;
        for (Map.Entry<String, String> one : below(prefix).entrySet()) {
            String name = PoolSettings.name(one.getKey());
            if (PoolSettings.NAMES.contains(name)) {
                Optional<String> problem = PoolSettings.problem(name, one.getValue());
                problem.ifPresent(what ->
                        add(ShardSettings.PREFIX + prefix + one.getKey() + " = " + one.getValue() + ": " + what));
                readable &= problem.isEmpty();
                into.put(name, one.getValue());
            }
        }
        return readable;
    }

    private Optional<String> written(String prefix, String name) {
        return below(prefix).keySet().stream()
                .filter(written -> PoolSettings.name(written).equals(name))
                .map(written -> prefix + written)
                .findFirst();
    }

    /** What is set for all shards is read for each, and reported once. */
    private void add(String problem) {
        if (!problems.contains(problem)) {
            problems.add(problem);
        }
    }

    private Topology topology(List<ShardId> shards) {
        try {
            return Assignments.topology(1, shards, ofShards(shards));
        } catch (IllegalArgumentException e) {
            problems.addAll(String.valueOf(e.getMessage()).lines().toList());
            return evenly(shards);
        }
    }

    private static Topology evenly(List<ShardId> shards) {
        return Assignments.topology(1, shards, Map.of());
    }

    /** Without those of shards that do not exist: they have been reported. */
    private Map<String, String> ofShards(List<ShardId> shards) {
        Map<String, String> known = new TreeMap<>(settings);
        known.keySet()
                .removeIf(name -> name.startsWith("shard.")
                        && (name.contains(".replica.")
                                || shards.stream().noneMatch(shard -> name.startsWith("shard." + shard + "."))));
        return known;
    }

    private Set<String> adopt() {
        Set<String> adopt = new TreeSet<>();
        for (String one : settings.getOrDefault("adopt", "").split(",", 0)) {
            String token = one.trim();
            if (!token.isEmpty()) {
                if (!ADOPTED.matcher(token).matches()) {
                    problem(
                            "adopt",
                            "has \"" + token + "\": copy what the error of the start said, such as"
                                    + " east@7301234567890123456/16384 or topology@0123456789abcdef");
                }
                adopt.add(token);
            }
        }
        return adopt;
    }

    private ShardId catalogShard(List<ShardId> shards) {
        String name = settings.get("catalog.shard");
        if (name == null || named().isEmpty()) {
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

    private String catalogSchema() {
        String schema = settings.getOrDefault("catalog.schema", "hibernate_shards");
        if (schema.isEmpty() || schema.contains("\"") || schema.length() > 63) {
            problem("catalog.schema", "is \"" + schema + "\": use a name of 1 to 63 characters, without quotes");
        }
        return schema;
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

    /** Null if the servers are to say. */
    private @Nullable TransactionMode transactions() {
        String text = settings.get("transaction.mode");
        try {
            return TransactionMode.of(text);
        } catch (IllegalArgumentException e) {
            problem("transaction.mode", "is \"" + text + "\": use two-phase, single-shard or best-effort");
            return null;
        }
    }

    private int parallelism(int shards) {
        return number("query.parallelism", 1, 10_000, Math.min(4 * shards, 64));
    }

    private CursorSigner cursors() {
        String secret = settings.get("query.cursor-secret");
        if (secret != null && secret.length() < 16) {
            problem("query.cursor-secret", "is shorter than 16 characters: anybody could sign cursors");
        }
        return new CursorSigner(secret);
    }

    private String coherence() {
        String text = settings.getOrDefault("cache.coherence", Coherence.NONE);
        String problem = Coherence.problem(text);
        if (problem != null) {
            problem("cache.coherence", problem);
        }
        return text;
    }

    private Map<ShardId, String> listenUrls(List<ShardId> shards) {
        Map<ShardId, String> urls = new TreeMap<>();
        for (ShardId shard : shards) {
            String name = "shard." + shard + ".listen-url";
            String url = settings.get(name);
            if (url != null) {
                ShardSource.problem(url).ifPresent(problem -> problem(name, problem));
                UrlParameters.malformed(url).forEach(problem -> problem(name, problem));
                urls.put(shard, url);
            }
        }
        return urls;
    }

    private HotKeySettings hotKeys() {
        return new HotKeySettings(
                number("hot-keys.sample", 0, Integer.MAX_VALUE, HotKeySettings.SAMPLE),
                number("hot-keys.log-share", 0, 100, HotKeySettings.LOG_SHARE),
                truth("hot-keys.log-ids"));
    }

    private boolean truth(String name) {
        String text = settings.getOrDefault(name, "false");
        if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
            problem(name, "is \"" + text + "\": use true or false");
        }
        return Boolean.parseBoolean(text);
    }

    private QueryBudget budget() {
        String text = settings.getOrDefault("query.scatter", "allow");
        Scattering scattering = Scattering.ALLOW;
        try {
            scattering = Scattering.of(text);
        } catch (IllegalArgumentException e) {
            problem("query.scatter", "is \"" + text + "\": use allow, warn or deny");
        }
        return new QueryBudget(
                scattering,
                number("query.max-shards", 1, Integer.MAX_VALUE, Integer.MAX_VALUE),
                number("query.max-rows", 1, Integer.MAX_VALUE, Integer.MAX_VALUE),
                number("query.gather-limit", 0, Integer.MAX_VALUE, QueryBudget.GATHERED),
                number("query.inline-limit", 0, Integer.MAX_VALUE, QueryBudget.INLINED),
                number("query.max-time", 1, Integer.MAX_VALUE, Integer.MAX_VALUE));
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
