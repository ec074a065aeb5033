package io.hibernateshards.internal.topology;

import io.hibernateshards.IdStyle;
import io.hibernateshards.spi.BucketFunction;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@code id}: the bucket that a generated id carries in its bits, as {@link IdBits} lays them out. */
public final class IdFunction implements BucketFunction {
    private final IdStyle style;

    /** @throws IllegalArgumentException if ids of that style carry no bucket */
    public IdFunction(IdStyle style) {
        if (!style.carriesBucket()) {
            throw new IllegalArgumentException(style + " ids carry no bucket; use hash, or another style");
        }
        this.style = style;
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        Class<?> needed = style == IdStyle.UUID_V7 ? UUID.class : Long.class;
        return types.equals(List.of(needed))
                ? Optional.empty()
                : Optional.of("id reads the bucket of one " + needed.getSimpleName() + " of style " + style
                        + ", not of " + types.stream().map(Class::getName).toList());
    }

    @Override
    public int bucket(Object[] key) {
        return IdBits.bucket(style, key[0]);
    }

    @Override
    public Optional<String> sql(List<String> columns, List<Class<?>> types) {
        String id = columns.get(0);
        return Optional.of(
                switch (style) {
                    case TIME_BUCKET -> "((" + id + " >> 10) & 8191)::int";
                    case SEQUENCE -> "(" + id + " & 8191)::int";
                    case UUID_V7 -> {
                        String bytes = "uuid_send(" + id + ")";
                        yield "(((get_byte(" + bytes + ", 8) << 7) | (get_byte(" + bytes + ", 9) >> 1)) & 8191)";
                    }
                    case SNOWFLAKE -> throw new IllegalStateException(style + " ids carry no bucket");
                });
    }
}
