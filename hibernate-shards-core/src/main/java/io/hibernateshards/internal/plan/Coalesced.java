package io.hibernateshards.internal.plan;

import java.math.BigDecimal;
import java.util.List;
import org.hibernate.query.sqm.tree.SqmTypedNode;
import org.hibernate.query.sqm.tree.expression.SqmCoalesce;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmHqlNumericLiteral;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/**
 * {@code coalesce} of a value and a number that is written in the query.
 *
 * @param otherwise the number, as the type of the value
 * @param decimal the same as it is written
 */
record Coalesced(SqmExpression<?> value, Object otherwise, BigDecimal decimal) {
    /** Null for anything else, or if the number is none of the value's type. */
    static @Nullable Coalesced of(SqmTypedNode<?> node) {
        List<?> arguments = node instanceof SqmCoalesce<?> coalesce
                ? coalesce.getArguments()
                : node instanceof SqmFunction<?> function
                                && function.getFunctionName().equals("coalesce")
                        ? function.getArguments()
                        : List.of();
        if (arguments.size() != 2
                || !(arguments.get(0) instanceof SqmExpression<?> value)
                || !(arguments.get(1) instanceof SqmHqlNumericLiteral<?> literal)) {
            return null;
        }
        JavaType<?> whole = node.getNodeJavaType();
        JavaType<?> one = value.getNodeJavaType();
        Object otherwise = whole == null || one == null || whole.getJavaTypeClass() != one.getJavaTypeClass()
                ? null
                : number(literal.getUnparsedLiteralValue(), one.getJavaTypeClass());
        return otherwise == null
                ? null
                : new Coalesced(value, otherwise, new BigDecimal(literal.getUnparsedLiteralValue()));
    }

    private static @Nullable Object number(String text, Class<?> type) {
        try {
            BigDecimal number = new BigDecimal(text);
            if (type == Long.class) {
                return number.longValueExact();
            }
            if (type == Integer.class) {
                return number.intValueExact();
            }
            if (type == Double.class) {
                return number.doubleValue();
            }
            return type == BigDecimal.class && number.scale() >= 0 ? number : null;
        } catch (ArithmeticException | NumberFormatException e) {
            return null;
        }
    }
}
