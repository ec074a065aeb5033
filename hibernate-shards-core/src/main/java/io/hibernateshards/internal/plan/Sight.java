package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.OneShard;
import org.hibernate.query.sqm.spi.BaseSemanticQueryWalker;
import org.hibernate.query.sqm.tree.SqmVisitableNode;
import org.hibernate.query.sqm.tree.expression.SqmAggregateFunction;
import org.hibernate.query.sqm.tree.expression.SqmAny;
import org.hibernate.query.sqm.tree.expression.SqmEvery;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmOver;
import org.hibernate.query.sqm.tree.select.SqmSubQuery;
import org.jspecify.annotations.Nullable;

/** Looks for what sees more than one row; what a subquery does is its own affair. */
final class Sight extends BaseSemanticQueryWalker {
    boolean aggregate;
    boolean window;
    private boolean anyWindow;
    private final OneShard oneShard;

    /** A function that Hibernate passes on by its name. */
    @Nullable
    String unknown;

    Sight(SqmVisitableNode node, OneShard oneShard) {
        this.oneShard = oneShard;
        node.accept(this);
    }

    /** Whether the value may depend on other rows. */
    boolean ofOthers() {
        return aggregate || anyWindow || unknown != null;
    }

    /** Whether Hibernate knows what it does. */
    static boolean isKnown(SqmFunction<?> function) {
        var functions = function.nodeBuilder().getQueryEngine().getSqmFunctionRegistry();
        return functions.findFunctionDescriptor(function.getFunctionName()) != null;
    }

    @Override
    public Object visitFunction(SqmFunction<?> function) {
        aggregate |= function instanceof SqmAggregateFunction;
        if (!isKnown(function)) {
            unknown = function.getFunctionName();
        }
        return super.visitFunction(function);
    }

    @Override
    public Object visitAny(SqmAny<?> any) {
        aggregate = true;
        return super.visitAny(any);
    }

    @Override
    public Object visitEvery(SqmEvery<?> every) {
        aggregate = true;
        return super.visitEvery(every);
    }

    @Override
    public Object visitOver(SqmOver<?> over) {
        anyWindow = true;
        window |= !oneShard.holdsEqual(over.getWindow().getPartitions());
        return over;
    }

    @Override
    public Object visitSubQueryExpression(SqmSubQuery<?> subquery) {
        return subquery;
    }
}
