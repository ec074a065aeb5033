package io.hibernateshards.internal.target;

import io.hibernateshards.internal.mapping.EntityPlacement.Reference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.hibernate.query.sqm.DiscriminatorSqmPath;
import org.hibernate.query.sqm.SetOperator;
import org.hibernate.query.sqm.tree.AbstractSqmRestrictedDmlStatement;
import org.hibernate.query.sqm.tree.SqmJoinType;
import org.hibernate.query.sqm.tree.SqmVisitableNode;
import org.hibernate.query.sqm.tree.cte.SqmCteStatement;
import org.hibernate.query.sqm.tree.delete.SqmDeleteStatement;
import org.hibernate.query.sqm.tree.domain.NonAggregatedCompositeSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmBasicValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmCorrelation;
import org.hibernate.query.sqm.tree.domain.SqmCteRoot;
import org.hibernate.query.sqm.tree.domain.SqmDerivedRoot;
import org.hibernate.query.sqm.tree.domain.SqmElementAggregateFunction;
import org.hibernate.query.sqm.tree.domain.SqmEmbeddedValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmEntityValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmFkExpression;
import org.hibernate.query.sqm.tree.domain.SqmFunctionRoot;
import org.hibernate.query.sqm.tree.domain.SqmIndexAggregateFunction;
import org.hibernate.query.sqm.tree.domain.SqmIndexedCollectionAccessPath;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.domain.SqmPluralPartJoin;
import org.hibernate.query.sqm.tree.domain.SqmPluralValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmPolymorphicRootDescriptor;
import org.hibernate.query.sqm.tree.domain.SqmTreatedPath;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.expression.SqmFunction;
import org.hibernate.query.sqm.tree.from.SqmAttributeJoin;
import org.hibernate.query.sqm.tree.from.SqmCteJoin;
import org.hibernate.query.sqm.tree.from.SqmDerivedJoin;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmFromClause;
import org.hibernate.query.sqm.tree.from.SqmFunctionJoin;
import org.hibernate.query.sqm.tree.from.SqmJoin;
import org.hibernate.query.sqm.tree.from.SqmRoot;
import org.hibernate.query.sqm.tree.insert.SqmConflictClause;
import org.hibernate.query.sqm.tree.insert.SqmConflictUpdateAction;
import org.hibernate.query.sqm.tree.insert.SqmInsertSelectStatement;
import org.hibernate.query.sqm.tree.insert.SqmInsertValuesStatement;
import org.hibernate.query.sqm.tree.predicate.SqmComparisonPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmInListPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmInSubQueryPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmNullnessPredicate;
import org.hibernate.query.sqm.tree.predicate.SqmPredicate;
import org.hibernate.query.sqm.tree.select.SqmQueryGroup;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSubQuery;
import org.hibernate.query.sqm.tree.update.SqmUpdateStatement;
import org.jspecify.annotations.Nullable;

/** Reads the from elements of a whole statement, wherever they hide, and the predicates that hold for them. */
final class TreeReader extends TreeWalker {
    /** {@code path in (select …)}: the path, and the query that the values are from. */
    record InSubquery(SqmExpression<?> tested, SqmQuerySpec<?> query, Scope scope) {}

    final FromElements elements;
    final List<Scope> scopes = new ArrayList<>();
    final List<InSubquery> inSubqueries = new ArrayList<>();
    int branches;

    /** What cannot be merged, whatever its rows are linked by. */
    @Nullable
    Refusal structure;

    /** Whether entities are read that are not known here. */
    boolean unknown;

    private @Nullable Scope current;

    TreeReader(FromElements elements) {
        this.elements = elements;
    }

    /** The query that is being read. */
    Scope current() {
        return current == null ? new Scope(0, branches) : current;
    }

    /** Opens the scope of a statement that has no query of its own around it. */
    Scope open() {
        Scope opened =
                new Scope(current == null ? 0 : current.depth + 1, current == null ? branches++ : current.branch);
        scopes.add(opened);
        current = opened;
        return opened;
    }

    private void refuse(Refusal refusal) {
        if (structure == null) {
            structure = refusal;
        }
    }

    @Override
    public Object visitQuerySpec(SqmQuerySpec<?> query) {
        Scope outer = current;
        Scope scope = open();
        if (query.getWhereClause() != null && query.getWhereClause().getPredicate() != null) {
            scope.predicates.add(query.getWhereClause().getPredicate());
        }
        super.visitQuerySpec(query);
        current = outer;
        return query;
    }

    @Override
    public Object visitQueryGroup(SqmQueryGroup<?> group) {
        Scope outer = current;
        int before = elements.placed().size();
        group.getQueryParts().forEach(part -> part.accept(this));
        if (outer == null
                && group.getSetOperator() != SetOperator.UNION_ALL
                && elements.placed().size() > before) {
            refuse(new Refusal(
                    "a set operation (" + group.getSetOperator() + ")",
                    "it compares rows of all shards",
                    "Use union all, or run its queries one by one"));
        }
        current = outer == null ? new Scope(0, 0) : outer;
        visitOrderByClause(group.getOrderByClause());
        visitOffsetExpression(group.getOffsetExpression());
        visitFetchExpression(group.getFetchExpression());
        current = outer;
        return group;
    }

    @Override
    public Object visitCteStatement(SqmCteStatement<?> cte) {
        Scope outer = current;
        int before = elements.placed().size();
        current = outer == null ? new Scope(0, 0) : outer;
        super.visitCteStatement(cte);
        current = outer;
        if (elements.placed().size() > before) {
            refuse(new Refusal(
                    "a common table expression (with) over sharded entities",
                    "its rows may be needed on another shard",
                    "Restrict the query to one shard by its key, or write the expression as a co-located join"));
        }
        return cte;
    }

    private void derived(SqmVisitableNode query) {
        int before = elements.placed().size();
        query.accept(this);
        if (elements.placed().size() > before) {
            refuse(new Refusal(
                    "a subquery in the from clause over sharded entities",
                    "its rows may be needed on another shard",
                    "Restrict the query to one shard by its key, or write the subquery as a co-located join"));
        }
    }

    /** The target of a mutation, with the predicates that hold for it. */
    private void mutation(AbstractSqmRestrictedDmlStatement<?> statement) {
        Scope scope = open();
        roots(List.of(statement.getTarget()));
        if (statement.getWhereClause() != null && statement.getWhereClause().getPredicate() != null) {
            scope.predicates.add(statement.getWhereClause().getPredicate());
            visitWhereClause(statement.getWhereClause());
        }
    }

    @Override
    public Object visitDeleteStatement(SqmDeleteStatement<?> statement) {
        visitCteContainer(statement);
        mutation(statement);
        return statement;
    }

    @Override
    public Object visitUpdateStatement(SqmUpdateStatement<?> statement) {
        visitCteContainer(statement);
        mutation(statement);
        statement.getSetClause().getAssignments().forEach(assignment -> operand(assignment.getValue()));
        return statement;
    }

    @Override
    public Object visitInsertValuesStatement(SqmInsertValuesStatement<?> statement) {
        visitCteContainer(statement);
        open();
        entity(statement.getTarget(), false);
        statement.getValuesList().forEach(row -> row.getExpressions().forEach(this::operand));
        conflict(statement.getConflictClause());
        return statement;
    }

    @Override
    public Object visitInsertSelectStatement(SqmInsertSelectStatement<?> statement) {
        visitCteContainer(statement);
        open();
        entity(statement.getTarget(), false);
        visitQueryPart(statement.getSelectQueryPart());
        conflict(statement.getConflictClause());
        return statement;
    }

    private void conflict(@Nullable SqmConflictClause<?> clause) {
        SqmConflictUpdateAction<?> action = clause == null ? null : clause.getConflictAction();
        if (action != null) {
            action.getSetClause().getAssignments().forEach(assignment -> operand(assignment.getValue()));
            visitWhereClause(action.getWhereClause());
        }
    }

    @Override
    public Object visitFromClause(SqmFromClause from) {
        roots(from.getRoots());
        return from;
    }

    private void roots(List<? extends SqmRoot<?>> roots) {
        Scope scope = current();
        for (SqmRoot<?> root : roots) {
            for (SqmJoin<?, ?> join : joins(root)) {
                SqmJoinType type = elements.joinType(join);
                scope.preservesJoined |= type == SqmJoinType.RIGHT || type == SqmJoinType.FULL;
            }
        }
        for (SqmRoot<?> root : roots) {
            root(root, joins(root));
        }
    }

    /** In the order of the SQL; those of treated elements too. */
    private static List<SqmJoin<?, ?>> joins(SqmRoot<?> root) {
        List<SqmJoin<?, ?>> joins = new ArrayList<>();
        Set<SqmJoin<?, ?>> known = Collections.newSetFromMap(new IdentityHashMap<>());
        if (root.getOrderedJoins() != null) {
            joins.addAll(root.getOrderedJoins());
            known.addAll(joins);
        }
        addJoins(root, joins, known);
        return joins;
    }

    private static void addJoins(SqmFrom<?, ?> from, List<SqmJoin<?, ?>> joins, Set<SqmJoin<?, ?>> known) {
        from.visitSqmJoins(join -> {
            if (known.add(join)) {
                joins.add(join);
            }
            addJoins(join, joins, known);
        });
        from.getSqmTreats().forEach(treat -> addJoins(treat, joins, known));
    }

    private void root(SqmRoot<?> root, List<SqmJoin<?, ?>> joins) {
        if (root instanceof SqmDerivedRoot<?> derived) {
            derived(derived.getQueryPart());
        } else if (root instanceof SqmFunctionRoot<?> function) {
            function.getFunction().accept(this);
        } else if (root instanceof SqmCorrelation<?, ?>) {
            correlate(root);
        } else if (!(root instanceof SqmCteRoot<?>)) {
            entity(root, false);
        }
        List<FromElement> before = new ArrayList<>();
        addIfPlaced(root, before);
        for (SqmJoin<?, ?> join : joins) {
            join(join, before);
            addIfPlaced(join, before);
        }
    }

    private void addIfPlaced(SqmFrom<?, ?> from, List<FromElement> to) {
        FromElement element = elements.of(from);
        if (element != null && !(from instanceof SqmCorrelation<?, ?>)) {
            to.add(element);
        }
    }

    /** It stands for the row of an outer query. */
    private void correlate(SqmFrom<?, ?> from) {
        FromElement outer = elements.home(from, current());
        if (outer != null) {
            elements.register(from, outer);
        }
    }

    private @Nullable FromElement entity(SqmFrom<?, ?> from, boolean optional) {
        String entity = elements.entityName(from);
        if (entity == null || from.getReferencedPathSource() instanceof SqmPolymorphicRootDescriptor<?>) {
            unknown = true;
            return null;
        }
        FromElement element = elements.add(current(), entity, optional);
        elements.register(from, element);
        return element;
    }

    private void join(SqmJoin<?, ?> join, List<FromElement> before) {
        SqmJoinType type = elements.joinType(join);
        boolean full = type == SqmJoinType.FULL;
        if (type == SqmJoinType.RIGHT || full) {
            before.forEach(element -> element.optional = true);
        }
        FromElement from = join.getLhs() == null ? null : elements.home(join.getLhs(), current());
        // whether an inner join inside an outer one drops rows is up to the SQL: count on neither
        boolean optional =
                type == SqmJoinType.LEFT || full || type != SqmJoinType.RIGHT && from != null && from.optional;
        if (join instanceof SqmCorrelation<?, ?>) {
            correlate(join);
        } else if (join instanceof SqmAttributeJoin<?, ?> || join instanceof SqmPluralPartJoin<?, ?>) {
            along(join, from, optional);
        } else if (join instanceof SqmDerivedJoin<?> derived) {
            derived(derived.getQueryPart());
        } else if (join instanceof SqmFunctionJoin<?> function) {
            function.getFunction().accept(this);
        } else if (!(join instanceof SqmCteJoin<?>)) {
            entity(join, optional);
        }
        if (join.getJoinPredicate() != null) {
            on(join, join.getJoinPredicate(), optional);
        }
    }

    private void along(SqmJoin<?, ?> join, @Nullable FromElement from, boolean optional) {
        if (elements.entityName(join) == null) {
            elements.home(join, current()); // a value, or a collection of values
            return;
        }
        FromElement element = entity(join, optional);
        boolean isElement = join.getReferencedPathSource().getPathName().equals("{element}");
        if (element != null
                && from != null
                && !(element.placement instanceof Reference)
                && !(from.placement instanceof Reference)
                && (isElement || elements.isColocated(join))) {
            element.follow(from);
        }
    }

    private void on(SqmJoin<?, ?> join, SqmPredicate predicate, boolean optional) {
        Scope scope = current();
        FromElement element = elements.of(join);
        if (!optional && !scope.preservesJoined) {
            scope.predicates.add(predicate);
        } else if (element != null && !(join instanceof SqmCorrelation<?, ?>)) {
            element.on = new Scope(scope.depth, scope.branch);
            element.on.predicates.add(predicate);
            scope.outerJoined.add(element);
        }
        predicate.accept(this);
    }

    @Override
    public Object visitFunction(SqmFunction<?> function) {
        if (function.getFunctionName().equals("sql")) {
            refuse(new Refusal(
                    "sql()",
                    "its text is not understood here, and may read any rows",
                    "Restrict the query to one shard by its key"));
        }
        return super.visitFunction(function);
    }

    @Override
    public Object visitComparisonPredicate(SqmComparisonPredicate predicate) {
        operand(predicate.getLeftHandExpression());
        operand(predicate.getRightHandExpression());
        return predicate;
    }

    @Override
    public Object visitInListPredicate(SqmInListPredicate<?> predicate) {
        operand(predicate.getTestExpression());
        int next = scopes.size();
        List<? extends SqmExpression<?>> list = predicate.getListExpressions();
        list.forEach(this::operand);
        if (list.size() == 1 && list.get(0) instanceof SqmSubQuery<?> subquery) {
            inSubquery(predicate.getTestExpression(), subquery, next); // as criteria have it
        }
        return predicate;
    }

    @Override
    public Object visitIsNullPredicate(SqmNullnessPredicate predicate) {
        operand(predicate.getExpression());
        return predicate;
    }

    @Override
    public Object visitInSubQueryPredicate(SqmInSubQueryPredicate<?> predicate) {
        operand(predicate.getTestExpression());
        int next = scopes.size();
        predicate.getSubQueryExpression().accept(this);
        inSubquery(predicate.getTestExpression(), predicate.getSubQueryExpression(), next);
        return predicate;
    }

    private void inSubquery(SqmExpression<?> tested, SqmSubQuery<?> subquery, int scope) {
        if (subquery.getCteStatements().isEmpty()
                && subquery.getQueryPart() instanceof SqmQuerySpec<?> query
                && query.getFetchExpression() == null
                && query.getOffsetExpression() == null) {
            inSubqueries.add(new InSubquery(tested, query, scopes.get(scope)));
        }
    }

    private void operand(SqmExpression<?> expression) {
        if (expression instanceof SqmEntityValuedSimplePath<?> path) {
            elements.homeOfForeignKey(path, current());
        } else {
            expression.accept(this);
        }
    }

    private Object read(SqmPath<?> path) {
        elements.home(path, current());
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
    public Object visitNonAggregatedCompositeValuedPath(NonAggregatedCompositeSimplePath<?> path) {
        return read(path);
    }

    @Override
    public Object visitEntityValuedPath(SqmEntityValuedSimplePath<?> path) {
        return read(path);
    }

    @Override
    public Object visitPluralValuedPath(SqmPluralValuedSimplePath<?> path) {
        return read(path);
    }

    @Override
    public Object visitFkExpression(SqmFkExpression<?> path) {
        return read(path);
    }

    @Override
    public Object visitDiscriminatorPath(DiscriminatorSqmPath<?> path) {
        return path.getLhs() == null ? path : read(path.getLhs());
    }

    @Override
    public Object visitIndexedPluralAccessPath(SqmIndexedCollectionAccessPath<?> path) {
        path.getSelectorExpression().accept(this);
        return read(path);
    }

    @Override
    public Object visitElementAggregateFunction(SqmElementAggregateFunction<?> path) {
        return read(path);
    }

    @Override
    public Object visitIndexAggregateFunction(SqmIndexAggregateFunction<?> path) {
        return read(path);
    }

    @Override
    public Object visitTreatedPath(SqmTreatedPath<?, ?> path) {
        return read(path);
    }
}
