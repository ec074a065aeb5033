package io.hibernateshards.internal.topology;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.hibernateshards.spi.BucketFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code directory}: a table in the catalog that names the bucket of each key. A key that is stored for the first time is
 * given the bucket with the fewest keys on the shard with the fewest keys, or refused ({@code unknown = assign | refuse}).
 *
 * <p>The bucket of a key never changes, so it is cached ({@code cache-size} keys, 100000 unless set). That a key is unknown
 * is never cached: another JVM may store it at any time, and a find must see it from then on.
 */
final class DirectoryFunction implements BucketFunction {
    private static final long CACHE_SIZE = 100_000;

    private final HashFunction hash = new HashFunction();
    private final String name;
    private boolean assign = true;
    private @Nullable DirectoryTable table;
    private Cache<String, Integer> cache = cache(CACHE_SIZE);

    /** @param name by which the rows of this directory are told from those of others */
    public DirectoryFunction(String name) {
        this.name = name;
    }

    private static Cache<String, Integer> cache(long size) {
        return Caffeine.newBuilder().maximumSize(size).build();
    }

    @Override
    public void configure(Context context) {
        Map<String, String> settings = context.settings();
        List<String> problems = new ArrayList<>(Entries.unknown(settings, Set.of("unknown", "cache-size")));
        String unknown = settings.getOrDefault("unknown", "assign");
        if (!unknown.equals("assign") && !unknown.equals("refuse")) {
            problems.add("unknown = " + unknown + ": use assign or refuse");
        }
        String size = settings.getOrDefault("cache-size", String.valueOf(CACHE_SIZE));
        if (!size.matches("[0-9]{1,12}")) {
            problems.add("cache-size = " + size + ": use a whole number of keys");
        }
        Entries.refuse(problems);
        assign = unknown.equals("assign");
        cache = cache(Long.parseLong(size));
        table = new DirectoryTable(name, context);
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        return hash.check(types);
    }

    @Override
    public int bucket(Object[] key) {
        String text = text(key);
        int bucket = find(text);
        if (bucket < 0) {
            if (!assign) {
                throw new IllegalArgumentException("\"" + text + "\" is not in the directory \"" + name
                        + "\"; add it there, or set unknown = assign");
            }
            bucket = table().assign(text);
            cache.put(text, bucket);
        }
        return bucket;
    }

    @Override
    public int find(Object[] key) {
        return find(text(key));
    }

    private int find(String text) {
        Integer known = cache.getIfPresent(text);
        if (known != null) {
            return known;
        }
        int bucket = table().find(text);
        if (bucket >= 0) {
            cache.put(text, bucket);
        }
        return bucket;
    }

    private DirectoryTable table() {
        return Objects.requireNonNull(table, "not configured");
    }

    /** Several values have their lengths before them, so that no two keys have the same text. */
    private static String text(Object[] key) {
        if (key.length == 1) {
            return key[0].toString();
        }
        StringBuilder text = new StringBuilder();
        for (Object value : key) {
            String part = value.toString();
            text.append(part.length()).append(':').append(part);
        }
        return text.toString();
    }
}
