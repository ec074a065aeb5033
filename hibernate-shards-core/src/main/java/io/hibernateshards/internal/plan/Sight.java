package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.OneShard;
import io.hibernateshards.internal.target.TreeWalker;
import org.hibernate.query.sqm.tree.SqmVisitableNode;
import org.hibernate.query.sqm.tree.expression.SqmAny;
import org.hibernate.query.sqm.tree.expression.SqmEvery;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmOver;
import org.hibernate.query.sqm.tree.select.SqmSubQuery;
import org.jspecify.annotations.Nullable;

/** Looks for what sees more than one row; what a subquery does is its own affair. */
final class Sight extends TreeWalker {
    boolean aggregate;
    boolean window;
    private boolean anyWindow;
    private final OneShard oneShard;
    private final Functions functions;

    /** A function of which nobody knows what it sees. */
    @Nullable
    String unknown;

    Sight(SqmVisitableNode node, OneShard oneShard, Functions functions) {
        this.oneShard = oneShard;
        this.functions = functions;
        node.accept(this);
    }

    /** Whether the value may depend on other rows. */
    boolean ofOthers() {
        return aggregate || anyWindow || unknown != null;
    }

    @Override
    public Object visitFunction(SqmFunction<?> function) {
        switch (functions.kind(function)) {
            case AGGREGATE -> aggregate = true;
            case WINDOW -> {
                anyWindow = true;
                window = true;
            }
            case UNKNOWN -> unknown = function.getFunctionName();
            default -> {}
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
        aggregate |= OuterAggregates.in(subquery, functions);
        return subquery;
    }
}
