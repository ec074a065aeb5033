package io.hibernateshards.oracle;

import io.hibernateshards.oracle.RichModel.LineId;
import io.hibernateshards.oracle.RichModel.Phone;
import io.hibernateshards.oracle.RichModel.Place;
import jakarta.persistence.Entity;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hibernate.Hibernate;
import org.hibernate.proxy.HibernateProxy;

/**
 * Results in words: entities with their attributes, and with collections that were fetched. Whether another entity was
 * loaded depends on the rows that share a session, so of those it is the id.
 */
final class Texts {
    private static final Map<Class<?>, List<Field>> FIELDS = new ConcurrentHashMap<>();

    private Texts() {}

    static String of(Object value) {
        if (value == null) {
            return "null";
        } else if (value instanceof Object[] || value.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(value))
                    .mapToObj(i -> of(Array.get(value, i)))
                    .collect(Collectors.joining(", ", "{", "}"));
        } else if (value instanceof List<?> list) {
            return list.stream().map(Texts::of).collect(Collectors.joining(", ", "[", "]"));
        } else if (value instanceof Double || value instanceof Float) {
            return value.getClass().getSimpleName() + " " + real(((Number) value).doubleValue());
        } else if (value instanceof HibernateProxy proxy && !Hibernate.isInitialized(proxy)) {
            return proxy.getHibernateLazyInitializer().getEntityName().replaceAll(".*\\$", "") + " "
                    + of(proxy.getHibernateLazyInitializer().getInternalIdentifier());
        }
        Object real = Hibernate.unproxy(value);
        if (isEntity(real.getClass()) || real instanceof Place || real instanceof Phone || real instanceof LineId) {
            return real.getClass().getSimpleName()
                    + fields(real.getClass()).stream()
                            .map(field -> attribute(real, field))
                            .filter(text -> !text.isEmpty())
                            .collect(Collectors.joining(", ", "(", ")"));
        }
        if (value instanceof Map<?, ?> map) { // whatever its class, and the order of its keys
            return elements(map);
        }
        return value.getClass().getSimpleName() + " " + value;
    }

    /** To nine digits: sums are added up in another order there. A zero has no sign in PostgreSQL's comparisons. */
    private static String real(double number) {
        return Double.isNaN(number) || Double.isInfinite(number)
                ? Double.toString(number)
                : "%.8e".formatted(number == 0 ? 0.0 : number);
    }

    private static boolean isEntity(Class<?> type) {
        return type.isAnnotationPresent(Entity.class);
    }

    private static String attribute(Object owner, Field field) {
        Object value;
        try {
            value = field.get(owner);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field.toString(), e);
        }
        if (value == null) {
            return "";
        }
        if (value instanceof Collection<?> || value instanceof Map<?, ?>) {
            if (value instanceof List<?> list && field.getName().equals("texts")) {
                return field.getName() + "=" + list;
            }
            return Hibernate.isInitialized(value) ? field.getName() + "=" + elements(value) : "";
        }
        if (value instanceof HibernateProxy proxy) {
            return field.getName() + "="
                    + of(proxy.getHibernateLazyInitializer().getInternalIdentifier());
        }
        return field.getName() + "=" + (isEntity(value.getClass()) ? id(value) : of(value));
    }

    private static Object id(Object entity) {
        return fields(entity.getClass()).stream()
                .filter(field -> field.getName().equals("id") || field.getName().equals("code"))
                .map(field -> {
                    try {
                        return of(field.get(entity));
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(field.toString(), e);
                    }
                })
                .findFirst()
                .orElse("");
    }

    private static String elements(Object collection) {
        Stream<String> elements = collection instanceof Map<?, ?> map
                ? map.entrySet().stream().map(entry -> entry.getKey() + ": " + element(entry.getValue()))
                : ((Collection<?>) collection).stream().map(Texts::element);
        return elements.sorted().toList().toString();
    }

    private static String element(Object value) {
        Object real = value == null ? null : Hibernate.unproxy(value);
        return real != null && isEntity(real.getClass()) ? real.getClass().getSimpleName() + " " + id(real) : of(value);
    }

    private static List<Field> fields(Class<?> type) {
        return FIELDS.computeIfAbsent(type, made -> {
            List<Field> fields = new ArrayList<>();
            for (Class<?> each = made; each != Object.class; each = each.getSuperclass()) {
                Arrays.stream(each.getDeclaredFields())
                        .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
                        .sorted(Comparator.comparing(Field::getName))
                        .forEach(fields::add);
            }
            return fields;
        });
    }
}
