package io.hibernateshards.internal.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.spi.QueryParameterImplementor;
import org.hibernate.query.sqm.ComparisonOperator;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmHqlNumericLiteral;
import org.hibernate.query.sqm.tree.expression.SqmLiteral;
import org.hibernate.query.sqm.tree.expression.SqmParameter;
import org.hibernate.query.sqm.tree.predicate.SqmBetweenPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmBooleanExpressionPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmComparisonPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmGroupedPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmInListPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmJunctionPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmNegatablePredicate;
import org.hibernate.query.sqm.tree.predicate.SqmNegatedPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmNullnessPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Having: keeps groups by conditions on their aggregates, with SQL's three values. Right because it is asked of whole groups
 * only, and compares nothing but numbers and booleans: exactly where the server does, and as doubles where one of the two is
 * one, as the server does.
 */
public sealed interface Having {
    /** Null for what SQL calls unknown. */
    @Nullable
    Boolean test(@Nullable Object[] outputs);

    /** The same with the arguments of an execution. */
    Having bound(QueryParameterBindings bindings);

    /** All of some conditions. */
    record And(List<Having> conditions) implements Having {
        @Override
        public @Nullable Boolean test(@Nullable Object[] outputs) {
            Boolean all = true;
            for (Having condition : conditions) {
                Boolean one = condition.test(outputs);
                if (one != null && !one) {
                    return false;
                }
                all = one == null ? null : all;
            }
            return all;
        }

        @Override
        public Having bound(QueryParameterBindings bindings) {
            return new And(conditions.stream().map(one -> one.bound(bindings)).toList());
        }

        @Override
        public String toString() {
            return String.join(
                    " and ", conditions.stream().map(Having::toString).toList());
        }
    }

    /** The contrary, which unknown has none of. */
    record Not(Having condition) implements Having {
        @Override
        public @Nullable Boolean test(@Nullable Object[] outputs) {
            Boolean one = condition.test(outputs);
            return one == null ? null : !one;
        }

        @Override
        public Having bound(QueryParameterBindings bindings) {
            return new Not(condition.bound(bindings));
        }

        @Override
        public String toString() {
            return "not (" + condition + ")";
        }
    }

    /** A comparison of two values. */
    record Compare(Operand left, ComparisonOperator operator, Operand right) implements Having {
        @Override
        public @Nullable Boolean test(@Nullable Object[] outputs) {
            Object a = left.value(outputs);
            Object b = right.value(outputs);
            if (a == null || b == null) {
                return null;
            }
            int order = compare(a, b);
            return switch (operator) {
                case EQUAL -> order == 0;
                case NOT_EQUAL -> order != 0;
                case LESS_THAN -> order < 0;
                case LESS_THAN_OR_EQUAL -> order <= 0;
                case GREATER_THAN -> order > 0;
                case GREATER_THAN_OR_EQUAL -> order >= 0;
                default -> throw new IllegalStateException("no plan has " + operator);
            };
        }

        @Override
        public Having bound(QueryParameterBindings bindings) {
            return new Compare(left.bound(bindings), operator, right.bound(bindings));
        }

        @Override
        public String toString() {
            return left + " " + operator.sqlText() + " " + right;
        }
    }

    /** Whether there is no value. */
    record IsNull(Operand operand) implements Having {
        @Override
        public Boolean test(@Nullable Object[] outputs) {
            return operand.value(outputs) == null;
        }

        @Override
        public Having bound(QueryParameterBindings bindings) {
            return new IsNull(operand.bound(bindings));
        }

        @Override
        public String toString() {
            return operand + " is null";
        }
    }

    /** Something that is compared. */
    sealed interface Operand {
        @Nullable
        Object value(@Nullable Object[] outputs);

        default Operand bound(QueryParameterBindings bindings) {
            return this;
        }
    }

    /** A value of the group. */
    record OfGroup(int output) implements Operand {
        @Override
        public @Nullable Object value(@Nullable Object[] outputs) {
            return outputs[output];
        }

        @Override
        public String toString() {
            return "#" + output;
        }
    }

    /** A literal, or an argument. */
    record Constant(@Nullable Object value) implements Operand {
        @Override
        public @Nullable Object value(@Nullable Object[] outputs) {
            return value;
        }

        @Override
        public String toString() {
            return String.valueOf(value);
        }
    }

    /** A parameter. */
    record Bound(QueryParameterImplementor<?> parameter) implements Operand {
        @Override
        public @Nullable Object value(@Nullable Object[] outputs) {
            throw new IllegalStateException("asked before the parameters were bound");
        }

        @Override
        public Operand bound(QueryParameterBindings bindings) {
            Object value = bindings.getBinding(parameter).getBindValue();
            if (value != null && !(value instanceof Number) && !(value instanceof Boolean)) {
                throw new IllegalArgumentException(
                        "the argument of " + parameter + " in having must be a number or a boolean, but is a "
                                + value.getClass().getName());
            }
            return new Constant(value);
        }

        @Override
        public String toString() {
            return parameter.getName() == null ? "?" + parameter.getPosition() : ":" + parameter.getName();
        }
    }

    private static int compare(Object a, Object b) {
        if (a instanceof Boolean x && b instanceof Boolean y) {
            return x.compareTo(y);
        }
        if (!(a instanceof Number x) || !(b instanceof Number y)) {
            throw new IllegalArgumentException("having compares " + a.getClass() + " with " + b.getClass());
        }
        return isDouble(x) || isDouble(y)
                ? Double.compare(x.doubleValue() + 0.0, y.doubleValue() + 0.0)
                : decimal(x).compareTo(decimal(y));
    }

    private static boolean isDouble(Number number) {
        return number instanceof Double || number instanceof Float;
    }

    private static BigDecimal decimal(Number number) {
        return number instanceof BigDecimal decimal
                ? decimal
                : number instanceof BigInteger integer
                        ? new BigDecimal(integer)
                        : BigDecimal.valueOf(number.longValue());
    }

    // ---- from the query's tree

    /** Conditions that must all hold. */
    static List<SqmPredicate> conjuncts(SqmPredicate predicate) {
        if (predicate instanceof SqmGroupedPredicate grouped) {
            return conjuncts(grouped.getSubPredicate());
        }
        if (predicate instanceof SqmJunctionPredicate several && isAnd(several)) {
            List<SqmPredicate> all = new ArrayList<>();
            several.getPredicates().forEach(one -> all.addAll(conjuncts(one)));
            return all;
        }
        return List.of(predicate);
    }

    private static boolean isAnd(SqmJunctionPredicate several) {
        return several.getOperator() == jakarta.persistence.criteria.Predicate.BooleanOperator.AND;
    }

    /** Reads a predicate. */
    final class Reader {
        private final ToIntFunction<SqmExpression<?>> outputs;
        private final Parameters parameters;

        /**
         * A reader.
         *
         * @param outputs the value of the group that an expression is; negative for none
         */
        Reader(ToIntFunction<SqmExpression<?>> outputs, Parameters parameters) {
            this.outputs = outputs;
            this.parameters = parameters;
        }

        /** The condition; null if it cannot be told here. */
        @Nullable
        Having read(SqmPredicate predicate) {
            Having plain = plain(predicate);
            boolean negated = predicate instanceof SqmNegatablePredicate negatable
                    && negatable.isNegated()
                    && !(predicate instanceof SqmComparisonPredicate);
            return plain == null || !negated ? plain : new Not(plain);
        }

        private @Nullable Having plain(SqmPredicate predicate) {
            if (predicate instanceof SqmGroupedPredicate grouped) {
                return read(grouped.getSubPredicate());
            }
            if (predicate instanceof SqmNegatedPredicate negated) {
                Having wrapped = read(negated.getWrappedPredicate());
                return wrapped == null ? null : new Not(wrapped);
            }
            if (predicate instanceof SqmJunctionPredicate several) {
                return junction(several);
            }
            if (predicate instanceof SqmComparisonPredicate comparison) {
                ComparisonOperator operator = comparison.getSqmOperator();
                return compare(
                        comparison.getLeftHandExpression(),
                        comparison.isNegated() ? operator.negated() : operator, // as criteria negate it
                        comparison.getRightHandExpression());
            }
            if (predicate instanceof SqmBetweenPredicate between) {
                return all(
                        compare(
                                between.getExpression(),
                                ComparisonOperator.GREATER_THAN_OR_EQUAL,
                                between.getLowerBound()),
                        compare(
                                between.getExpression(),
                                ComparisonOperator.LESS_THAN_OR_EQUAL,
                                between.getUpperBound()));
            }
            if (predicate instanceof SqmNullnessPredicate nullness) {
                Operand operand = operand(nullness.getExpression());
                return operand == null ? null : new IsNull(operand);
            }
            if (predicate instanceof SqmInListPredicate<?> in) {
                return in(in);
            }
            return predicate instanceof SqmBooleanExpressionPredicate bool
                    ? compare(bool.getBooleanExpression(), ComparisonOperator.EQUAL, null)
                    : null;
        }

        private @Nullable Having junction(SqmJunctionPredicate several) {
            boolean and = isAnd(several);
            List<Having> conditions = new ArrayList<>();
            for (SqmPredicate one : several.getPredicates()) {
                Having condition = read(one);
                if (condition == null) {
                    return null;
                }
                conditions.add(and ? condition : new Not(condition));
            }
            return and ? new And(conditions) : new Not(new And(conditions));
        }

        /** A list parameter stands for several values, which only the server takes apart. */
        private @Nullable Having in(SqmInListPredicate<?> in) {
            List<Having> different = new ArrayList<>();
            for (SqmExpression<?> one : in.getListExpressions()) {
                boolean several = one instanceof SqmParameter<?> parameter && parameter.allowMultiValuedBinding();
                Having equal = several ? null : compare(in.getTestExpression(), ComparisonOperator.EQUAL, one);
                if (equal == null) {
                    return null;
                }
                different.add(new Not(equal));
            }
            return new Not(new And(different));
        }

        private static @Nullable Having all(@Nullable Having one, @Nullable Having other) {
            return one == null || other == null ? null : new And(List.of(one, other));
        }

        private @Nullable Having compare(
                SqmExpression<?> left, ComparisonOperator operator, @Nullable SqmExpression<?> right) {
            boolean distinct =
                    operator == ComparisonOperator.DISTINCT_FROM || operator == ComparisonOperator.NOT_DISTINCT_FROM;
            Operand a = operand(left);
            Operand b = right == null ? new Constant(true) : operand(right);
            return distinct || a == null || b == null ? null : new Compare(a, operator, b);
        }

        private @Nullable Operand operand(SqmExpression<?> expression) {
            if (expression instanceof SqmHqlNumericLiteral<?> literal) {
                // sent as it is written, which the server takes for an integer or a decimal
                try {
                    return new Constant(new BigDecimal(literal.getUnparsedLiteralValue()));
                } catch (NumberFormatException e) {
                    return null;
                }
            }
            if (expression instanceof SqmLiteral<?> literal) {
                Object value = literal.getLiteralValue();
                return value instanceof Number || value instanceof Boolean ? new Constant(value) : null;
            }
            if (expression instanceof SqmParameter<?> parameter) {
                QueryParameterImplementor<?> bound = parameters.of(parameter);
                return bound == null ? null : new Bound(bound);
            }
            int output = outputs.applyAsInt(expression);
            return output < 0 ? null : new OfGroup(output);
        }
    }
}
