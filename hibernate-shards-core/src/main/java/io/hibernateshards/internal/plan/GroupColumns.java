package io.hibernateshards.internal.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;

/** The select list of partial groups, while it is put together. */
final class GroupColumns {
    private final List<Function<SqmCopyContext, SqmExpression<?>>> columns = new ArrayList<>();

    /** Adds one, as it is made of the copied tree. */
    int add(Function<SqmCopyContext, SqmExpression<?>> column) {
        columns.add(column);
        return columns.size() - 1;
    }

    /** Adds an expression of the original tree. */
    int add(SqmExpression<?> expression) {
        return add(context -> expression.copy(context));
    }

    /** Adds what tells values of an expression apart: an entity's id, or what the column of a converted attribute holds. */
    int addCompared(SqmExpression<?> expression, Types types, KeyOrder order) {
        return add(context -> Sorting.raw(compared(expression.copy(context), types), order));
    }

    static SqmExpression<?> compared(SqmExpression<?> expression, Types types) {
        String id = expression instanceof SqmPath<?> path ? types.idOf(path) : null;
        return id == null ? expression : (SqmExpression<?>) ((SqmPath<?>) expression).get(id);
    }

    int size() {
        return columns.size();
    }

    void select(SqmQuerySpec<?> spec, SqmCopyContext context) {
        columns.forEach(column -> Partial.select(spec, column.apply(context)));
    }
}
