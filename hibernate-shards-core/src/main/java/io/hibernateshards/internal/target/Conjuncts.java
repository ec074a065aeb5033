package io.hibernateshards.internal.target;

import jakarta.persistence.criteria.Predicate.BooleanOperator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.hibernate.query.sqm.ComparisonOperator;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmTuple;
import org.hibernate.query.sqm.tree.predicate.SqmComparisonPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmGroupedPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmJunctionPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmNegatedPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;

/** Predicates taken apart, as far as all parts hold. */
final class Conjuncts {
    /** Both sides are equal, hence neither is null. */
    record Equality(SqmExpression<?> left, SqmExpression<?> right) {}

    private Conjuncts() {}

    /** What holds if all of these do. */
    static List<SqmPredicate> of(Collection<? extends SqmPredicate> predicates) {
        List<SqmPredicate> all = new ArrayList<>();
        predicates.forEach(predicate -> add(predicate, all));
        return all;
    }

    private static void add(SqmPredicate predicate, List<SqmPredicate> to) {
        if (predicate instanceof SqmGroupedPredicate grouped) {
            add(grouped.getSubPredicate(), to);
        } else if (predicate instanceof SqmJunctionPredicate junction
                && junction.getOperator() == BooleanOperator.AND) {
            junction.getPredicates().forEach(part -> add(part, to));
        } else if (predicate instanceof SqmNegatedPredicate outer
                && ungrouped(outer.getWrappedPredicate()) instanceof SqmNegatedPredicate inner) {
            add(inner.getWrappedPredicate(), to);
        } else {
            to.add(predicate);
        }
    }

    private static SqmPredicate ungrouped(SqmPredicate predicate) {
        return predicate instanceof SqmGroupedPredicate grouped ? ungrouped(grouped.getSubPredicate()) : predicate;
    }

    /** A negated comparison keeps its operator. */
    static ComparisonOperator operator(SqmComparisonPredicate comparison) {
        ComparisonOperator operator = comparison.getSqmOperator();
        return comparison.isNegated() ? operator.negated() : operator;
    }

    /** The equalities that a predicate asserts, one for each member of a tuple. */
    static List<Equality> equalities(SqmPredicate predicate) {
        return predicate instanceof SqmComparisonPredicate comparison
                        && operator(comparison) == ComparisonOperator.EQUAL
                ? equalities(comparison.getLeftHandExpression(), comparison.getRightHandExpression())
                : List.of();
    }

    static List<Equality> equalities(SqmExpression<?> left, SqmExpression<?> right) {
        if (left instanceof SqmTuple<?> one && right instanceof SqmTuple<?> other) {
            List<? extends SqmExpression<?>> ones = one.getGroupedExpressions();
            List<? extends SqmExpression<?>> others = other.getGroupedExpressions();
            if (ones.size() != others.size()) {
                return List.of();
            }
            List<Equality> all = new ArrayList<>();
            for (int i = 0; i < ones.size(); i++) {
                all.addAll(equalities(ones.get(i), others.get(i)));
            }
            return all;
        }
        return List.of(new Equality(left, right));
    }
}
