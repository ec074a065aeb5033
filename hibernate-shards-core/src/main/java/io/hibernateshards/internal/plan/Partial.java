package io.hibernateshards.internal.plan;

import java.time.Instant;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.hibernate.query.internal.ParameterMetadataImpl;
import org.hibernate.query.internal.SimpleHqlInterpretationImpl;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.spi.ParameterMetadataImplementor;
import org.hibernate.query.spi.QueryParameterImplementor;
import org.hibernate.query.sqm.SqmQuerySource;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.domain.SqmFkExpression;
import org.hibernate.query.sqm.tree.expression.SqmExpression;
import org.hibernate.query.sqm.tree.select.SqmQuerySpec;
import org.hibernate.query.sqm.tree.select.SqmSelectClause;
import org.hibernate.query.sqm.tree.select.SqmSelectStatement;
import org.hibernate.query.sqm.tree.select.SqmSelectableNode;
import org.hibernate.query.sqm.tree.select.SqmSelection;

/**
 * What each of several shards is asked in place of the query: a rewritten copy of its tree, with the query's own
 * parameters. Rows are arrays. Safe for any number of threads and sessions.
 *
 * @param interpretation what a query object is made from
 * @param name tells this partial query from others in Hibernate's plan cache; empty if it must not be cached
 * @param originals for {@link PlacedBindings}
 */
public record Partial(
        HqlInterpretation<Object[]> interpretation,
        String name,
        Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals) {
    static Partial of(SqmSelectStatement<?> original, String name, Consumer<SqmQuerySpec<Object[]>> change) {
        return of(original, name, (spec, context) -> change.accept(spec));
    }

    /**
     * A partial query.
     *
     * @param change of the copied tree; the context tells the copy of a node of the original
     */
    static Partial of(
            SqmSelectStatement<?> original, String name, BiConsumer<SqmQuerySpec<Object[]>, SqmCopyContext> change) {
        SqmCopyContext context = TreeCopyContext.empty();
        SqmSelectStatement<Object[]> copy = original.createCopy(context, Object[].class);
        SqmQuerySpec<Object[]> spec = (SqmQuerySpec<Object[]>) copy.getQueryPart();
        spec.setOffset(null);
        spec.setFetch(null);
        change.accept(spec, context);
        // made anew, so that parameters of what was dropped are not asked for
        SqmSelectStatement<Object[]> tree =
                new SqmSelectStatement<>(spec, Object[].class, copy.getQuerySource(), copy.nodeBuilder());
        if (tree.getQuerySource() != SqmQuerySource.CRITERIA) {
            Parameters.in(tree).forEach(tree::addParameter);
        }
        DomainParameterXref parameters = DomainParameterXref.from(tree);
        return new Partial(
                new SimpleHqlInterpretationImpl<>(tree, metadata(parameters), parameters),
                name,
                PlacedBindings.originals(original, parameters, context));
    }

    /**
     * A statement with a time instead of functions of the current time. It is SQL that is run once, and not worth to be
     * cached.
     */
    @SuppressWarnings("unchecked") // a copy has the type of its original
    public static <R> Timed<R> at(Instant time, SqmStatement<R> statement) {
        SqmCopyContext context = TreeCopyContext.at(time);
        SqmStatement<R> tree = statement.copy(context);
        DomainParameterXref parameters = DomainParameterXref.from(tree);
        return new Timed<>(
                new SimpleHqlInterpretationImpl<>(tree, metadata(parameters), parameters),
                PlacedBindings.originals(statement, parameters, context));
    }

    /**
     * A statement at a time.
     *
     * @param interpretation what a query object is made from
     * @param originals for {@link PlacedBindings}
     */
    public record Timed<R>(
            HqlInterpretation<R> interpretation,
            Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals) {}

    private static ParameterMetadataImplementor metadata(DomainParameterXref parameters) {
        return parameters.hasParameters()
                ? new ParameterMetadataImpl(parameters.getQueryParameters())
                : ParameterMetadataImpl.EMPTY;
    }

    /** Adds to the select list. */
    static void select(SqmQuerySpec<?> spec, SqmSelectableNode<?> node) {
        spec.getSelectClause().addSelection(new SqmSelection<>(selectable(node), spec.nodeBuilder()));
    }

    /** Hibernate compares what {@code fk()} yields, but cannot select it. */
    private static SqmSelectableNode<?> selectable(SqmSelectableNode<?> node) {
        return node instanceof SqmFkExpression<?> key
                ? (SqmExpression<?>)
                        key.nodeBuilder().sql("(?)", key.getNodeJavaType().getJavaTypeClass(), key)
                : node;
    }

    /** Begins a select list of its own. */
    static void selectNothing(SqmQuerySpec<?> spec) {
        boolean distinct = spec.getSelectClause().isDistinct();
        spec.setSelectClause(new SqmSelectClause(distinct, spec.nodeBuilder()));
    }
}
