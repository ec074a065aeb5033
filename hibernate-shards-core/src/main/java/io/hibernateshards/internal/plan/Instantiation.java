package io.hibernateshards.internal.plan;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.query.sqm.DynamicInstantiationNature;
import org.hibernate.query.sqm.sql.internal.InstantiationException;
import org.hibernate.query.sqm.tree.select.SqmDynamicInstantiation;
import org.hibernate.query.sqm.tree.select.SqmDynamicInstantiationArgument;
import org.hibernate.sql.results.graph.instantiation.internal.InstantiationHelper;
import org.hibernate.type.descriptor.java.JavaType;
import org.hibernate.type.descriptor.java.TemporalJavaType;
import org.jspecify.annotations.Nullable;

/**
 * Makes the objects of {@code select new} from values that only the merge has made, as Hibernate makes them from a row: a
 * list, a map by aliases, or an object by the constructor that Hibernate would choose.
 */
public final class Instantiation {
    private final DynamicInstantiationNature nature;
    private final @Nullable Constructor<?> constructor;
    private final List<String> aliases;

    private Instantiation(
            DynamicInstantiationNature nature, @Nullable Constructor<?> constructor, List<String> aliases) {
        this.nature = nature;
        this.constructor = constructor;
        this.aliases = aliases;
    }

    /** Null for one whose values Hibernate injects. */
    public static @Nullable Instantiation of(SqmDynamicInstantiation<?> made) {
        List<String> aliases = new ArrayList<>();
        List<Class<?>> types = new ArrayList<>();
        for (SqmDynamicInstantiationArgument<?> argument : made.getArguments()) {
            JavaType<?> type = argument.getSelectableNode().getNodeJavaType();
            if (type == null || type instanceof TemporalJavaType<?>) {
                types.add(Void.class); // not known as it will be when rows are read
            } else {
                types.add(type.getJavaTypeClass());
            }
            if (argument.getAlias() != null) {
                aliases.add(argument.getAlias());
            }
        }
        DynamicInstantiationNature nature = made.getInstantiationTarget().getNature();
        switch (nature) {
            case LIST -> {
                return new Instantiation(nature, null, List.of());
            }
            case MAP -> {
                boolean named = aliases.stream().distinct().count() == types.size();
                return named ? new Instantiation(nature, null, aliases) : null;
            }
            default -> {
                if (types.contains(Void.class)) {
                    return null;
                }
                Constructor<?> constructor = InstantiationHelper.findMatchingConstructor(
                        made.getInstantiationTarget().getJavaType(),
                        types,
                        made.nodeBuilder().getTypeConfiguration());
                if (constructor == null) {
                    return null;
                }
                constructor.setAccessible(true);
                return new Instantiation(nature, constructor, List.of());
            }
        }
    }

    /** The object of one row. */
    public Object of(@Nullable Object[] values) {
        if (nature == DynamicInstantiationNature.LIST) {
            return new ArrayList<>(Arrays.asList(values));
        }
        if (constructor == null) {
            Map<String, @Nullable Object> map = new HashMap<>();
            for (int i = 0; i < values.length; i++) {
                map.put(aliases.get(i), values[i]);
            }
            return map;
        }
        String cannot =
                "Error instantiating class '" + constructor.getDeclaringClass().getName() + "'";
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new InstantiationException(cannot, e.getCause());
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new InstantiationException(cannot, e);
        }
    }
}
