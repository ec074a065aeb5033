package io.hibernateshards.internal.plan;

import org.hibernate.query.spi.QueryParameterImplementor;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.expression.JpaCriteriaParameter;
import org.hibernate.query.sqm.tree.expression.SqmParameter;
import org.jspecify.annotations.Nullable;

/** The parameters of one statement. */
final class Parameters {
    private final DomainParameterXref parameters;

    Parameters(SqmStatement<?> statement) {
        parameters = DomainParameterXref.from(statement);
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
