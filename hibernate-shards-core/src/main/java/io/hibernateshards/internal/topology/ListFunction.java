package io.hibernateshards.internal.topology;

import io.hibernateshards.spi.BucketFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code list}: named values to buckets, by {@code values = DE|AT|CH=0-99, FR=100-199} and optionally {@code default =
 * 200-8191} for all others. Of several attributes the first is the one that is listed. Among its buckets a key has the one
 * that the hash of the whole key picks.
 */
final class ListFunction implements BucketFunction {
    private static final Pattern BAR = Pattern.compile("\\s*\\|\\s*");

    private final HashFunction hash = new HashFunction();
    private final Map<String, Spread> spreads = new LinkedHashMap<>();
    private @Nullable Spread others;

    @Override
    public void configure(Context context) {
        Map<String, String> settings = context.settings();
        List<String> problems = Entries.unknown(settings, Set.of("values", "default"));
        try {
            Entries.entries(settings.getOrDefault("values", "")).forEach(entry -> read(entry, problems));
            if (spreads.isEmpty() && problems.isEmpty()) {
                problems.add("values is missing; write it as DE|AT=0-4095, FR=4096-8191");
            }
        } catch (IllegalArgumentException e) {
            problems.add("values: " + e.getMessage());
        }
        try {
            String rest = settings.get("default");
            others = rest == null ? null : new Spread(Entries.buckets(rest));
        } catch (IllegalArgumentException e) {
            problems.add("default: " + e.getMessage());
        }
        Entries.refuse(problems);
    }

    private void read(Entries.Entry entry, List<String> problems) {
        Spread spread;
        try {
            spread = new Spread(Entries.buckets(entry.right()));
        } catch (IllegalArgumentException e) {
            problems.add("values: " + entry.left() + ": " + e.getMessage());
            return;
        }
        BAR.splitAsStream(entry.left()).forEach(value -> {
            if (spreads.put(value, spread) != null) {
                problems.add("values: \"" + value + "\" is listed twice");
            }
        });
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        return hash.check(types);
    }

    @Override
    public int bucket(Object[] key) {
        int bucket = find(key);
        if (bucket < 0) {
            throw new IllegalArgumentException(
                    "\"" + key[0] + "\" is not in " + spreads.keySet() + "; add it to the values, or set a default");
        }
        return bucket;
    }

    @Override
    public int find(Object[] key) {
        Spread spread = spreads.getOrDefault(key[0].toString(), others);
        return spread == null ? -1 : spread.bucket(key);
    }

    @Override
    public Optional<String> sql(List<String> columns, List<Class<?>> types) {
        String hashed = HashFunction.hashSql(columns, types);
        Map<Spread, List<String>> values = new LinkedHashMap<>();
        spreads.forEach((value, spread) ->
                values.computeIfAbsent(spread, s -> new ArrayList<>()).add(SqlLiteral.of(value)));
        String cases = values.entrySet().stream()
                .map(entry -> "when " + columns.get(0) + "::text collate \"C\" in ("
                        + String.join(", ", entry.getValue()) + ") then "
                        + entry.getKey().sql(hashed))
                .collect(Collectors.joining(" "));
        Spread rest = others;
        return Optional.of("(case " + cases + " else " + (rest == null ? "-1" : rest.sql(hashed)) + " end)");
    }
}
