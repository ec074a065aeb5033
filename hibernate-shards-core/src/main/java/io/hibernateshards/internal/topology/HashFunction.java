package io.hibernateshards.internal.topology;

import io.hibernateshards.Buckets;
import io.hibernateshards.spi.BucketFunction;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * {@code hash}: PostgreSQL's own hash of the value, so that a server can compute and check it. Several values combine as
 * {@code hash_record_extended} does. That of a record of one column is the hash of the column, so one rule covers both;
 * {@code hash_combine64} of its hash partitioning is out of SQL's reach without a table that is partitioned.
 */
public final class HashFunction implements BucketFunction {
    private static final int MASK = Buckets.COUNT - 1;

    @Override
    public void configure(Context context) {
        Entries.refuse(Entries.unknown(context.settings(), Set.of()));
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        String refused = types.stream()
                .filter(type -> !isInteger(type) && type != String.class && type != UUID.class)
                .map(Class::getName)
                .collect(Collectors.joining(", "));
        return refused.isEmpty()
                ? Optional.empty()
                : Optional.of("a key of type " + refused
                        + " has no hash; use Short, Integer, Long, String, UUID or an enum, or a function of your own");
    }

    static boolean isInteger(Class<?> type) {
        return type == Long.class || type == Integer.class || type == Short.class;
    }

    @Override
    public int bucket(Object[] key) {
        return (int) hash(key) & MASK;
    }

    /** All 64 bits. */
    static long hash(Object[] key) {
        long hash = 0;
        for (Object value : key) {
            hash = PostgresHash.combine(hash, hash(value));
        }
        return hash;
    }

    private static long hash(Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short) {
            return PostgresHash.ofLong(((Number) value).longValue());
        }
        if (value instanceof String text) {
            return PostgresHash.ofText(text);
        }
        if (value instanceof UUID uuid) {
            return PostgresHash.ofUuid(uuid);
        }
        throw new IllegalArgumentException("a value of type " + value.getClass().getName() + " has no hash");
    }

    @Override
    public Optional<String> sql(List<String> columns, List<Class<?>> types) {
        return Optional.of("(" + hashSql(columns, types) + " & " + MASK + ")::int");
    }

    /** The expression for all 64 bits. */
    static String hashSql(List<String> columns, List<Class<?>> types) {
        if (columns.size() > 1) {
            return IntStream.range(0, columns.size())
                    .mapToObj(i -> operand(columns.get(i), types.get(i)))
                    .collect(Collectors.joining(", ", "hash_record_extended(row(", "), " + PostgresHash.SEED + ")"));
        }
        Class<?> type = types.get(0);
        String function =
                isInteger(type) ? "hashint8extended" : type == UUID.class ? "uuid_hash_extended" : "hashtextextended";
        return function + "(" + operand(columns.get(0), type) + ", " + PostgresHash.SEED + ")";
    }

    /** The casts matter where the column is numeric, a named enum, or has a collation that hashes anything but bytes. */
    static String operand(String column, Class<?> type) {
        return isInteger(type) ? column + "::bigint" : type == UUID.class ? column : column + "::text collate \"C\"";
    }
}
