package io.hibernateshards.internal.schema;

import io.hibernateshards.spi.BucketFunction;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.hibernate.boot.Metadata;
import org.hibernate.dialect.Dialect;
import org.hibernate.mapping.Column;

/**
 * How a row of a table tells its bucket.
 *
 * @param entity whose rows they are
 * @param columns of the key, or of an id that carries the bucket
 * @param function maps their values to a bucket
 * @param types of the values
 */
record TableKey(String entity, List<Column> columns, BucketFunction function, List<Class<?>> types) {
    private static final Pattern INTEGER = Pattern.compile("(big|small)?int(eger|[248])?");

    /** As the key of the rows of another entity, which lives with that one. */
    TableKey of(String other) {
        return new TableKey(other, columns, function, types);
    }

    /** An int expression over {@code NEW}, if PostgreSQL can compute it. */
    Optional<String> sql(Metadata metadata) {
        Dialect dialect = metadata.getDatabase().getDialect();
        return function.sql(
                IntStream.range(0, columns.size())
                        .mapToObj(i -> operand(
                                "new." + columns.get(i).getQuotedName(dialect),
                                columns.get(i).getSqlType(metadata),
                                i < types.size() ? types.get(i) : Object.class))
                        .toList(),
                types);
    }

    /** PostgreSQL's functions are of the value's own type, which the column need not have. */
    private static String operand(String column, String columnType, Class<?> type) {
        String is = columnType.strip().toLowerCase(Locale.ROOT);
        if (type == UUID.class && !is.equals("uuid")) {
            return (is.equals("bytea") ? "encode(" + column + ", 'hex')" : column) + "::uuid";
        }
        boolean number = type == Long.class || type == Integer.class || type == Short.class;
        return number && !INTEGER.matcher(is).matches() ? column + "::bigint" : column;
    }
}
