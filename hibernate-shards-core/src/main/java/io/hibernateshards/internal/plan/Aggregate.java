package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.OneShard;
import io.hibernateshards.internal.target.Refusal;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.hibernate.query.sqm.NodeBuilder;
import org.hibernate.query.sqm.tree.SqmTypedNode;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmDistinct;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/**
 * One aggregate function of a select list without groups. Each shard yields its part, from which the whole is computed.
 *
 * @param kind which function
 * @param position in a row of a partial query; an average's count comes after its sum, and what the column holds after a
 *     smallest or largest value that does not tell it
 * @param order for the smallest and the largest, how values compare
 */
public record Aggregate(Kind kind, int position, @Nullable KeyOrder order) {
    /** The functions that parts can be put together for. */
    public enum Kind {
        COUNT,
        SUM,
        AVG,
        MIN,
        MAX;

        /** The kind of that name; empty if its parts cannot be put together. */
        static Optional<Kind> named(String function) {
            try {
                return Optional.of(valueOf(function.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }

    int width() {
        return kind == Kind.AVG || isRaw() ? 2 : 1;
    }

    private boolean isRaw() {
        return order != null && order.raw() != null;
    }

    /** Where the value is that is compared. */
    public int comparedAt() {
        return isRaw() ? position + 1 : position;
    }

    /** Puts what each shard computes into its select list. */
    void select(SqmQuerySpec<?> spec, SqmFunction<?> function) {
        if (kind != Kind.AVG) {
            Partial.select(spec, function);
            if (order != null && isRaw()) {
                Partial.select(spec, Sorting.raw(function, order));
            }
            return;
        }
        NodeBuilder builder = spec.nodeBuilder();
        SqmExpression<?> argument = Structure.argument(function);
        SqmPredicate filter = function instanceof SqmAggregateFunction<?> aggregate ? aggregate.getFilter() : null;
        // integers are averaged as doubles, as Hibernate has the server do; decimals keep all digits
        JavaType<?> type = argument.getNodeJavaType();
        boolean decimal = type != null
                && (type.getJavaTypeClass() == BigDecimal.class || type.getJavaTypeClass() == BigInteger.class);
        SqmExpression<?> summed = decimal ? argument : builder.cast(argument, Double.class);
        Class<?> sum = decimal ? BigDecimal.class : Double.class;
        Partial.select(spec, (SqmExpression<?>) builder.functionAggregate("sum", sum, filter, summed));
        Partial.select(spec, (SqmExpression<?>) builder.functionAggregate("count", Long.class, filter, argument));
    }

    /** Why parts of this function cannot be put together; null if they can. */
    static @Nullable Refusal refusal(SqmFunction<?> function, OneShard oneShard) {
        Optional<Kind> kind = Kind.named(function.getFunctionName());
        if (kind.isEmpty()) {
            return new Refusal(
                    function.getFunctionName() + "()",
                    "the parts that each shard computes cannot be put together",
                    "select the rows, or give the shard key in the where clause");
        }
        List<? extends SqmTypedNode<?>> arguments = function.getArguments();
        boolean distinct = !arguments.isEmpty() && arguments.get(0) instanceof SqmDistinct;
        boolean repeats = distinct
                && kind.get() != Kind.MIN
                && kind.get() != Kind.MAX
                && !(kind.get() == Kind.COUNT && oneShard.holdsEqual(List.of(Structure.argument(function))));
        if (repeats) {
            return new Refusal(
                    function.getFunctionName() + "(distinct)",
                    "the same value may be on several shards and would be counted for each",
                    "select the distinct values of each shard by its key and count them in the application");
        }
        return null;
    }
}
