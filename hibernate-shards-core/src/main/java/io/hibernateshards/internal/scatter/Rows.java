package io.hibernateshards.internal.scatter;

import org.hibernate.query.spi.QueryOptions;
import org.hibernate.query.sqm.internal.ConcreteSqmSelectQueryPlan;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.internal.SqmQueryImpl;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.sql.results.spi.RowTransformer;

/** From merged rows to what the application asked for. Extends Hibernate's plan only to ask it how it does that. */
final class Rows<R> extends ConcreteSqmSelectQueryPlan<R> {
    @SuppressWarnings("UnusedMethod") // there is never an instance
    private Rows(SqmSelectStatement<R> select, DomainParameterXref parameters, QueryOptions options) {
        super(select, "", parameters, null, null, options);
    }

    static <R> RowTransformer<R> of(SqmQueryImpl<R> query) {
        return determineRowTransformer(
                (SqmSelectStatement<?>) query.getSqmStatement(),
                query.getResultType(),
                query.getTupleMetadata(),
                query.getQueryOptions());
    }
}
