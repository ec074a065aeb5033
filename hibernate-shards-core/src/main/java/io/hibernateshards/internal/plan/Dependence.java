package io.hibernateshards.internal.plan;

import java.util.List;
import org.hibernate.query.sqm.tree.SqmTypedNode;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmBinaryArithmetic;
import org.hibernate.query.sqm.tree.expression.SqmCastTarget;
import org.hibernate.query.sqm.tree.expression.SqmCoalesce;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmExtractUnit;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmLiteral;
import org.hibernate.query.sqm.tree.expression.SqmLiteralNull;
import org.hibernate.query.sqm.tree.expression.SqmParameter;
import org.hibernate.query.sqm.tree.expression.SqmUnaryOperation;
import org.hibernate.query.sqm.tree.predicate.SqmBetweenPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmComparisonPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmGroupedPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmInListPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmJunctionPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmNegatedPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmNullnessPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;

/**
 * What has one value for all rows of a group, on whichever shard they are. Only what is known to is taken for that: a
 * function may be an aggregate that Hibernate does not know as one, but never of the keys.
 */
final class Dependence {
    private final List<SqmExpression<?>> keys;
    private final Types types;
    private final Functions functions;

    Dependence(List<SqmExpression<?>> keys, Types types, Functions functions) {
        this.keys = keys;
        this.types = types;
        this.functions = functions;
    }

    boolean onKeys(SqmTypedNode<?> node) {
        if (isKey(node) || isConstant(node)) {
            return true;
        }
        if (node instanceof SqmPath<?> path) {
            return isOfKey(path);
        }
        if (node instanceof SqmFunction<?> function) {
            return functions.kind(function) == Functions.Kind.ROW
                    && function.getArguments().stream()
                            .allMatch(one ->
                                    one instanceof SqmCastTarget || one instanceof SqmExtractUnit || onKeys(one));
        }
        if (node instanceof SqmCoalesce<?> coalesce) {
            return coalesce.getArguments().stream().allMatch(this::onKeys);
        }
        if (node instanceof SqmBinaryArithmetic<?> binary) {
            return onKeys(binary.getLeftHandOperand()) && onKeys(binary.getRightHandOperand());
        }
        return node instanceof SqmUnaryOperation<?> unary && onKeys(unary.getOperand());
    }

    /**
     * Whether a predicate compares keys with constants and each other, by their types' own comparison: then it holds for all
     * rows of a group or for none, even where equal keys are written differently.
     */
    boolean onKeys(SqmPredicate predicate) {
        if (predicate instanceof SqmGroupedPredicate grouped) {
            return onKeys(grouped.getSubPredicate());
        }
        if (predicate instanceof SqmNegatedPredicate negated) {
            return onKeys(negated.getWrappedPredicate());
        }
        if (predicate instanceof SqmJunctionPredicate several) {
            return several.getPredicates().stream().allMatch(this::onKeys);
        }
        if (predicate instanceof SqmComparisonPredicate comparison) {
            return isPlain(comparison.getLeftHandExpression()) && isPlain(comparison.getRightHandExpression());
        }
        if (predicate instanceof SqmBetweenPredicate between) {
            return isPlain(between.getExpression())
                    && isPlain(between.getLowerBound())
                    && isPlain(between.getUpperBound());
        }
        if (predicate instanceof SqmInListPredicate<?> in) {
            return isPlain(in.getTestExpression())
                    && in.getListExpressions().stream().allMatch(this::isPlain);
        }
        return predicate instanceof SqmNullnessPredicate nullness && isPlain(nullness.getExpression());
    }

    private boolean isPlain(SqmExpression<?> expression) {
        return isKey(expression) || isConstant(expression) || expression instanceof SqmPath<?> path && isOfKey(path);
    }

    private boolean isKey(SqmTypedNode<?> node) {
        return keys.contains(node);
    }

    private static boolean isConstant(SqmTypedNode<?> node) {
        return node instanceof SqmLiteral<?> || node instanceof SqmLiteralNull<?> || node instanceof SqmParameter<?>;
    }

    /** An attribute of an entity that is a key, or whose id is. */
    private boolean isOfKey(SqmPath<?> path) {
        for (SqmPath<?> at = path.getLhs(); at != null; at = at.getLhs()) {
            for (SqmExpression<?> key : keys) {
                boolean id = key instanceof SqmPath<?> one
                        && at.equals(one.getLhs())
                        && one.getReferencedPathSource().getPathName().equals(types.idOf(at));
                if (at.equals(key) || id) {
                    return true;
                }
            }
        }
        return false;
    }
}
