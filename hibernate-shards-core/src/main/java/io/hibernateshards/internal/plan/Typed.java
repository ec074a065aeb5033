package io.hibernateshards.internal.plan;

import java.util.HashSet;
import java.util.Set;
import org.hibernate.query.common.TemporalUnit;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmExtractUnit;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmLiteral;
import org.hibernate.query.sqm.tree.expression.SqmParameter;

/**
 * A value that is compared or added outside the servers.
 *
 * @param expression in the query's own tree
 * @param exact the server's types for which that is right; empty for any that has a collation
 * @param added whether it is added, and not only compared
 */
record Typed(SqmExpression<?> expression, Set<String> exact, boolean added) {
    Typed(SqmExpression<?> expression, KeyOrder order) {
        this(expression, isWhole(expression) ? with(order.exact(), "numeric") : order.exact(), false);
    }

    boolean isText() {
        return exact.isEmpty();
    }

    /** Whether it is the same on every shard, whatever its type is there; the sum of a literal is not. */
    boolean isGiven() {
        return expression instanceof SqmLiteral<?> && !added
                || expression instanceof SqmParameter<?>
                || expression instanceof SqmPath<?> path
                        && path.getReferencedPathSource().getPathName().equals("{discriminator}");
    }

    /** Whether the server has a number with decimals for it that are always zero. */
    private static boolean isWhole(SqmExpression<?> expression) {
        return expression instanceof SqmFunction<?> function
                && !function.getArguments().isEmpty()
                && function.getArguments().get(0) instanceof SqmExtractUnit<?> unit
                && unit.getUnit() != TemporalUnit.SECOND
                && unit.getUnit() != TemporalUnit.NANOSECOND
                && unit.getUnit() != TemporalUnit.EPOCH;
    }

    private static Set<String> with(Set<String> types, String another) {
        Set<String> all = new HashSet<>(types);
        all.add(another);
        return Set.copyOf(all);
    }
}
