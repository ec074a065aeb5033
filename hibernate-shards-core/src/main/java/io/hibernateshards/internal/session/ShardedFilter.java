package io.hibernateshards.internal.session;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.Consumer;
import org.hibernate.Filter;
import org.hibernate.engine.spi.FilterDefinition;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.internal.FilterImpl;
import org.jspecify.annotations.Nullable;

/** A filter that is enabled on every child, those still to be opened too, with the same arguments. */
final class ShardedFilter<S extends SharedSessionContractImplementor> implements Filter {
    private final ChildSessions<S> children;
    private final FilterImpl own;

    ShardedFilter(ChildSessions<S> children, FilterDefinition definition) {
        this.children = children;
        this.own = new FilterImpl(definition);
        children.option(option(getName(), ""), child -> child.enableFilter(getName()));
    }

    static String option(String filter, String parameter) {
        return "filter " + filter + " " + parameter;
    }

    /** Disables it everywhere. */
    void disable() {
        children.dropOption(option(getName(), ""), child -> child.disableFilter(getName()));
        own.getFilterDefinition()
                .getParameterNames()
                .forEach(name -> children.dropOption(option(getName(), name), child -> {}));
    }

    @Override
    public String getName() {
        return own.getName();
    }

    @Override
    @Deprecated
    public FilterDefinition getFilterDefinition() {
        return own.getFilterDefinition();
    }

    @Override
    public Filter setParameter(String name, Object value) {
        own.setParameter(name, value);
        return onChildren(name, filter -> filter.setParameter(name, value));
    }

    @Override
    public Filter setParameterList(String name, Collection<?> values) {
        own.setParameterList(name, values);
        return onChildren(name, filter -> filter.setParameterList(name, values));
    }

    @Override
    public Filter setParameterList(String name, Object[] values) {
        return setParameterList(name, Arrays.asList(values));
    }

    private Filter onChildren(String parameter, Consumer<Filter> argument) {
        children.option(option(getName(), parameter), child -> {
            Filter filter = child.getEnabledFilter(getName());
            if (filter != null) {
                argument.accept(filter);
            }
        });
        return this;
    }

    @Override
    public void validate() {
        own.validate();
    }

    @Override
    public boolean isAutoEnabled() {
        return own.isAutoEnabled();
    }

    @Override
    public boolean isAppliedToLoadByKey() {
        return own.isAppliedToLoadByKey();
    }

    @Override
    public @Nullable Object getParameterValue(String name) {
        return own.getParameterValue(name);
    }
}
