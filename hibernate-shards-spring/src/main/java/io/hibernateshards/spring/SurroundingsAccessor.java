package io.hibernateshards.spring;

import io.micrometer.context.ThreadLocalAccessor;

/** Hands what surrounds a thread's sessions on to where Micrometer's context propagation goes. Found by the service loader. */
public final class SurroundingsAccessor implements ThreadLocalAccessor<Object> {
    /** Called by the service loader. */
    public SurroundingsAccessor() {}

    @Override
    public Object key() {
        return ShardContext.class.getName();
    }

    @Override
    public Object getValue() {
        return Surroundings.current();
    }

    @Override
    public void setValue(Object value) {
        Surroundings.set((Surroundings) value);
    }

    @Override
    public void setValue() {
        Surroundings.set(Surroundings.NOTHING);
    }
}
