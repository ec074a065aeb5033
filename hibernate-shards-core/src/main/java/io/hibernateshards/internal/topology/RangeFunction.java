package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.spi.BucketFunction;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code range}: runs of key values to runs of buckets, by {@code ranges = ..100=0-1023, 100..200=1024-2047, 200..=2048}.
 * The lower bound belongs to a range, the upper does not. Keys are integers, dates ({@code 2026-01-31}) or text, which is
 * in the order of its code points. Within its range a key's bucket is chosen by {@code hash}.
 */
public final class RangeFunction implements BucketFunction {
    private record Range(@Nullable String from, @Nullable String to, List<Integer> buckets) {}

    private static final Comparator<Object> ORDER = RangeFunction::compare;

    private final HashFunction hash = new HashFunction();
    private List<Range> ranges = List.of();
    private volatile @Nullable Parsed parsed;

    /** The bounds as values of the key's type, which the first key tells. */
    private record Parsed(Class<?> kind, TreeMap<Object, Range> byFrom, @Nullable Range lowest) {}

    @Override
    public void configure(Context context) {
        Map<String, String> settings = context.settings();
        String text = settings.get("ranges");
        if (text == null) {
            throw new IllegalArgumentException(
                    "range needs the setting \"ranges\", such as ..100=0-4095, 100..=4096-8191");
        }
        List<Range> read = new ArrayList<>();
        for (Entries.Entry entry : Entries.entries(text)) {
            int dots = entry.left().indexOf("..");
            if (dots < 0) {
                throw new IllegalArgumentException("\"" + entry.left() + "\" is no range such as 100..200");
            }
            String from = entry.left().substring(0, dots).trim();
            String to = entry.left().substring(dots + 2).trim();
            read.add(new Range(
                    from.isEmpty() ? null : from,
                    to.isEmpty() ? null : to,
                    Arrays.stream(Entries.buckets(entry.right()).toArray())
                            .boxed()
                            .toList()));
        }
        ranges = List.copyOf(read);
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        if (types.size() != 1) {
            return Optional.of("range places keys of one attribute, not of " + types.size());
        }
        Class<?> type = types.get(0);
        if (type != Long.class
                && type != Integer.class
                && type != Short.class
                && type != String.class
                && type != LocalDate.class) {
            return Optional.of("range cannot place a key of type " + type.getName()
                    + "; use Short, Integer, Long, String or LocalDate");
        }
        try {
            parse(kind(type));
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static Class<?> kind(Class<?> type) {
        return Number.class.isAssignableFrom(type) ? Number.class : type;
    }

    private Parsed parsed(Object key) {
        Parsed current = parsed;
        Class<?> kind = kind(key.getClass());
        if (current == null || current.kind() != kind) {
            current = parse(kind);
            parsed = current;
        }
        return current;
    }

    private Parsed parse(Class<?> kind) {
        TreeMap<Object, Range> byFrom = new TreeMap<>(ORDER);
        Range lowest = null;
        for (Range range : ranges) {
            if (range.from() == null) {
                if (lowest != null) {
                    throw new IllegalArgumentException("two ranges without a lower bound");
                }
                lowest = range;
            } else if (byFrom.put(value(kind, range.from()), range) != null) {
                throw new IllegalArgumentException("two ranges begin at " + range.from());
            }
        }
        Range before = lowest;
        for (Map.Entry<Object, Range> entry : byFrom.entrySet()) {
            if (before != null && (before.to() == null || compare(value(kind, before.to()), entry.getKey()) > 0)) {
                throw new IllegalArgumentException(
                        "the range that begins at " + entry.getValue().from() + " overlaps the one before it");
            }
            before = entry.getValue();
        }
        return new Parsed(kind, byFrom, lowest);
    }

    private static Object value(Class<?> kind, String text) {
        try {
            return kind == Number.class ? new BigDecimal(text) : kind == LocalDate.class ? LocalDate.parse(text) : text;
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("the bound \"" + text + "\" is no " + kind.getSimpleName(), e);
        }
    }

    private static int compare(Object a, Object b) {
        if (a instanceof String left && b instanceof String right) {
            return compareCodePoints(left, right);
        }
        if (a instanceof LocalDate left && b instanceof LocalDate right) {
            return left.compareTo(right);
        }
        return new BigDecimal(a.toString()).compareTo(new BigDecimal(b.toString()));
    }

    private static int compareCodePoints(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // surrogates stand for code points above all others
                boolean high = Character.isSurrogate(x);
                return high == Character.isSurrogate(y) ? Character.compare(x, y) : high ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    @Override
    public int bucket(Object[] key) {
        int bucket = find(key);
        if (bucket < 0) {
            throw new IllegalArgumentException("no range holds " + key[0]);
        }
        return bucket;
    }

    @Override
    public int find(Object[] key) {
        Parsed bounds = parsed(key[0]);
        Map.Entry<Object, Range> entry = bounds.byFrom().floorEntry(key[0]);
        Range range = entry != null ? entry.getValue() : bounds.lowest();
        if (range == null || range.to() != null && compare(key[0], value(bounds.kind(), range.to())) >= 0) {
            return -1;
        }
        Object hashed = key[0] instanceof LocalDate date ? Long.valueOf(date.toEpochDay()) : key[0];
        return range.buckets()
                .get(hash.bucket(new Object[] {hashed}) % range.buckets().size());
    }

    @Override
    public Buckets between(@Nullable Object from, @Nullable Object to) {
        Object sample = from != null ? from : to;
        if (sample == null) {
            return Buckets.ALL;
        }
        Class<?> kind = kind(sample.getClass());
        Buckets found = Buckets.NONE;
        for (Range range : ranges) {
            boolean above = to != null && range.from() != null && compare(value(kind, range.from()), to) > 0;
            boolean below = from != null && range.to() != null && compare(value(kind, range.to()), from) <= 0;
            if (!above && !below) {
                for (int bucket : range.buckets()) {
                    found = found.or(Buckets.of(bucket));
                }
            }
        }
        return found;
    }
}
