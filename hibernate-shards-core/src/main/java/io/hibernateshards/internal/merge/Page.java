package io.hibernateshards.internal.merge;

import java.util.List;
import org.hibernate.query.spi.Limit;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.expression.JpaCriteriaParameter;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmLiteral;
import org.hibernate.query.sqm.tree.expression.SqmParameter;
import org.hibernate.query.sqm.tree.expression.ValueBindJpaCriteriaParameter;
import org.jspecify.annotations.Nullable;

/**
 * Limit: drops the rows before the page and those behind it. Each shard yields its first {@link #depth()} rows in order;
 * a row of the page has fewer than that many before it on any shard, so none is missed.
 *
 * @param offset how many rows to leave out
 * @param rows how many to keep; negative for all
 */
public record Page(int offset, int rows) {
    private static final Page ALL = new Page(0, -1);

    /** The limit of the query object if it has one, which replaces the tree's own as it does in Hibernate. */
    public static Page of(
            Limit limit,
            @Nullable SqmExpression<?> ownOffset,
            @Nullable SqmExpression<?> ownFetch,
            QueryParameterBindings bindings,
            DomainParameterXref parameters) {
        if (!limit.isEmpty()) {
            Integer first = limit.getFirstRow();
            Integer most = limit.getMaxRows();
            return new Page(first == null ? 0 : first, most == null ? -1 : most);
        }
        if (ownOffset == null && ownFetch == null) {
            return ALL;
        }
        return new Page(value(ownOffset, 0, bindings, parameters), value(ownFetch, -1, bindings, parameters));
    }

    private static int value(
            @Nullable SqmExpression<?> expression,
            int otherwise,
            QueryParameterBindings bindings,
            DomainParameterXref parameters) {
        if (expression == null) {
            return otherwise;
        }
        if (expression instanceof SqmLiteral<?> literal && literal.getLiteralValue() instanceof Number number) {
            return number.intValue();
        }
        if (expression instanceof ValueBindJpaCriteriaParameter<?> given && given.getValue() instanceof Number number) {
            return number.intValue();
        }
        if (expression instanceof JpaCriteriaParameter<?> criteria) {
            return value(
                    parameters
                            .getParameterResolutions()
                            .getJpaCriteriaParamResolutions()
                            .get(criteria),
                    otherwise,
                    bindings,
                    parameters);
        }
        if (expression instanceof SqmParameter<?> parameter
                && bindings.getBinding(parameters.getQueryParameter(parameter)).getBindValue()
                        instanceof Number number) {
            return number.intValue();
        }
        throw new IllegalArgumentException("limit and offset must be numbers or parameters bound to numbers");
    }

    public boolean isAll() {
        return offset == 0 && rows < 0;
    }

    /** How many rows of each shard can matter; negative for all. */
    public int depth() {
        return rows < 0 || rows > Integer.MAX_VALUE - offset ? -1 : offset + rows;
    }

    public <T> List<T> of(List<T> merged) {
        int from = Math.min(offset, merged.size());
        int to = rows < 0 ? merged.size() : (int) Math.min((long) from + rows, merged.size());
        return from == 0 && to == merged.size() ? merged : merged.subList(from, to);
    }
}
