package io.hibernateshards.internal.scatter;

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
import org.hibernate.query.sqm.tree.expression.JpaCriteriaParameter;

/**
 * The bindings of a query for a copy of its tree that was cut or rearranged. Hibernate numbers the nameless parameters of
 * criteria, values among them, in the order of the tree, so in the copy they have other numbers: here each has the binding
 * of the one that it is a copy of.
 */
final class PlacedBindings implements QueryParameterBindings {
    private final QueryParameterBindings whole;
    private final Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals;

    private PlacedBindings(
            QueryParameterBindings whole, Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals) {
        this.whole = whole;
        this.originals = originals;
    }

    static QueryParameterBindings of(
            QueryParameterBindings whole,
            DomainParameterXref original,
            DomainParameterXref part,
            SqmCopyContext context) {
        Map<JpaCriteriaParameter<?>, QueryParameterImplementor<?>> copies = new IdentityHashMap<>();
        original.getParameterResolutions().getJpaCriteriaParamResolutions().forEach((parameter, resolved) -> {
            JpaCriteriaParameter<?> copy = context.getCopy(parameter);
            copies.put(copy == null ? parameter : copy, original.getQueryParameter(resolved));
        });
        if (copies.isEmpty()) {
            return whole;
        }
        Map<QueryParameterImplementor<?>, QueryParameterImplementor<?>> originals = new HashMap<>();
        part.getParameterResolutions().getJpaCriteriaParamResolutions().forEach((parameter, resolved) -> {
            QueryParameterImplementor<?> of = copies.get(parameter);
            if (of == null) {
                throw new IllegalStateException("a parameter that the query does not have: " + parameter);
            }
            originals.put(part.getQueryParameter(resolved), of);
        });
        return new PlacedBindings(whole, originals);
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
