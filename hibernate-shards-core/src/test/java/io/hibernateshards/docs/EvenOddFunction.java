package io.hibernateshards.docs;

import io.hibernateshards.spi.BucketFunction;
import java.util.List;
import java.util.Optional;

/** Even numbers in the lower half of the buckets, odd ones in the upper half. */
public final class EvenOddFunction implements BucketFunction {
    private static final int HALF = 4096;

    @Override
    public Optional<String> check(List<Class<?>> types) {
        return types.equals(List.of(Long.class))
                ? Optional.empty()
                : Optional.of("EvenOddFunction places keys of one Long, not " + types);
    }

    @Override
    public int bucket(Object[] key) {
        long number = (Long) key[0];
        int within = (int) Math.floorMod(number >> 1, (long) HALF);
        return (number & 1) == 0 ? within : HALF + within;
    }
}
