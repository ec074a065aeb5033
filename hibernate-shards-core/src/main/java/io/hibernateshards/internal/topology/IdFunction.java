package io.hibernateshards.internal.topology;

import io.hibernateshards.IdStyle;
import io.hibernateshards.spi.BucketFunction;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@code id}: the bucket that a generated id carries in its bits. */
public final class IdFunction implements BucketFunction {
    private final IdStyle style;

    /**
     * @param style one that carries a bucket
     */
    public IdFunction(IdStyle style) {
        if (!style.carriesBucket()) {
            throw new IllegalArgumentException(style + " ids carry no bucket");
        }
        this.style = style;
    }

    @Override
    public Optional<String> check(List<Class<?>> types) {
        Class<?> needed = style == IdStyle.UUID_V7 ? UUID.class : Long.class;
        return types.equals(List.of(needed))
                ? Optional.empty()
                : Optional.of("id reads the bucket of one " + needed.getSimpleName() + " of style " + style);
    }

    @Override
    public int bucket(Object[] key) {
        return IdBits.bucket(style, key[0]);
    }

    @Override
    public Optional<String> sql(List<String> columns, List<Class<?>> types) {
        String column = columns.get(0);
        return Optional.of(
                switch (style) {
                    case TIME_BUCKET -> "(" + column + " >> 10 & 8191)::int";
                    case SEQUENCE -> "(" + column + " & 8191)::int";
                    case UUID_V7 ->
                        "(('x' || substr(replace(" + column + "::text, '-', ''), 17, 4))::bit(16)::int >> 1 & 8191)";
                    case SNOWFLAKE -> throw new IllegalStateException(style + " ids carry no bucket");
                });
    }
}
