package io.hibernateshards.internal.route;

import java.util.ArrayList;
import java.util.List;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.CompositeIdentifierMapping;
import org.hibernate.metamodel.mapping.EntityIdentifierMapping;
import org.hibernate.metamodel.mapping.EntityMappingType;
import org.hibernate.metamodel.mapping.ManagedMappingType;
import org.hibernate.metamodel.mapping.MappingType;
import org.hibernate.metamodel.mapping.NonAggregatedIdentifierMapping;
import org.hibernate.metamodel.mapping.internal.SingleAttributeIdentifierMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.property.access.spi.Getter;
import org.hibernate.proxy.HibernateProxy;
import org.jspecify.annotations.Nullable;

/** Reads one attribute of an entity or of an id along a path that is resolved once, so that a read parses nothing. */
final class KeyPath {
    /** One attribute further. */
    @FunctionalInterface
    private interface Step {
        @Nullable
        Object from(Object container);
    }

    private final Step[] steps;
    private final String first;

    private KeyPath(String path, List<Step> steps) {
        this.steps = steps.toArray(new Step[0]);
        int dot = path.indexOf('.');
        first = dot < 0 ? path : path.substring(0, dot);
    }

    /** A path that begins at the entity. */
    static KeyPath inEntity(EntityPersister entity, String path) {
        List<Step> steps = new ArrayList<>();
        resolve(entity, path, 0, steps);
        return new KeyPath(path, steps);
    }

    /** A path that begins at the entity's id; an empty one is the id itself. */
    static KeyPath inId(EntityPersister entity, String path) {
        List<Step> steps = new ArrayList<>();
        if (!path.isEmpty()) {
            if (!(entity.getIdentifierMapping() instanceof CompositeIdentifierMapping composite)) {
                throw unknown(path, entity.getEntityName() + "'s id");
            }
            resolve(composite.getMappedIdEmbeddableTypeDescriptor(), path, 0, steps);
        }
        return new KeyPath(path, steps);
    }

    /** The value, or null if it or anything on the way is null. */
    @Nullable
    Object read(Object start) {
        Object value = start;
        for (Step step : steps) {
            value = step.from(value);
            if (value == null) {
                return null;
            }
        }
        return value;
    }

    /** The entity's attribute that the path begins with. */
    String first() {
        return first;
    }

    private static void resolve(ManagedMappingType container, String path, int from, List<Step> steps) {
        int dot = path.indexOf('.', from);
        String name = dot < 0 ? path.substring(from) : path.substring(from, dot);
        MappingType next;
        AttributeMapping attribute = container.findAttributeMapping(name);
        if (attribute != null) {
            Getter getter = attribute.getPropertyAccess().getGetter();
            steps.add(getter::get);
            next = attribute.getMappedType();
        } else if (container instanceof EntityMappingType entity) {
            next = idStep(entity, name, path, steps);
        } else {
            throw unknown(path, container.getPartName());
        }
        if (dot >= 0) {
            if (!(next instanceof ManagedMappingType deeper)) {
                throw unknown(path, name);
            }
            resolve(deeper, path, dot + 1, steps);
        }
    }

    private static MappingType idStep(EntityMappingType entity, String name, String path, List<Step> steps) {
        EntityIdentifierMapping id = entity.getIdentifierMapping();
        if (id instanceof SingleAttributeIdentifierMapping single && name.equals(single.getAttributeName())) {
            Getter getter = single.getPropertyAccess().getGetter();
            steps.add(container -> {
                var proxy = HibernateProxy.extractLazyInitializer(container);
                return proxy == null ? getter.get(container) : proxy.getInternalIdentifier();
            });
            return single.getMappedType();
        }
        if (id instanceof NonAggregatedIdentifierMapping several) {
            AttributeMapping part = several.getVirtualIdEmbeddable().findAttributeMapping(name);
            if (part != null) {
                Getter getter = part.getPropertyAccess().getGetter();
                steps.add(getter::get);
                return part.getMappedType();
            }
        }
        throw unknown(path, entity.getEntityName());
    }

    private static IllegalArgumentException unknown(String path, String where) {
        return new IllegalArgumentException("no attribute path \"" + path + "\" in " + where);
    }
}
