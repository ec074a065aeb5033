package io.hibernateshards.internal.plan;

import io.hibernateshards.internal.target.Refusal;
import jakarta.persistence.criteria.JoinType;
import jakarta.persistence.criteria.Nulls;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.query.SortDirection;
import org.hibernate.query.sqm.tree.SqmTypedNode;
import org.hibernate.query.sqm.tree.domain.SqmEmbeddedValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmEntityValuedSimplePath;
import org.hibernate.query.sqm.tree.domain.SqmPath;
import org.hibernate.query.sqm.tree.expression.SqmAliasedNodeRef;
import org.hibernate.query.sqm.tree.expression.SqmCoalesce;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.from.SqmFrom;
import org.hibernate.query.sqm.tree.from.SqmRoot;
import org.hibernate.query.sqm.tree.select.SqmDynamicInstantiation;
import org.hibernate.query.sqm.tree.select.SqmDynamicInstantiationArgument;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.select.SqmSortSpecification;
import org.jspecify.annotations.Nullable;

/** What a query sorts its rows by, as values of those rows. */
final class Sorting {
    /** The keys, or why they cannot be compared. */
    record Result(List<SortKey> keys, @Nullable Refusal refusal) {}

    private final Types types;
    private final SessionFactoryImplementor factory;
    private final boolean criteria;

    Sorting(Types types, SessionFactoryImplementor factory, boolean criteria) {
        this.types = types;
        this.factory = factory;
        this.criteria = criteria;
    }

    /**
     * The keys of a query, some of them selected already.
     *
     * @param width of the select list, behind which the others come
     */
    Result keys(SqmQuerySpec<?> spec, int width) {
        List<SortKey> keys = new ArrayList<>();
        int appended = width;
        for (SqmSortSpecification sort : spec.getSortSpecifications()) {
            SqmSelectableNode<?> sorted = sorted(spec, sort);
            Optional<KeyOrder> order =
                    sorted instanceof SqmExpression<?> expression ? types.order(expression) : Optional.empty();
            boolean reachable =
                    !(sorted instanceof SqmPath<?> path) || !isEmbeddedInAssociation(path) || isJoinable(path);
            if (order.isEmpty()
                    || !reachable
                    || sort.isIgnoreCase() && !order.get().text()) {
                return new Result(List.of(), unsortable(sort));
            }
            boolean decided = Structure.selectsRoot(spec) ? isOfRoot(sorted) : isSelected(spec, sorted);
            if (spec.getSelectClause().isDistinct() && !decided) {
                return new Result(
                        List.of(),
                        new Refusal(
                                "select distinct with order by " + text(sort),
                                "the same row may come with several values of it",
                                "order by attributes of the entity or by what is selected, or leave distinct out"));
            }
            int position = position(spec, sort);
            if (position < 0 || sort.isIgnoreCase() || order.get().raw() != null) {
                position = appended++;
            }
            boolean descending = sort.getSortDirection() == SortDirection.DESCENDING;
            keys.add(new SortKey(position, order.get(), descending, nullsFirst(sort, descending)));
        }
        return new Result(List.copyOf(keys), null);
    }

    /** What a key sorts by. */
    SqmExpression<?> compared(SqmQuerySpec<?> spec, SqmSortSpecification sort) {
        if (!(sorted(spec, sort) instanceof SqmExpression<?> expression)) {
            throw new IllegalStateException("the key has an order, so it is an expression");
        }
        return expression;
    }

    /** The value to select for a key. */
    SqmExpression<?> expression(SqmQuerySpec<?> spec, SqmSortSpecification sort, SortKey key) {
        if (!(sorted(spec, sort) instanceof SqmExpression<?> expression)) {
            throw new IllegalStateException("the key has an order, so it is an expression");
        }
        if (expression instanceof SqmPath<?> path) {
            String id = types.idOf(path);
            expression = id == null ? expression : (SqmExpression<?>) path.get(id);
            if (id != null && path instanceof SqmEntityValuedSimplePath<?> && isGrouped(spec)) {
                // the group is one of the row that the association leads to, and the id is read from what points there
                expression = (SqmExpression<?>)
                        path.nodeBuilder().sql("(array_agg(?))[1]", types.javaType(expression), expression);
            }
        }
        if (expression instanceof SqmPath<?> path && isEmbeddedInAssociation(path)) {
            expression = (SqmExpression<?>) joined(path);
        }
        expression = raw(expression, key.order());
        if (criteria && !isAttributeOfAlias(expression)
                || Structure.selected(spec).stream().anyMatch(SqmDynamicInstantiation.class::isInstance)) {
            // Hibernate looks for what a criteria query sorts by in the select list: it miscounts behind
            // instantiations, and leaves an association that only order by joins a left join
            SqmCoalesce<Object> wrapped = new SqmCoalesce<>(expression.nodeBuilder());
            wrapped.value(expression);
            expression = wrapped;
        }
        return sort.isIgnoreCase() ? spec.nodeBuilder().lower(asText(expression)) : expression;
    }

    private static boolean isGrouped(SqmQuerySpec<?> spec) {
        return !spec.getGroupByClauseExpressions().isEmpty();
    }

    private static boolean isAttributeOfAlias(SqmExpression<?> expression) {
        return expression instanceof SqmPath<?> path && path.getLhs() instanceof SqmFrom;
    }

    /** An attribute of an embeddable of an entity that no alias stands for. */
    private static boolean isEmbeddedInAssociation(SqmPath<?> path) {
        SqmPath<?> owner = path.getLhs();
        while (owner instanceof SqmEmbeddedValuedSimplePath<?>) {
            owner = owner.getLhs();
        }
        return owner != path.getLhs() && !(owner instanceof SqmFrom);
    }

    /** Whether there is an alias at its beginning, then associations, then embeddables. */
    private static boolean isJoinable(SqmPath<?> path) {
        SqmPath<?> owner = path.getLhs();
        while (owner instanceof SqmEmbeddedValuedSimplePath<?>) {
            owner = owner.getLhs();
        }
        while (owner instanceof SqmEntityValuedSimplePath<?>) {
            owner = owner.getLhs();
        }
        return owner instanceof SqmFrom;
    }

    /**
     * The same with joins of its own. Hibernate makes an association that order by goes through an inner join, but not if it
     * finds the embeddable behind it used already, as it is if the select list has the key.
     */
    private static SqmPath<?> joined(SqmPath<?> path) {
        String name = path.getReferencedPathSource().getPathName();
        SqmPath<?> owner = Objects.requireNonNull(path.getLhs());
        SqmPath<?> from = owner instanceof SqmFrom ? owner : joined(owner);
        return path instanceof SqmEntityValuedSimplePath<?> && from instanceof SqmFrom<?, ?> alias
                ? (SqmPath<?>) alias.join(name, JoinType.INNER)
                : from.get(name);
    }

    /** What the column holds, where an attribute's value does not tell. */
    static SqmExpression<?> raw(SqmExpression<?> expression, KeyOrder order) {
        Class<?> raw = order.raw();
        return raw == null
                ? expression
                : (SqmExpression<?>) expression.nodeBuilder().sql(order.rawSql(), raw, expression);
    }

    /** What is equal if and only if the raw values are: the expression as it stands. */
    static SqmExpression<?> grouped(SqmExpression<?> expression, KeyOrder order) {
        Class<?> raw = order.raw();
        return raw == null
                ? expression
                : (SqmExpression<?>) expression.nodeBuilder().sql("(?)", raw, expression);
    }

    @SuppressWarnings("unchecked")
    private static SqmExpression<String> asText(SqmExpression<?> expression) {
        return (SqmExpression<String>) expression;
    }

    // ---- aliases and positions

    /** What a key stands for; null if that is part of something selected. */
    private static @Nullable SqmSelectableNode<?> sorted(SqmQuerySpec<?> spec, SqmSortSpecification sort) {
        return sort.getSortExpression() instanceof SqmAliasedNodeRef alias
                ? sorted(spec, alias)
                : Structure.value(sort.getSortExpression());
    }

    private static @Nullable SqmSelectableNode<?> sorted(SqmQuerySpec<?> spec, SqmAliasedNodeRef alias) {
        List<SqmSelectableNode<?>> selected = new ArrayList<>();
        Structure.selected(spec).forEach(node -> add(node, selected));
        int at = alias.getPosition() - 1;
        // an entity's alias means all its columns to Hibernate
        return alias.getNavigablePath() != null || at >= selected.size() || isEntity(selected.get(at))
                ? null
                : selected.get(at);
    }

    /** The expression that an alias or a position stands for; null if that is no single one. */
    static @Nullable SqmExpression<?> selected(SqmQuerySpec<?> spec, SqmAliasedNodeRef alias) {
        return sorted(spec, alias) instanceof SqmExpression<?> expression ? expression : null;
    }

    /** Hibernate counts what an instantiation is given, and not the instantiation. */
    private static void add(SqmSelectableNode<?> node, List<SqmSelectableNode<?>> to) {
        if (node instanceof SqmDynamicInstantiation<?> instantiation) {
            for (SqmDynamicInstantiationArgument<?> argument : instantiation.getArguments()) {
                add(argument.getSelectableNode(), to);
            }
        } else {
            to.add(node);
        }
    }

    private static boolean isEntity(SqmSelectableNode<?> node) {
        return node instanceof SqmPath<?> path && Types.isEntity(path);
    }

    /** The key's position in a row; -1 if it is not among what is selected. */
    private static int position(SqmQuerySpec<?> spec, SqmSortSpecification sort) {
        SqmSelectableNode<?> sorted = sort.getSortExpression() instanceof SqmAliasedNodeRef ? sorted(spec, sort) : null;
        return sorted == null ? -1 : Structure.selected(spec).indexOf(sorted);
    }

    // ---- rules

    boolean byRootOnly(SqmQuerySpec<?> spec) {
        return spec.getSortSpecifications().stream().allMatch(sort -> isOfRoot(sorted(spec, sort)));
    }

    /** Then each row of the entity has one value of it, and distinct rows stay distinct. */
    private static boolean isOfRoot(@Nullable SqmTypedNode<?> node) {
        SqmPath<?> at = node instanceof SqmPath<?> path ? path : null;
        while (at != null && !(at instanceof SqmFrom) && at.getLhs() != null && !Types.isEntity(at.getLhs())) {
            at = at.getLhs();
        }
        return at instanceof SqmRoot || at != null && !(at instanceof SqmFrom) && at.getLhs() instanceof SqmRoot;
    }

    private static boolean isSelected(SqmQuerySpec<?> spec, @Nullable SqmTypedNode<?> node) {
        for (SqmSelectableNode<?> selected : Structure.selected(spec)) {
            boolean same = selected == node
                    || selected instanceof SqmPath<?> one
                            && node instanceof SqmPath<?> other
                            && one.getNavigablePath().equals(other.getNavigablePath());
            if (same) {
                return true;
            }
        }
        return false;
    }

    boolean nullsFirst(SqmSortSpecification sort, boolean descending) {
        var nulls = sort.getNullPrecedence();
        if (nulls == null || nulls == Nulls.NONE) {
            nulls = factory.getSessionFactoryOptions().getDefaultNullPrecedence();
        }
        // PostgreSQL holds null for larger than anything
        return nulls == Nulls.FIRST || descending && nulls != Nulls.LAST;
    }

    private static Refusal unsortable(SqmSortSpecification sort) {
        return new Refusal(
                "order by " + text(sort),
                "the order of these values is not known outside the server",
                "order by attributes that are numbers, text, times, booleans or UUIDs");
    }

    private static String text(SqmSortSpecification sort) {
        return sort.getSortExpression().toHqlString();
    }
}
