package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.Refusal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.hibernate.query.sqm.tree.SqmTypedNode;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmDistinct;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.jspecify.annotations.Nullable;

/**
 * One aggregate function of a select list without groups. Each shard yields its part, from which the whole is computed.
 *
 * @param kind which function
 * @param position in a row of a partial query; an average's count comes after its sum
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
        return kind == Kind.AVG ? 2 : 1;
    }

    /** Puts what each shard computes into its select list. */
    static void select(SqmQuerySpec<?> spec, SqmExpression<?> function) {
        if (Kind.named(name(function)).orElseThrow() != Kind.AVG) {
            Partial.select(spec, function);
            return;
        }
        @SuppressWarnings("unchecked")
        SqmExpression<Number> argument = (SqmExpression<Number>)
                ((SqmFunction<?>) function).getArguments().get(0);
        Partial.select(spec, spec.nodeBuilder().sum(argument));
        Partial.select(spec, spec.nodeBuilder().count(argument));
    }

    static String name(SqmExpression<?> function) {
        return ((SqmFunction<?>) function).getFunctionName();
    }

    /** Why parts of this function cannot be put together; null if they can. */
    static @Nullable Refusal refusal(SqmFunction<?> function) {
        Optional<Kind> kind = Kind.named(function.getFunctionName());
        if (kind.isEmpty()) {
            return new Refusal(
                    function.getFunctionName() + "()",
                    "the parts that each shard computes cannot be put together",
                    "select the rows, or give the shard key in the where clause");
        }
        List<? extends SqmTypedNode<?>> arguments = function.getArguments();
        boolean distinct = !arguments.isEmpty() && arguments.get(0) instanceof SqmDistinct;
        if (distinct && kind.get() != Kind.MIN && kind.get() != Kind.MAX) {
            return new Refusal(
                    function.getFunctionName() + "(distinct)",
                    "the same value may be on several shards and would be counted for each",
                    "select the distinct values of each shard by its key and count them in the application");
        }
        boolean filtered = function instanceof SqmAggregateFunction<?> aggregate && aggregate.getFilter() != null;
        return filtered && kind.get() == Kind.AVG
                ? new Refusal("avg() with a filter clause", "it has no parts yet", "put the filter in the where clause")
                : null;
    }
}
