package io.hibernateshards.internal.plan;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.hibernate.cache.spi.QueryKey;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.QueryParameter;
import org.hibernate.query.spi.QueryParameterBinding;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.spi.QueryParameterImplementor;
import org.hibernate.query.sqm.internal.DomainParameterXref;
import org.hibernate.query.sqm.tree.SqmCopyContext;
import org.hibernate.query.sqm.tree.SqmStatement;
import org.hibernate.query.sqm.tree.expression.JpaCriteriaParameter;

/**
 * The bindings of a query for a copy of its tree that was cut or rearranged. Hibernate numbers the nameless parameters of
 * criteria, values among them, in the order of the tree, so in the copy they have other numbers: here each has the binding
 * of the one that it is a copy of.
 */
public final class PlacedBindings implements QueryParameterBindings {
    private final QueryParameterBindings whole;
    private final Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals;

    private PlacedBindings(
            QueryParameterBindings whole, Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals) {
        this.whole = whole;
        this.originals = originals;
    }

    /**
     * The bindings for a part.
     *
     * @param whole those of the query
     * @param originals as {@link #originals} tells
     */
    public static QueryParameterBindings of(
            QueryParameterBindings whole, Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals) {
        return originals.isEmpty() ? whole : new PlacedBindings(whole, originals);
    }

    /**
     * For the nameless parameters of a part those that they stand for; nothing if the query has none.
     *
     * @param part the parameters of the part
     * @param context in which the part was copied
     */
    public static Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals(
            SqmStatement<?> original, DomainParameterXref part, SqmCopyContext context) {
        DomainParameterXref whole = DomainParameterXref.from(original);
        IdentityHashMap<JpaCriteriaParameter<?>, QueryParameterImplementor<?>> known = new IdentityHashMap<>();
        Map<JpaCriteriaParameter<?>, QueryParameterImplementor<?>> equal = new HashMap<>();
        whole.getParameterResolutions().getJpaCriteriaParamResolutions().forEach((parameter, resolved) -> {
            QueryParameterImplementor<?> bound = whole.getQueryParameter(resolved);
            JpaCriteriaParameter<?> copy = context.getCopy(parameter);
            known.put(parameter, bound);
            equal.put(parameter, bound); // a value equals the same value, and is bound to it
            if (copy != null) {
                known.put(copy, bound);
            }
        });
        Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals = new HashMap<>();
        part.getParameterResolutions().getJpaCriteriaParamResolutions().forEach((parameter, resolved) -> {
            QueryParameterImplementor<?> bound = known.getOrDefault(parameter, equal.get(parameter));
            if (bound == null) {
                throw new IllegalStateException("a parameter that the query does not have: " + parameter);
            }
            originals.put(part.getQueryParameter(resolved), bound);
        });
        return originals;
    }

    @SuppressWarnings("unchecked") // a copy has the type of its original
    private <P> QueryParameterImplementor<P> original(QueryParameterImplementor<P> parameter) {
        return (QueryParameterImplementor<P>) originals.getOrDefault(parameter, parameter);
    }

    @Override
    public boolean isBound(QueryParameterImplementor<?> parameter) {
        return whole.isBound(original(parameter));
    }

    @Override
    public <P> QueryParameterBinding<P> getBinding(QueryParameterImplementor<P> parameter) {
        return whole.getBinding(original(parameter));
    }

    @Override
    public QueryParameterBinding<?> getBinding(String name) {
        return whole.getBinding(name);
    }

    @Override
    public QueryParameterBinding<?> getBinding(int position) {
        return whole.getBinding(position);
    }

    @Override
    public void validate() {
        whole.validate();
    }

    @Override
    public boolean hasAnyMultiValuedBindings() {
        return whole.hasAnyMultiValuedBindings();
    }

    @Override
    public boolean hasAnyTransientEntityBindings(SharedSessionContractImplementor session) {
        return whole.hasAnyTransientEntityBindings(session);
    }

    @Override
    public QueryKey.ParameterBindingsMemento generateQueryKeyMemento(SharedSessionContractImplementor session) {
        return whole.generateQueryKeyMemento(session);
    }

    @Override
    public void visitBindings(BiConsumer<? super QueryParameter<?>, ? super QueryParameterBinding<?>> action) {
        whole.visitBindings(action);
    }
}
