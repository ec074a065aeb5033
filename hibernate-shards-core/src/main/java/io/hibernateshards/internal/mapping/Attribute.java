package io.hibernateshards.internal.mapping;

import io.hibernateshards.ShardedId;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.annotations.IdGeneratorType;
import org.hibernate.mapping.BasicValue;
import org.hibernate.mapping.Component;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.Property;
import org.hibernate.mapping.Value;
import org.jspecify.annotations.Nullable;

/**
 * One mapped attribute of an entity, those inside embeddables and composite ids included.
 *
 * @param path with dots into embeddables
 * @param owner the class that declares or inherits it
 * @param inId whether it is the id or a part of it
 */
record Attribute(String path, Class<?> owner, String name, Value value, boolean inId) {
    /** The id's attributes, then the others, those of superclasses included. */
    static List<Attribute> of(PersistentClass entity) {
        List<Attribute> all = new ArrayList<>();
        Class<?> type = entity.getMappedClass();
        Property id = entity.getIdentifierProperty();
        if (id != null) {
            add("", type, id, true, all);
        } else if (entity.getIdentifierMapper() != null) {
            // The identifier itself is of the id class, where an association is its target's id.
            entity.getIdentifierMapper().getProperties().forEach(part -> add("", type, part, true, all));
        } else if (entity.getIdentifier() instanceof Component several) {
            several.getProperties().forEach(part -> add("", type, part, true, all));
        }
        for (Property property : entity.getPropertyClosure()) {
            if (!property.getName().equals("_identifierMapper")) {
                add("", type, property, false, all);
            }
        }
        return all;
    }

    private static void add(String prefix, Class<?> owner, Property property, boolean inId, List<Attribute> all) {
        String path = prefix + property.getName();
        all.add(new Attribute(path, owner, property.getName(), property.getValue(), inId));
        if (property.getValue() instanceof Component component && component.getComponentClassName() != null) {
            for (Property part : component.getProperties()) {
                add(path + ".", component.getComponentClass(), part, inId, all);
            }
        }
    }

    /** The type of a basic attribute, primitives boxed; null for any other. A type variable is resolved. */
    @Nullable
    Class<?> javaType() {
        return value instanceof BasicValue basic
                ? basic.resolve().getDomainJavaType().getJavaTypeClass()
                : null;
    }

    <A extends Annotation> @Nullable A annotation(Class<A> type) {
        return Annotated.onAttribute(owner, name, type);
    }

    /** What makes its values, if it is an annotation other than ours, such as an application's own. */
    @Nullable
    Annotation generator() {
        return Annotated.allOf(owner, name).stream()
                .filter(annotation -> annotation.annotationType().isAnnotationPresent(IdGeneratorType.class))
                .filter(annotation -> !(annotation instanceof ShardedId))
                .findFirst()
                .orElse(null);
    }
}
