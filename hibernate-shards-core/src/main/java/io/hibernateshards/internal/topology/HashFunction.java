package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.spi.BucketFunction;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code hash}: PostgreSQL's own hash of the value, so that a server can compute and check it. Several values combine as
 * {@code hash_record_extended} does, which SQL can call where {@code hash_combine64} of its hash partitioning has no name.
 */
public final class HashFunction implements BucketFunction {
    private static final int MASK = Buckets.COUNT - 1;

    @Override
    public Optional<String> check(List<Class<?>> types) {
        for (Class<?> type : types) {
            if (!isInteger(type) && type != String.class && type != UUID.class) {
                return Optional.of("hash cannot place a key of type " + type.getName()
                        + "; use Short, Integer, Long, String, UUID or an enum, or another function");
            }
        }
        return Optional.empty();
    }

    private static boolean isInteger(Class<?> type) {
        return type == Long.class || type == Integer.class || type == Short.class;
    }

    @Override
    public int bucket(Object[] key) {
        if (key.length == 1) {
            return (int) hash(key[0]) & MASK;
        }
        long hash = 0;
        for (Object value : key) {
            hash = PostgresHash.combine(hash, hash(value));
        }
        return (int) hash & MASK;
    }

    private static long hash(Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short) {
            return PostgresHash.hashLong(((Number) value).longValue());
        }
        if (value instanceof UUID uuid) {
            return PostgresHash.hashUuid(uuid);
        }
        if (value instanceof String text) {
            return PostgresHash.hashText(text);
        }
        throw new IllegalArgumentException(
                "hash cannot place a " + value.getClass().getName());
    }

    @Override
    public Optional<String> sql(List<String> columns, List<Class<?>> types) {
        if (columns.size() > 1) {
            return Optional.of("(hash_record_extended(row(" + String.join(", ", columns) + "), " + PostgresHash.SEED
                    + ") & " + MASK + ")::int");
        }
        Class<?> type = types.get(0);
        String function = type == UUID.class
                ? "uuid_hash_extended"
                : type == String.class ? "hashtextextended" : "hashint8extended";
        return Optional.of("(" + function + "(" + columns.get(0) + ", " + PostgresHash.SEED + ") & " + MASK + ")::int");
    }
}
