package io.hibernateshards.internal.topology;

import io.hibernateshards.spi.BucketFunction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code list}: named values to runs of buckets, by {@code values = DE|AT|CH=0-99, FR=100-199} and optionally
 * {@code default = 200-8191} for all others. Of several attributes the first decides the run. Within it the bucket is
 * chosen by {@code hash} of the whole key.
 */
public final class ListFunction implements BucketFunction {
    private static final Pattern BAR = Pattern.compile("\\s*\\|\\s*");

    private final HashFunction hash = new HashFunction();
    private final Map<String, int[]> runs = new HashMap<>();
    private int @Nullable [] others;

    @Override
    public void configure(Context context) {
        Map<String, String> settings = context.settings();
        String values = settings.get("values");
        if (values == null) {
            throw new IllegalArgumentException("list needs the setting \"values\", such as DE|AT=0-4095, FR=4096-8191");
        }
        List<String> problems = new ArrayList<>();
        for (Entries.Entry entry : Entries.entries(values)) {
            int[] buckets = Entries.buckets(entry.right()).toArray();
            BAR.splitAsStream(entry.left()).forEach(value -> {
                if (runs.put(value, buckets) != null) {
                    problems.add("\"" + value + "\" is listed twice");
                }
            });
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        String rest = settings.get("default");
        others = rest == null ? null : Entries.buckets(rest).toArray();
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        return hash.check(types);
    }

    @Override
    public int bucket(Object[] key) {
        int bucket = find(key);
        if (bucket < 0) {
            throw new IllegalArgumentException("\"" + key[0] + "\" is not listed, and there is no default");
        }
        return bucket;
    }

    @Override
    public int find(Object[] key) {
        int[] run = runs.getOrDefault(key[0].toString(), others);
        return run == null ? -1 : run[hash.bucket(key) % run.length];
    }
}
