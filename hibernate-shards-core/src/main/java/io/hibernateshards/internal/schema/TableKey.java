package io.hibernateshards.internal.schema;

import io.hibernateshards.spi.BucketFunction;
import java.util.List;
import java.util.Optional;
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
    /** As the key of the rows of another entity, which lives with that one. */
    TableKey of(String other) {
        return new TableKey(other, columns, function, types);
    }

    /** An int expression over {@code NEW}, if PostgreSQL can compute it. */
    Optional<String> sql(Dialect dialect) {
        return function.sql(
                columns.stream()
                        .map(column -> "new." + column.getQuotedName(dialect))
                        .toList(),
                types);
    }
}
