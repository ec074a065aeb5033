package io.hibernateshards.internal.target;

import java.util.List;
import org.hibernate.query.sqm.spi.BaseSemanticQueryWalker;
import org.hibernate.query.sqm.tree.SqmTypedNode;
import org.hibernate.query.sqm.tree.expression.SqmAliasedNodeRef;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.expression.SqmXmlAttributesExpression;
import org.hibernate.query.sqm.tree.select.SqmSortSpecification;

/**
 * Visits all nodes of a tree. Hibernate's own walker fails at the attributes of an XML element, and at aliases and positions
 * in group by and order by.
 */
public abstract class TreeWalker extends BaseSemanticQueryWalker {
    @Override
    public Object visitFunction(SqmFunction<?> function) {
        if (function.getArguments().stream().noneMatch(SqmXmlAttributesExpression.class::isInstance)) {
            return super.visitFunction(function);
        }
        for (SqmTypedNode<?> argument : function.getArguments()) {
            if (argument instanceof SqmXmlAttributesExpression attributes) {
                attributes.getAttributes().values().forEach(value -> value.accept(this));
            } else {
                argument.accept(this);
            }
        }
        return function;
    }

    /** An alias or a position stands for what is selected. */
    @Override
    public Object visitSortSpecification(SqmSortSpecification sort) {
        return sort.getSortExpression() instanceof SqmAliasedNodeRef ? sort : super.visitSortSpecification(sort);
    }

    @Override
    public Object visitGroupByClause(List<SqmExpression<?>> expressions) {
        if (expressions != null) {
            expressions.stream()
                    .filter(expression -> !(expression instanceof SqmAliasedNodeRef))
                    .forEach(expression -> expression.accept(this));
        }
        return expressions;
    }
}
