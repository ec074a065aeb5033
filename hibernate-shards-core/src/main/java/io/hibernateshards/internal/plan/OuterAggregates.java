package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.TreeWalker;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.hibernate.query.sqm.tree.domain.SqmBasicValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmEmbeddedValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmEntityValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmFromClause;
import org.hibernate.query.sqm.tree.from.SqmRoot;
import org.hibernate.query.sqm.tree.select.SqmSubQuery;

/**
 * Looks in a subquery for aggregates of the query around it: SQL gives an aggregate to the query whose columns its
 * arguments have, wherever it is written.
 */
final class OuterAggregates extends TreeWalker {
    private final Functions functions;
    private final Set<SqmFrom<?, ?>> own = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean found;
    private int within;
    private boolean ownColumn;
    private boolean outerColumn;

    private OuterAggregates(Functions functions) {
        this.functions = functions;
    }

    static boolean in(SqmSubQuery<?> subquery, Functions functions) {
        OuterAggregates outer = new OuterAggregates(functions);
        outer.visitSubQueryExpression(subquery);
        return outer.found;
    }

    @Override
    public Object visitFromClause(SqmFromClause from) {
        from.getRoots().forEach(this::add);
        return super.visitFromClause(from);
    }

    /** A correlated root stands for a row of the query around it, but its joins are the subquery's. */
    private void add(SqmFrom<?, ?> from) {
        if (!(from instanceof SqmRoot<?> root && root.isCorrelated())) {
            own.add(from);
        }
        from.getSqmJoins().forEach(this::add);
        from.getSqmTreats().forEach(this::add);
    }

    @Override
    public Object visitFunction(SqmFunction<?> function) {
        boolean aggregate =
                function instanceof SqmAggregateFunction || functions.kind(function) == Functions.Kind.AGGREGATE;
        if (!aggregate || within > 0) {
            return super.visitFunction(function);
        }
        within++;
        ownColumn = false;
        outerColumn = false;
        super.visitFunction(function);
        found |= outerColumn && !ownColumn;
        within--;
        return function;
    }

    private Object read(SqmPath<?> path) {
        for (SqmPath<?> at = path; at != null; at = at.getLhs()) {
            if (at instanceof SqmFrom<?, ?> from && own.contains(from)) {
                ownColumn = true;
                return path;
            }
        }
        outerColumn = true;
        return path;
    }

    @Override
    public Object visitBasicValuedPath(SqmBasicValuedSimplePath<?> path) {
        return read(path);
    }

    @Override
    public Object visitEmbeddableValuedPath(SqmEmbeddedValuedSimplePath<?> path) {
        return read(path);
    }

    @Override
    public Object visitEntityValuedPath(SqmEntityValuedSimplePath<?> path) {
        return read(path);
    }

    @Override
    public Object visitRootPath(SqmRoot<?> root) {
        return within > 0 ? read(root) : super.visitRootPath(root);
    }
}
