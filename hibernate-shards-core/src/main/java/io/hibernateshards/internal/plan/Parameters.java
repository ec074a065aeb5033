package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.TreeWalker;
import java.util.LinkedHashSet;
import java.util.Set;
import org.hibernate.query.spi.QueryParameterImplementor;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.SqmVisitableNode;
import org.hibernate.query.sqm.tree.expression.JpaCriteriaParameter;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmNamedParameter;
import org.hibernate.query.sqm.tree.expression.SqmParameter;
import org.hibernate.query.sqm.tree.expression.SqmPositionalParameter;
import org.jspecify.annotations.Nullable;

/** The parameters of one statement. */
final class Parameters {
    private final DomainParameterXref parameters;

    Parameters(SqmStatement<?> statement) {
        parameters = DomainParameterXref.from(statement);
    }

    /** Whether an expression has any. */
    static boolean areIn(SqmExpression<?> expression) {
        return !in(expression).isEmpty();
    }

    /** All of a tree, in its order. */
    static Set<SqmParameter<?>> in(SqmVisitableNode tree) {
        Set<SqmParameter<?>> found = new LinkedHashSet<>();
        tree.accept(new TreeWalker() {
            @Override
            public Object visitPositionalParameterExpression(SqmPositionalParameter<?> parameter) {
                return found(parameter);
            }

            @Override
            public Object visitNamedParameterExpression(SqmNamedParameter<?> parameter) {
                return found(parameter);
            }

            @Override
            public Object visitJpaCriteriaParameter(JpaCriteriaParameter<?> parameter) {
                return found(parameter);
            }

            private Object found(SqmParameter<?> parameter) {
                found.add(parameter);
                return parameter;
            }
        });
        return found;
    }

    /** By which its argument is found; null if it is none of this statement. */
    @Nullable
    QueryParameterImplementor<?> of(SqmParameter<?> parameter) {
        SqmParameter<?> resolved = parameter instanceof JpaCriteriaParameter<?> criteria
                ? parameters
                        .getParameterResolutions()
                        .getJpaCriteriaParamResolutions()
                        .get(criteria)
                : parameter;
        return resolved == null ? null : parameters.getQueryParameter(resolved);
    }
}
