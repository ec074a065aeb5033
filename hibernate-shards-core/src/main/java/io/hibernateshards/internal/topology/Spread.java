package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Some buckets that share the keys of a range or of a list, each key in the one that its hash picks. */
final class Spread {
    private static final int BITS = Integer.MAX_VALUE;

    private final Buckets buckets;
    private final int[] all;

    /** @param buckets one or more */
    Spread(Buckets buckets) {
        this.buckets = buckets;
        this.all = buckets.toArray();
    }

    Buckets buckets() {
        return buckets;
    }

    int bucket(Object[] hashable) {
        // 31 bits, not the 13 of a bucket: else some of 5000 buckets would get twice the keys of others
        return all[(int) (HashFunction.hash(hashable) & BITS) % all.length];
    }

    /** @param hash an expression for all 64 bits of the hash */
    String sql(String hash) {
        String index = "((" + hash + " & " + BITS + ") % " + all.length + ")::int";
        if (all[all.length - 1] - all[0] == all.length - 1) {
            return all[0] + " + " + index;
        }
        List<String> numbers = Arrays.stream(all).mapToObj(String::valueOf).toList();
        return numbers.stream().collect(Collectors.joining(",", "('{", "}'::int[])[1 + " + index + "]"));
    }
}
