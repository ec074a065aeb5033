package io.hibernateshards.internal.plan;

import java.util.function.Consumer;
import org.hibernate.query.internal.ParameterMetadataImpl;
import org.hibernate.query.internal.SimpleHqlInterpretationImpl;
import org.hibernate.query.spi.HqlInterpretation;
import org.hibernate.query.spi.ParameterMetadataImplementor;
import org.hibernate.query.sqm.SqmQuerySource;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.jpa.ParameterCollector;
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
 */
public record Partial(HqlInterpretation<Object[]> interpretation, String name) {
    static Partial of(SqmSelectStatement<?> original, String name, Consumer<SqmQuerySpec<Object[]>> change) {
        SqmSelectStatement<Object[]> copy = original.createCopy(SqmCopyContext.simpleContext(), Object[].class);
        SqmQuerySpec<Object[]> spec = (SqmQuerySpec<Object[]>) copy.getQueryPart();
        spec.setOffset(null);
        spec.setFetch(null);
        change.accept(spec);
        // made anew, so that parameters of what was dropped are not asked for
        SqmSelectStatement<Object[]> tree =
                new SqmSelectStatement<>(spec, Object[].class, copy.getQuerySource(), copy.nodeBuilder());
        if (tree.getQuerySource() != SqmQuerySource.CRITERIA) {
            ParameterCollector.collectParameters(tree).forEach(tree::addParameter);
        }
        DomainParameterXref parameters = DomainParameterXref.from(tree);
        ParameterMetadataImplementor metadata = parameters.hasParameters()
                ? new ParameterMetadataImpl(parameters.getQueryParameters())
                : ParameterMetadataImpl.EMPTY;
        return new Partial(new SimpleHqlInterpretationImpl<>(tree, metadata, parameters), name);
    }

    /** Adds to the select list. */
    static void select(SqmQuerySpec<?> spec, SqmSelectableNode<?> node) {
        spec.getSelectClause().addSelection(new SqmSelection<>(node, spec.nodeBuilder()));
    }

    /** Begins a select list of its own. */
    static void selectNothing(SqmQuerySpec<?> spec) {
        boolean distinct = spec.getSelectClause().isDistinct();
        spec.setSelectClause(new SqmSelectClause(distinct, spec.nodeBuilder()));
    }
}
