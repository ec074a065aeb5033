package io.hibernateshards.internal.mapping;

import java.lang.annotation.Annotation;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds annotations of attributes, on a field or a getter, in a class or those above it. */
final class Annotated {
    private Annotated() {}

    /** The annotation of an attribute, or null. */
    static <A extends Annotation> @Nullable A onAttribute(Class<?> owner, String attribute, Class<A> type) {
        for (AnnotatedElement member : members(owner, attribute)) {
            A annotation = member.getAnnotation(type);
            if (annotation != null) {
                return annotation;
            }
        }
        return null;
    }

    static List<Annotation> allOf(Class<?> owner, String attribute) {
        return members(owner, attribute).stream()
                .flatMap(member -> Arrays.stream(member.getAnnotations()))
                .toList();
    }

    private static List<AnnotatedElement> members(Class<?> owner, String attribute) {
        List<AnnotatedElement> members = new ArrayList<>();
        String capital = attribute.substring(0, 1).toUpperCase(Locale.ROOT) + attribute.substring(1);
        for (Class<?> c = owner; c != null && c != Object.class; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (field.getName().equals(attribute)) {
                    members.add(field);
                }
            }
            for (Method method : c.getDeclaredMethods()) {
                boolean getter = method.getName().equals("get" + capital)
                        || method.getName().equals("is" + capital)
                        || method.getName().equals(attribute);
                if (getter && method.getParameterCount() == 0 && !method.isBridge()) {
                    members.add(method);
                }
            }
        }
        return members;
    }

    /** The annotation of a type or one above it, or null. */
    static <A extends Annotation> @Nullable A onType(Class<?> owner, Class<A> type) {
        for (Class<?> c = owner; c != null && c != Object.class; c = c.getSuperclass()) {
            A annotation = c.getDeclaredAnnotation(type);
            if (annotation != null) {
                return annotation;
            }
        }
        return null;
    }

    /** Attributes with an annotation that no mapped property leads to, such as one on a transient field. */
    static List<String> attributesWith(Class<?> owner, Class<? extends Annotation> type) {
        List<String> names = new ArrayList<>();
        for (Class<?> c = owner; c != null && c != Object.class; c = c.getSuperclass()) {
            List<AccessibleObject> members = new ArrayList<>(List.of(c.getDeclaredFields()));
            members.addAll(List.of(c.getDeclaredMethods()));
            for (AccessibleObject member : members) {
                if (member.isAnnotationPresent(type)) {
                    names.add(member instanceof Field field ? field.getName() : ((Method) member).getName());
                }
            }
        }
        return names;
    }
}
