package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.spi.BucketFunction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code range}: runs of key values to buckets, by {@code ranges = ..100=0-1023, 100..200=1024-2047, 200..=2048-8191}. The
 * lower bound belongs to a range, the upper does not. Keys are integers, dates ({@code 2026-01-31}) or text, which is in
 * the order of its code points. Among the buckets of its range a key has the one that its hash picks.
 *
 * <p>A query's bounds narrow text down only with {@code collation = C}, which promises that the column compares by code
 * points too. In any other order a text between two others may lie in a range that is not between theirs.
 */
final class RangeFunction implements BucketFunction {
    /** As written; what a bound means depends on the kind of the key. */
    private record Written(@Nullable String from, @Nullable String to, Spread spread) {}

    private record Range(@Nullable Object from, @Nullable Object to, Spread spread) {
        @Override
        public String toString() {
            return (from == null ? "" : from) + ".." + (to == null ? "" : to);
        }
    }

    private List<Written> written = List.of();
    private boolean codePointOrder;

    /** In ascending order, or what is wrong with them for that kind of key. */
    private final Map<KeyKind, List<Range>> ranges = new EnumMap<>(KeyKind.class);

    private final Map<KeyKind, String> problemsOf = new EnumMap<>(KeyKind.class);

    @Override
    public void configure(Context context) {
        Map<String, String> settings = context.settings();
        List<String> problems = Entries.unknown(settings, Set.of("ranges", "collation"));
        List<Written> read = new ArrayList<>();
        try {
            Entries.entries(settings.getOrDefault("ranges", "")).forEach(entry -> read(entry, read, problems));
            if (read.isEmpty() && problems.isEmpty()) {
                problems.add("ranges is missing; write it as ..100=0-4095, 100..=4096-8191");
            }
        } catch (IllegalArgumentException e) {
            problems.add("ranges: " + e.getMessage());
        }
        String collation = settings.getOrDefault("collation", "");
        if (!collation.isEmpty() && !collation.equals("C")) {
            problems.add("collation = " + collation + ": leave it out, or say C if the column compares by code points");
        }
        Entries.refuse(problems);
        written = List.copyOf(read);
        codePointOrder = collation.equals("C");
        String first = "";
        for (KeyKind kind : KeyKind.values()) {
            List<String> wrong = new ArrayList<>();
            List<Range> bounds = bounds(kind, wrong);
            boolean readable = wrong.isEmpty();
            ranges.put(kind, ordered(kind, bounds, wrong));
            if (!wrong.isEmpty()) {
                problemsOf.put(kind, String.join("; ", wrong));
                first = readable && first.isEmpty() ? problemsOf.get(kind) : first;
            }
        }
        if (problemsOf.size() == KeyKind.values().length) {
            throw new IllegalArgumentException("ranges: " + first);
        }
    }

    private static void read(Entries.Entry entry, List<Written> read, List<String> problems) {
        int dots = entry.left().indexOf("..");
        if (dots < 0) {
            problems.add("ranges: \"" + entry.left() + "\" is no range such as 100..200");
            return;
        }
        String from = entry.left().substring(0, dots).trim();
        String to = entry.left().substring(dots + 2).trim();
        try {
            Spread spread = new Spread(Entries.buckets(entry.right()));
            read.add(new Written(from.isEmpty() ? null : from, to.isEmpty() ? null : to, spread));
        } catch (IllegalArgumentException e) {
            problems.add("ranges: " + entry.left() + ": " + e.getMessage());
        }
    }

    private List<Range> bounds(KeyKind kind, List<String> problems) {
        List<Range> bounds = new ArrayList<>();
        for (Written range : written) {
            try {
                bounds.add(new Range(bound(kind, range.from()), bound(kind, range.to()), range.spread()));
            } catch (IllegalArgumentException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        return bounds;
    }

    private static List<Range> ordered(KeyKind kind, List<Range> bounds, List<String> problems) {
        List<Range> ordered = new ArrayList<>(bounds);
        ordered.sort(Comparator.comparing(Range::from, Comparator.nullsFirst(kind::compare)));
        Range before = null;
        for (Range range : ordered) {
            if (range.from() != null && range.to() != null && kind.compare(range.from(), range.to()) >= 0) {
                problems.add("the range " + range + " is empty");
            }
            if (before != null && overlap(kind, before, range)) {
                problems.add("the ranges " + before + " and " + range + " overlap");
            }
            before = range;
        }
        return List.copyOf(ordered);
    }

    private static @Nullable Object bound(KeyKind kind, @Nullable String text) {
        return text == null ? null : kind.parse(text);
    }

    private static boolean overlap(KeyKind kind, Range before, Range range) {
        return before.to() == null || range.from() == null || kind.compare(before.to(), range.from()) > 0;
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        KeyKind kind = types.size() == 1 ? KeyKind.of(types.get(0)) : null;
        if (kind == null) {
            return Optional.of("range places keys of one Short, Integer, Long, String or LocalDate, not of "
                    + types.stream().map(Class::getName).toList());
        }
        return Optional.ofNullable(problemsOf.get(kind));
    }

    @Override
    public int bucket(Object[] key) {
        int bucket = find(key);
        if (bucket < 0) {
            throw new IllegalArgumentException("no range holds " + key[0] + "; add one that does");
        }
        return bucket;
    }

    @Override
    public int find(Object[] key) {
        KeyKind kind = KeyKind.of(key[0].getClass());
        if (kind == null) {
            throw new IllegalArgumentException("a " + key[0].getClass().getName() + " has no range");
        }
        Range range = rangeOf(kind, kind.comparable(key[0]));
        return range == null ? -1 : range.spread().bucket(new Object[] {kind.hashable(key[0])});
    }

    private @Nullable Range rangeOf(KeyKind kind, Object value) {
        List<Range> sorted = ranges.getOrDefault(kind, List.of());
        int low = 0;
        int high = sorted.size();
        while (low < high) { // to the first range that begins after the value
            int middle = (low + high) >>> 1;
            Object from = sorted.get(middle).from();
            if (from == null || kind.compare(from, value) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Range range = low == 0 ? null : sorted.get(low - 1);
        return range == null || (range.to() != null && kind.compare(value, range.to()) >= 0) ? null : range;
    }

    @Override
    public Buckets between(@Nullable Object from, @Nullable Object to) {
        Object sample = from != null ? from : to;
        KeyKind kind = sample == null ? null : KeyKind.of(sample.getClass());
        boolean comparable = kind != null && (to == null || KeyKind.of(to.getClass()) == kind);
        if (kind == null || !comparable || (kind == KeyKind.TEXT && !codePointOrder)) {
            return Buckets.ALL;
        }
        Object lower = from == null ? null : kind.comparable(from);
        Object upper = to == null ? null : kind.comparable(to);
        Buckets found = Buckets.NONE;
        for (Range range : ranges.getOrDefault(kind, List.of())) {
            boolean above = upper != null && range.from() != null && kind.compare(range.from(), upper) > 0;
            boolean below = lower != null && range.to() != null && kind.compare(range.to(), lower) <= 0;
            if (!above && !below) {
                found = found.or(range.spread().buckets());
            }
        }
        return found;
    }

    @Override
    public Optional<String> sql(List<String> columns, List<Class<?>> types) {
        KeyKind kind = KeyKind.of(types.get(0));
        if (kind == null) {
            return Optional.empty();
        }
        String column = columns.get(0);
        String value = kind.comparableSql(column);
        Class<?> hashed = kind == KeyKind.TEXT ? String.class : Long.class;
        String hash = HashFunction.hashSql(List.of(kind.hashableSql(column)), List.of(hashed));
        StringBuilder cases = new StringBuilder("(case");
        for (Range range : ranges.getOrDefault(kind, List.of())) {
            String from = range.from() == null ? "" : value + " >= " + kind.literal(range.from());
            String to = range.to() == null ? "" : value + " < " + kind.literal(range.to());
            String condition = from.isEmpty() ? to : to.isEmpty() ? from : from + " and " + to;
            cases.append(" when ")
                    .append(condition.isEmpty() ? "true" : condition)
                    .append(" then ")
                    .append(range.spread().sql(hash));
        }
        return Optional.of(cases.append(" else -1 end)").toString());
    }
}
