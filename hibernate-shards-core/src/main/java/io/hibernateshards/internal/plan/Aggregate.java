package io.hibernateshards.internal.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.hibernate.query.sqm.NodeBuilder;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/**
 * One aggregate function. Each shard yields its part, from which the whole is computed.
 *
 * @param kind which function
 * @param position of its part in a row; a variance's is its count, sum and sum of squares, an average's its sum and
 *     count, and what the column holds comes after a smallest or largest value that does not tell it
 * @param order for the smallest and the largest, how values compare
 * @param real whether the server adds up numbers of single precision
 * @param wide whether the parts may be larger than the result
 * @param rounded whether the server has a decimal of it that Hibernate makes a double
 */
public record Aggregate(
        Kind kind, int position, @Nullable KeyOrder order, boolean real, boolean rounded, boolean wide) {
    /** The functions that parts can be put together for. */
    public enum Kind {
        COUNT,
        SUM,
        AVG,
        MIN,
        MAX,
        BOOL_AND,
        BOOL_OR,
        VAR_POP,
        VAR_SAMP,
        STDDEV_POP,
        STDDEV_SAMP;

        /** The kind of that name; empty if its parts cannot be put together. */
        static Optional<Kind> named(String function) {
            String name = function.toUpperCase(Locale.ROOT);
            try {
                return Optional.of(
                        switch (name) {
                            case "EVERY" -> BOOL_AND;
                            case "ANY" -> BOOL_OR;
                            case "VARIANCE" -> VAR_SAMP;
                            case "STDDEV" -> STDDEV_SAMP;
                            default -> valueOf(name);
                        });
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }

        boolean isExtreme() {
            return this == MIN || this == MAX;
        }

        boolean isBoolean() {
            return this == BOOL_AND || this == BOOL_OR;
        }

        /** Whether it is computed from squares. */
        boolean isVariance() {
            return this == VAR_POP || this == VAR_SAMP || this == STDDEV_POP || this == STDDEV_SAMP;
        }

        /** For plans shown to people. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Set<Class<?>> INTEGERS =
            Set.of(Byte.class, Short.class, Integer.class, Long.class, BigInteger.class);

    /** Where the value is that is compared. */
    public int comparedAt() {
        return order != null && order.raw() != null ? position + 1 : position;
    }

    /** Puts what each shard computes for a function into the select list. */
    static Aggregate of(
            Kind kind,
            SqmAggregateFunction<?> function,
            SqmExpression<?> argument,
            @Nullable KeyOrder order,
            GroupColumns columns) {
        SqmExpression<?> whole = (SqmExpression<?>) function;
        Class<?> type = type(argument);
        boolean decimal = type == BigDecimal.class || type == BigInteger.class;
        int position;
        if (kind == Kind.AVG) {
            // integers are averaged as doubles, as Hibernate has the server do; decimals keep all digits
            position = columns.add(context -> {
                SqmExpression<?> of = argument.copy(context);
                NodeBuilder builder = of.nodeBuilder();
                return aggregate(
                        "sum",
                        decimal ? BigDecimal.class : Double.class,
                        filter(function, context),
                        decimal ? of : builder.cast(of, Double.class));
            });
            columns.add(context -> aggregate("count", Long.class, filter(function, context), argument.copy(context)));
        } else if (kind.isVariance()) {
            position = columns.add(
                    context -> aggregate("count", Long.class, filter(function, context), argument.copy(context)));
            columns.add(context ->
                    aggregate("sum", BigDecimal.class, filter(function, context), numeric(argument.copy(context))));
            columns.add(context -> {
                SqmExpression<?> of = numeric(argument.copy(context));
                return aggregate("sum", BigDecimal.class, filter(function, context), (SqmExpression<?>)
                        of.nodeBuilder().sql("(?*?)", BigDecimal.class, of, of));
            });
        } else if (kind == Kind.SUM && type == Long.class) {
            // the parts of a sum that is a bigint may be none
            position = columns.add(context -> {
                SqmExpression<?> sum = whole.copy(context);
                return (SqmExpression<?>) sum.nodeBuilder().sql("(?)", BigDecimal.class, sum);
            });
        } else {
            position = columns.add(whole);
            if (order != null && order.raw() != null) {
                columns.add(context -> Sorting.raw(whole.copy(context), order));
            }
        }
        return new Aggregate(
                kind,
                position,
                order,
                type == Float.class,
                kind == Kind.AVG ? decimal : kind.isVariance(),
                kind == Kind.SUM && type == Long.class);
    }

    private static SqmExpression<?> aggregate(
            String name, Class<?> type, @Nullable SqmPredicate filter, SqmExpression<?> argument) {
        return (SqmExpression<?>) argument.nodeBuilder().functionAggregate(name, type, filter, argument);
    }

    private static @Nullable SqmPredicate filter(
            SqmAggregateFunction<?> function, org.hibernate.query.sqm.tree.SqmCopyContext context) {
        return function.getFilter() == null ? null : function.getFilter().copy(context);
    }

    /** Without a scale that its type does not have. */
    private static SqmExpression<?> numeric(SqmExpression<?> argument) {
        return (SqmExpression<?>) argument.nodeBuilder().sql("(?)::numeric", BigDecimal.class, argument);
    }

    /** Whether all digits of a variance's parts are told. */
    static boolean isExact(SqmExpression<?> argument) {
        Class<?> type = type(argument);
        return type == BigDecimal.class || INTEGERS.contains(type);
    }

    private static @Nullable Class<?> type(SqmExpression<?> argument) {
        JavaType<?> type = argument.getNodeJavaType();
        return type == null ? null : type.getJavaTypeClass();
    }
}
