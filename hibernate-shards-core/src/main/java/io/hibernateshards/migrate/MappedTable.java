package io.hibernateshards.migrate;

import io.hibernateshards.IdStyle;
import io.hibernateshards.internal.mapping.EntityPlacement;
import io.hibernateshards.internal.mapping.EntityPlacement.Sharded;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A table that is copied.
 *
 * @param name as SQL writes it
 * @param entity whose rows, or whose collection's rows, it holds
 * @param placement where they belong
 * @param from what comes after {@code from} in the source; the alias of the table is {@code t}
 * @param key expressions for the shard key; empty unless the rows are sharded
 * @param id the column whose values must name the bucket of their row, or null if none has to
 * @param idStyle how they would
 * @param problem why the rows cannot be placed, or null
 */
record MappedTable(
        String name,
        String entity,
        EntityPlacement placement,
        String from,
        List<String> key,
        @Nullable String id,
        @Nullable IdStyle idStyle,
        @Nullable String problem) {

    boolean isSharded() {
        return placement instanceof Sharded;
    }

    /** The types of the key's values, as the bucket function sees them. */
    List<Class<?>> keyTypes() {
        return placement instanceof Sharded sharded ? sharded.group().types() : List.of();
    }

    /** The key as a select list, each value as text that {@link KeyText} reads; ends with a comma unless empty. */
    String selectedKey() {
        return IntStream.range(0, key.size())
                .mapToObj(i ->
                        "(" + key.get(i) + ")::" + KeyText.sqlType(keyTypes().get(i)) + ", ")
                .collect(Collectors.joining());
    }

    /** That a row has no key. */
    String withoutKey() {
        return key.stream().map(one -> one + " is null").collect(Collectors.joining(" or "));
    }
}
