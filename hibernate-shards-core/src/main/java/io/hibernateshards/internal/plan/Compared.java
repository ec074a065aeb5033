package io.hibernateshards.internal.plan;

import org.hibernate.query.sqm.tree.expression.SqmExpression;

/**
 * Values that are compared outside the servers.
 *
 * @param position in a row of a partial query
 * @param order how they compare
 * @param expression that they are values of, in the query's own tree
 */
public record Compared(int position, KeyOrder order, SqmExpression<?> expression) {}
