package io.hibernateshards.internal.target;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.hibernate.query.spi.QueryParameterBinding;
import org.hibernate.query.spi.QueryParameterBindings;
import org.hibernate.query.spi.QueryParameterImplementor;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/** What a key or an id is compared with: known only when the parameters are. */
sealed interface Operand {
    /** The values without nulls, as the attribute's type; null if they cannot be told. */
    @Nullable
    List<Object> values(QueryParameterBindings bindings);

    /** A literal. */
    record Constant(Object value) implements Operand {
        @Override
        public List<Object> values(QueryParameterBindings bindings) {
            return List.of(value);
        }
    }

    /** The literal null, which equals nothing. */
    record Null() implements Operand {
        @Override
        public List<Object> values(QueryParameterBindings bindings) {
            return List.of();
        }
    }

    /**
     * A parameter of HQL, or a value of a criteria query.
     *
     * @param type what its values are made, such as an Integer a Long; null for an entity
     */
    record Bound(QueryParameterImplementor<?> parameter, @Nullable JavaType<?> type) implements Operand {
        @Override
        public @Nullable List<Object> values(QueryParameterBindings bindings) {
            QueryParameterBinding<?> binding = bindings.getBinding(parameter);
            if (!binding.isBound()) {
                return null;
            }
            if (binding.isMultiValued()) {
                return coerced(binding.getBindValues(), type);
            }
            Object value = binding.getBindValue();
            if (value == null) {
                return List.of();
            }
            if (value instanceof Collection<?> several) {
                return coerced(several, type);
            }
            if (value instanceof Object[] several && (type == null || !type.isInstance(value))) {
                return coerced(Arrays.asList(several), type);
            }
            Object one = coerced(value, type);
            return one == null ? null : List.of(one);
        }
    }

    /** The members of a list. */
    record Several(List<Operand> members) implements Operand {
        @Override
        public @Nullable List<Object> values(QueryParameterBindings bindings) {
            List<Object> all = new ArrayList<>(members.size());
            for (Operand member : members) {
                List<Object> some = member.values(bindings);
                if (some == null) {
                    return null;
                }
                all.addAll(some);
            }
            return all;
        }
    }

    private static @Nullable List<Object> coerced(Collection<?> values, @Nullable JavaType<?> type) {
        List<Object> all = new ArrayList<>(values.size());
        for (Object value : values) {
            if (value != null) {
                Object one = coerced(value, type);
                if (one == null) {
                    return null;
                }
                all.add(one);
            }
        }
        return all;
    }

    /** Null if the value is not of the type and cannot be made so: then nothing is concluded from it. */
    static @Nullable Object coerced(Object value, @Nullable JavaType<?> type) {
        if (type == null || type.isInstance(value)) {
            return value;
        }
        try {
            Object coerced = type.coerce(value);
            return coerced != null && type.isInstance(coerced) ? coerced : null;
        } catch (RuntimeException e) {
            return null;
        }
    }
}
