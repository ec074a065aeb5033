package io.hibernateshards.internal.mapping;

import io.hibernateshards.IdStyle;
import io.hibernateshards.ShardedId;
import java.util.List;
import org.hibernate.mapping.Component;
import org.hibernate.mapping.PersistentClass;
import org.hibernate.mapping.ToOne;
import org.jspecify.annotations.Nullable;

/**
 * What the annotations of an inheritance tree say of its key, before it is known where its parents live.
 *
 * @param root the entity at the top
 * @param attributes the root's
 * @param key those that hold the key, or the association that leads to it
 * @param function as named in the annotation, or empty
 */
record TreeMapping(PersistentClass root, List<Attribute> attributes, List<Attribute> key, String function) {
    String name() {
        return root.getEntityName();
    }

    /** Whether it lives with another entity. */
    boolean isChild() {
        return key.get(0).value() instanceof ToOne;
    }

    /** Whether one attribute, or an embeddable, is the whole id. */
    boolean hasIdAttribute() {
        return root.getIdentifierProperty() != null;
    }

    /** Whether the id is of a class beside the entity; without one, several id attributes are found by an instance. */
    boolean hasIdClass() {
        return !hasIdAttribute()
                && root.getIdentifier() instanceof Component id
                && !root.getMappedClass().getName().equals(id.getComponentClassName());
    }

    /** Whether the key is one attribute and is the whole id. */
    boolean keyIsId() {
        return key.size() == 1
                && hasIdAttribute()
                && key.get(0).inId()
                && key.get(0).path().equals(root.getIdentifierProperty().getName());
    }

    @Nullable
    IdStyle idStyle() {
        for (Attribute attribute : attributes) {
            ShardedId annotation = attribute.inId() ? attribute.annotation(ShardedId.class) : null;
            if (annotation != null) {
                return annotation.style();
            }
        }
        return null;
    }
}
