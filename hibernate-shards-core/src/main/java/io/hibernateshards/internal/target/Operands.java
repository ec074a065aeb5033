package io.hibernateshards.internal.target;

import java.util.ArrayList;
import java.util.List;
import org.hibernate.query.spi.QueryParameterImplementor;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.expression.JpaCriteriaParameter;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFieldLiteral;
import org.hibernate.query.sqm.tree.expression.SqmLiteral;
import org.hibernate.query.sqm.tree.expression.SqmLiteralNull;
import org.hibernate.query.sqm.tree.expression.SqmParameter;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/** Literals and parameters of one statement as operands. */
final class Operands {
    private final DomainParameterXref parameters;

    Operands(SqmStatement<?> statement) {
        parameters = DomainParameterXref.from(statement);
    }

    /**
     * The operand that an expression is.
     *
     * @param type what its values are made; null for an entity or a value of several columns
     * @return null for what only the database can tell
     */
    @Nullable
    Operand of(SqmExpression<?> expression, @Nullable JavaType<?> type) {
        if (expression instanceof SqmParameter<?> parameter) {
            SqmParameter<?> resolved = parameter instanceof JpaCriteriaParameter<?> criteria
                    ? parameters
                            .getParameterResolutions()
                            .getJpaCriteriaParamResolutions()
                            .get(criteria)
                    : parameter;
            QueryParameterImplementor<?> bound = resolved == null ? null : parameters.getQueryParameter(resolved);
            return bound == null ? null : new Operand.Bound(bound, type);
        }
        if (expression instanceof SqmLiteralNull<?>) {
            return new Operand.Null();
        }
        Object value = expression instanceof SqmLiteral<?> literal
                ? literal.getLiteralValue()
                : expression instanceof SqmFieldLiteral<?> field ? field.getValue() : null;
        Object coerced = value == null ? null : Operand.coerced(value, type);
        return coerced == null ? null : new Operand.Constant(coerced);
    }

    /** All members of a list. */
    @Nullable
    Operand of(List<? extends SqmExpression<?>> expressions, @Nullable JavaType<?> type) {
        List<Operand> members = new ArrayList<>(expressions.size());
        for (SqmExpression<?> expression : expressions) {
            Operand member = of(expression, type);
            if (member == null) {
                return null;
            }
            members.add(member);
        }
        return members.size() == 1 ? members.get(0) : new Operand.Several(members);
    }
}
